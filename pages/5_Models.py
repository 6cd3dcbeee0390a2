"""Models: all of them side by side, which differences are more than chance, and their layers."""

from functools import partial

import pandas as pd
import streamlit as st

from recognizer.analysis.metrics import CHANCE, compare_all
from recognizer.analysis.tables import (
    FORMATS,
    UNKNOWN,
    drawings_of,
    figures_in_words,
    figures_of,
)
from recognizer.errors import ModelError
from recognizer.models.bundle import KERAS, LITERT, ONNX, bundle, why_unavailable
from recognizer.models.csv_files import read_layers
from recognizer.models.folder import ModelEntry
from recognizer.models.registry import active_model, complete_models, reports_like
from recognizer.ui.charts.bars import differences
from recognizer.ui.comparison import say_how_to_evaluate
from recognizer.ui.drawings import problems_shown
from recognizer.ui.kept_accuracy import show_accuracy
from recognizer.ui.markdown import one_line
from recognizer.ui.model_picker import dashboard, reads_anything, report_of
from recognizer.ui.navigation import set_up_page
from recognizer.ui.permission import show_error
from recognizer.ui.tables import table

SHORT = ["accuracy on drawings", "test accuracy", "non-digits rejected", "ms/reading"]
CONVERTED = "onnx_of"  # in the session: the version of the model that was converted
READS_ANYTHING = ":material/warning:"


def offer_downloads(model: ModelEntry) -> None:
    """Offer a model as a zip file, in each format."""
    st.caption(
        "Each download is a zip file with the network, a JSON file with its preprocessing and "
        "calibration, and a short example in Python."
    )
    with st.container(horizontal=True):
        for kind in (KERAS, LITERT):
            reason = why_unavailable(model, kind)
            st.download_button(
                kind,
                partial(bundle, model, kind),  # made when it is asked for
                f"{model.name}-{kind.lower()}.zip",
                key=f"take-{kind}",
                on_click="ignore",
                icon=":material/download:",
                disabled=bool(reason),
                help=reason or None,
            )
        reason = why_unavailable(model, ONNX)
        convert = st.button(
            ONNX, key="convert", icon=":material/sync:", disabled=bool(reason), help=reason or None
        )
    if convert:
        st.session_state[CONVERTED] = model.version
    if st.session_state.get(CONVERTED) == model.version:
        offer_onnx(model)


def offer_onnx(model: ModelEntry) -> None:
    """Convert a model to ONNX, which takes seconds, and offer it."""
    try:
        with st.spinner(f"Converting {model.name}. This takes about ten seconds…"):
            content = as_onnx(model, model.version)
    except ModelError as error:
        show_error(error)
        return
    st.download_button(
        f"Save {model.name}-onnx.zip",
        content,
        f"{model.name}-onnx.zip",
        key=f"take-{ONNX}",
        type="primary",
        on_click="ignore",
        icon=":material/download:",
    )


@st.cache_data(max_entries=12, show_spinner=False)
def as_onnx(_model: ModelEntry, version: str) -> bytes:
    return bundle(_model, ONNX)


def against_others(pairs: pd.DataFrame, name: str) -> pd.DataFrame:
    """The pairs of one model, seen from its side, as the chart takes them."""
    swapped = {"only_first": "only_second", "only_second": "only_first"}
    turned = pairs.rename(columns={"first": "second", "second": "first", **swapped})
    turned["difference"] = -turned["difference"]
    rows = pd.concat([pairs[pairs["first"] == name], turned[turned["first"] == name]])
    rows = rows.rename(
        columns={"second": "model", "only_first": "only_this", "only_second": "only_other"}
    )
    rows["points"], rows["p"] = 100 * rows["difference"], rows["p_holm"]
    rows["significant"] = rows["p"] < CHANCE
    p = ["p < 0.001" if p < 0.001 else f"p = {p:.2g}" for p in rows["p"]]
    rows["words"] = rows["model"] + rows["points"].map(" {:+.2f}, ".format) + p
    return rows


