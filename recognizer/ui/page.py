"""What every page shares: its set-up, the way to the others, and the choice of a model."""

import streamlit as st

from recognizer.registry import (
    DamagedModel,
    ModelEntry,
    ModelError,
    active_model,
    find_model,
    list_models,
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
ACTIVE = ""  # the choice of no model by name; None would leave the box without a text


def set_up_page(title: str, *, wide: bool = True) -> None:
    """Set the browser's title and show the way to the other pages; the first call of every page."""
    # No page_icon of Streamlit's: browsers would fetch it from another server.
    st.set_page_config(page_title=f"{title} · Digit reader", layout="wide" if wide else "centered")
    with st.sidebar:
        for label, (file, icon) in PAGES.items():
            st.page_link(file, label=label, icon=icon, query_params=chosen())


def chosen() -> dict[str, str]:
    """The chosen model as the address has it; a link that carries it on keeps the choice."""
    name = st.session_state.get("model", st.query_params.get("model"))
    return {"model": name} if name else {}


def chosen_model() -> ModelEntry:
    """The model that this visitor chose, else the one that is active now.

    Raises:
        ModelError: There is no whole model at all.
    """
    name = st.session_state.get("model")
    if not name:
        return active_model()
    try:
        return find_model(name)
    except ModelError:  # gone or damaged since it was chosen
        return active_model()


def choose_model() -> None:
    """Let the visitor choose a model; say which folders are damaged, and how."""
    models = list_models()
    whole = {model.name: model for model in models if isinstance(model, ModelEntry)}
    if st.session_state.get("model", ACTIVE) not in whole:
        st.session_state.model = ACTIVE  # the chosen one is gone: the active one reads
    if whole:
        st.selectbox(
            "Model",
            [ACTIVE, *whole],  # ACTIVE: whichever is active, also when another one becomes it
            format_func=lambda name: name or "Active model",
            help="The active model reads for everyone. Another one can be looked at, or tried.",
            key="model",
            bind="query-params",
        )
    for model in models:
        if isinstance(model, DamagedModel):
            st.warning(model.reason, icon=":material/warning:")


def dashboard(title: str) -> ModelEntry:
    """Open a dashboard: its title, the choice of a model, and which one it is about.

    Ends the page where there is no model at all.
    """
    title_side, model_side = st.columns([2, 1], vertical_alignment="bottom")
    title_side.title(title, anchor=False)
    with model_side:
        choose_model()
    try:
        model = chosen_model()
    except ModelError as error:
        st.error(str(error), title="No model to look at", icon=":material/error:")
        st.stop()
    st.caption(f"**{model.name}** reads {model.accuracy:.2%} of MNIST's test images rightly.")
    return model
