"""What every page shares: its set-up and the choice of a model."""

import streamlit as st

from recognizer.registry import DamagedModel, ModelEntry, active_model, list_models


def set_up_page(title: str, icon: str) -> None:
    """Set the browser's title; the first call of every page."""
    st.set_page_config(page_title=f"{title} · Digit reader", page_icon=icon, layout="centered")


def chosen_model() -> ModelEntry:
    """The model that this visitor chose, else the active one.

    Raises:
        ModelError: There is no whole model at all.
    """
    active = active_model()
    return _whole().get(st.session_state.get("model", active.name), active)


def choose_model(chosen: ModelEntry) -> None:
    """Let the visitor choose another model; say which folders are damaged, and how."""
    whole, active = _whole(), active_model()
    st.selectbox(
        "Model",
        list(whole),
        index=list(whole).index(chosen.name),
        format_func=lambda name: _label(whole[name], active),
        help="Which network reads the drawing. The share is its accuracy on MNIST's test images.",
        key="model",
    )
    for model in list_models():
        if isinstance(model, DamagedModel):
            st.warning(model.reason, icon=":material/warning:")


def _whole() -> dict[str, ModelEntry]:
    return {model.name: model for model in list_models() if isinstance(model, ModelEntry)}


def _label(model: ModelEntry, active: ModelEntry) -> str:
    label = f"{model.name} · {model.accuracy:.2%}"
    return f"{label} · active" if model.name == active.name else label