def on_drawings(model: ModelEntry) -> float:
    """What models are sorted by; those without the figure come last, by their accuracy."""
    return model.benchmark.overall.accuracy if model.benchmark else model.accuracy - 1


def in_short(model: ModelEntry, active: str) -> dict[str, str]:
    """A row of the table that fits a phone."""
    figures = figures_in_words(model, SHORT)
    if reads_anything(model):
        figures["non-digits rejected"] += f" {READS_ANYTHING}"
    name = f"**{model.name}** (active)" if model.name == active else model.name
    milliseconds = figures["ms/reading"]
    reading = milliseconds if milliseconds == UNKNOWN else f"{milliseconds} ms"
    return {
        "Model": name,
        "On drawings": figures["accuracy on drawings"],
        "On MNIST": figures["test accuracy"],
        "Non-digits rejected": figures["non-digits rejected"],
        "Reading": reading,
    }


def show_layers(model: ModelEntry) -> None:
    """The layers of a model, or why they cannot be shown."""
    try:
        layers = read_layers(model.path)
    except ModelError as error:
        show_error(error)
        return
    if layers.empty:
        st.info(
            "This model's folder does not list its layers. `python train.py --measure` adds them.",
            icon=":material/layers:",
        )
        return
    with st.expander(f"The layers of {model.name}"):
        table(layers, f"layers-{model.name}", "The layers", {"parameters": "{:,}"})


set_up_page("Models")
model = dashboard("Models")
models = sorted(complete_models(), key=on_drawings, reverse=True)
rows = pd.DataFrame([in_short(each, active_model().name) for each in models])
st.table(rows, hide_index=True, border="horizontal", alt="All models side by side, best first")
st.caption(
    "On drawings: accuracy on digits by writers whom no model was trained on, at several sizes and "
    "with several pens. On MNIST: accuracy on the 10,000 test images. Non-digits rejected: letters "
    "and signs below the threshold that keeps 99% of the digits. Reading: the time for one drawing."
)
if any(map(reads_anything, models)):
    st.caption(f"{READS_ANYTHING} Reads almost any drawing as a digit.")
if len({tuple(drawings_of(each.benchmark)) for each in models if each.benchmark}) > 1:
    st.warning(
        "Not all models were evaluated on the same drawings: their figures on drawn digits cannot "
        "be compared. `python train.py --judge` evaluates all again that were not trained on them.",
        icon=":material/warning:",
    )
say_how_to_evaluate(models)
with st.expander("All figures"):
    table(
        pd.DataFrame(
            [
                {"model": each.name, **figures_of(each), "recipe": one_line(each.recipe.name)}
                for each in models
            ]
        ),
        "models",
        "All figures of all models",
        FORMATS,
        column_config={"model": st.column_config.TextColumn(pinned=True)},
    )
    st.caption(
        "Calibration error: on drawings. s/epoch: on the machine that trained the model. "
        "*python train.py --measure* measures ms/reading again."
    )
show_layers(model)
with problems_shown():
    show_accuracy()

st.header(f"Is {model.name} better than the others on MNIST?", anchor=False)
pairs = compare_all(reports_like(report_of(model)))
if pairs.empty:
    st.info("No other model was evaluated on the same images.", icon=":material/balance:")
else:
    st.caption(
        "Difference in accuracy on the test images, in percentage points. A faint bar may be "
        f"chance: its p value is {CHANCE} or more (McNemar's exact test, Holm's correction for "
        f"{len(pairs)} pairs)."
    )
    rows = against_others(pairs, model.name)
    real = int(rows["significant"].sum())
    st.altair_chart(
        differences(rows),
        key="differences",
        alt=f"{model.name} differs from {real} of {len(rows)} other models by more than chance",
    )
    with st.expander("All pairs as a table"):
        forms = {"difference": "{:+.2%}", "p": "{:.2g}", "p_holm": "{:.2g}"}
        table(pairs, "differences", "McNemar's test of every two models", forms)

st.header(f"Download {model.name}", anchor=False)
offer_downloads(model)
