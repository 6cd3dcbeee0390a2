"""What every page shares: its set-up and the choice of a model."""

import streamlit as st

from recognizer.registry import (
    DamagedModel,
    ModelEntry,
    ModelError,
    active_model,
    find_model,
    list_models,
)

ACTIVE = ""  # the choice of no model by name; None would leave the box without a text


def set_up_page(title: str) -> None:
    """Set the browser's title; the first call of every page."""
    # No page_icon of Streamlit's: browsers would fetch it from another server.
    st.set_page_config(page_title=f"{title} · Digit reader", layout="centered")


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
    if st.session_state.get("model") not in whole:
        st.session_state.model = ACTIVE  # the chosen one is gone: the active one reads
    if whole:
        st.selectbox(
            "Model",
            [ACTIVE, *whole],  # ACTIVE: whichever is active, also when another one becomes it
            # A label that stays when another model becomes active: the browser sends labels.
            format_func=lambda name: _label(whole[name]) if name else "Active model",
            help="Which network reads. The share is its accuracy on MNIST's test images.",
            key="model",
        )
        st.caption(f"Active: {_label(active_model())}")
    for model in models:
        if isinstance(model, DamagedModel):
            st.warning(model.reason, icon=":material/warning:")


def _label(model: ModelEntry) -> str:
    return f"{model.name} · {model.accuracy:.2%}"
