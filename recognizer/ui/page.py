"""What every page shares: its set-up, the way to the others, and the choice of a model."""

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st

from recognizer.evaluation import Report
from recognizer.registry import (
    DamagedModel,
    ModelEntry,
    ModelError,
    active_model,
    find_model,
    list_models,
    load_report,
)

PAGES = {
    "Draw": ("streamlit_app.py", ":material/draw:"),
    "Training curves": ("pages/1_Training_curves.py", ":material/show_chart:"),
    "Confusion matrix": ("pages/2_Confusion_matrix.py", ":material/grid_on:"),
    "Misclassified": ("pages/3_Misclassified.py", ":material/search:"),
    "Confidence": ("pages/4_Confidence.py", ":material/speed:"),
    "Models": ("pages/5_Models.py", ":material/table_rows:"),
    "Data": ("pages/6_Data.py", ":material/database:"),
}
T = TypeVar("T")

ACTIVE = ""  # the choice of no model by name; None would leave the box without a text


def set_up_page(title: str, *, wide: bool = True) -> None:
    """Set the browser's title and show the way to the other pages; the first call of every page."""
    # No page_icon of Streamlit's: browsers would fetch it from another server.
    st.set_page_config(page_title=f"{title} · Digit reader", layout="wide" if wide else "centered")
    with st.sidebar:
        for label, (file, icon) in PAGES.items():
            st.page_link(file, label=label, icon=icon, query_params=choice())


def choice() -> dict[str, str]:
    """The chosen model as the address has it; a link that carries it on keeps the choice."""
    name = st.query_params.get("model")
    return {"model": name} if name else {}


def chosen_model() -> ModelEntry:
    """The model that this visitor chose, else the one that is active now.

    Raises:
        ModelError: There is no whole model at all.
    """
    try:
        return find_model(choice()["model"])
    except (KeyError, ModelError):  # none chosen, or gone or damaged since
        return active_model()


def address_box(
    words: str, key: str, options: Sequence[T], default: T | None = None, **more: Any
) -> T | None:
    """A box whose choice stands in the address, under `key`, and goes along to other pages.

    The address decides: what it names and is no option is no choice. A box that Streamlit
    itself binds to the address (1.67) loses a choice that came from a link and was never
    changed, as soon as the visitor goes to another page.
    """
    wanted = st.query_params.get(key)
    found = [option for option in options if str(option) == wanted]
    st.session_state[key] = found[0] if found else default
    index = None if default is None else 0  # without a default it can be emptied
    return st.selectbox(words, options, index, key=key, on_change=_address, args=[key], **more)


def _address(key: str) -> None:
    put_into_address(**{key: st.session_state[key]})


def put_into_address(**choices: object) -> None:
    """Put choices into the address; one that is None or empty leaves it."""
    for key, value in choices.items():
        if value in (None, ""):
            st.query_params.pop(key, None)
        else:
            st.query_params[key] = str(value)


def choose_model() -> ModelEntry | None:
    """Let the visitor choose a model, and return it; None, and said, where there is none.

    Folders that are damaged are named, with the reason.
    """
    models = list_models()
    _model_box([model.name for model in models if isinstance(model, ModelEntry)])
    for model in models:
        if isinstance(model, DamagedModel):
            st.warning(model.reason, icon=":material/warning:")
    try:
        chosen = chosen_model()
    except ModelError as error:
        st.error(str(error), title="There is no model", icon=":material/error:")
        return None
    st.caption(f"**{chosen.name}** reads {chosen.accuracy:.2%} of MNIST's test images rightly.")
    return chosen


def _model_box(names: list[str]) -> None:
    wanted = choice().get("model", "").replace("`", "")
    if wanted and wanted not in names:
        put_into_address(model=None)  # gone since it was chosen, or since a link was made
        missing = f"There is no whole model `{wanted}`; this is the active one."
        st.warning(missing, icon=":material/warning:")
    if names:
        address_box(
            "Model",
            "model",
            [ACTIVE, *names],  # ACTIVE: whichever is active, also when another one becomes it
            default=ACTIVE,
            format_func=lambda name: name or "Active model",
            help="The active model reads for everyone. Another one can be looked at, or tried.",
        )


def dashboard(title: str) -> ModelEntry:
    """Open a dashboard: its title, and the choice of the model that it is about.

    Returns that model; ends the page where there is none.
    """
    title_side, model_side = st.columns([2, 1], vertical_alignment="bottom")
    title_side.title(title, anchor=False)
    with model_side:
        model = choose_model()
    return model or st.stop()


def report_of(model: ModelEntry) -> Report:
    """What the model said of the test images; ends the page where that cannot be read."""
    try:
        return load_report(model.name)
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
