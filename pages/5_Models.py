"""Models: all of them side by side, which differences are more than chance, and their layers."""

import pandas as pd
import streamlit as st

from recognizer.analysis.metrics import CHANCE, compare_all
from recognizer.analysis.tables import FORMATS, drawings_of, figures_of
from recognizer.errors import ModelError
from recognizer.models.folder import read_layers
from recognizer.models.registry import complete_models, reports_like
from recognizer.ui.charts.bars import differences
from recognizer.ui.model_picker import dashboard, report_of
from recognizer.ui.navigation import set_up_page
from recognizer.ui.tables import table


def against_others(pairs: pd.DataFrame, name: str) -> pd.DataFrame:
    """The pairs of one model, seen from its side, as the chart takes them."""
    swapped = {"only_first": "only_second", "only_second": "only_first"}
    turned = pairs.rename(columns={"first": "second", "second": "first", **swapped})
    turned["difference"] = -turned["difference"]
    rows = pd.concat([pairs, turned]).query("first == @name")
    rows = rows.rename(
        columns={"second": "model", "only_first": "only_this", "only_second": "only_other"}
    )
    rows["points"], rows["p"] = 100 * rows["difference"], rows["p_holm"]
    rows["significant"] = rows["p"] < CHANCE
    p = ["p < 0.001" if p < 0.001 else f"p = {p:.2g}" for p in rows["p"]]
    rows["words"] = rows["model"] + rows["points"].map(" {:+.2f}, ".format) + p
    return rows


set_up_page("Models")
model = dashboard("Models")
models = complete_models()
overview = pd.DataFrame([{"model": each.name, **figures_of(each)} for each in models])
table(
    overview,
    "models",
    "All models side by side",
    FORMATS,
    column_config={"model": st.column_config.TextColumn(pinned=True)},
)
st.caption(
    "Drawings: digits by writers of held-out institutions, at several sizes and with several pens. "
    "Calibration error: on the same drawings. Non-digits rejected: letters and signs below the "
    "threshold that keeps 99% of the digits. ms/reading is the time for one "
    "drawing; `python train.py --measure` measures it again. s/epoch is from the machine that "
    "trained the model."
)
if len({tuple(drawings_of(each.benchmark)) for each in models if each.benchmark}) > 1:
    st.warning(
        "Not all models were evaluated on the same drawings: their figures on drawn digits cannot "
        "be compared. `python train.py --judge` evaluates all again that were not trained on them.",
        icon=":material/warning:",
    )

st.subheader(f"The layers of {model.name}", anchor=False)
try:
    layers = read_layers(model.path)
except ModelError as error:
    st.error(str(error), icon=":material/error:")
else:
    if layers.empty:
        st.info(
            "This model's folder does not list its layers. `python train.py --measure` adds them.",
            icon=":material/layers:",
        )
    else:
        table(layers, f"layers-{model.name}", "The layers", {"parameters": "{:,}"})

st.subheader(f"Is {model.name} better than the others?", anchor=False)
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
