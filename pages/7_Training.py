"""Training: the one that runs, as it goes on; what came out, and which model is to read."""

import streamlit as st
from recognizer.ui.navigation import set_up_page
from recognizer.ui.url_state import addressed, one_of

from recognizer.models.folder import ModelEntry
from recognizer.models.registry import DamagedModel, active_model, list_models
from recognizer.training.job_state import current
from recognizer.ui.comparison import offer_changes, say_what_was_done, show_beside
from recognizer.ui.progress import show_in_full


def newest(models: list[ModelEntry | DamagedModel]) -> str:
    """The model trained last; the first one where none is whole."""
    whole = [model for model in models if isinstance(model, ModelEntry)]
    when = {model.name: str(model.recipe.get("trained_at", "")) for model in whole}
    return max(when, key=lambda name: when[name], default=models[0].name)


set_up_page("Training")
st.title("Training", anchor=False)
say_what_was_done()
job = current()
if job:
    show_in_full(job)
else:
    st.info(
        "Nothing was trained here yet. *Retrain*, in the sidebar, starts a training; anyone can go "
        "on drawing meanwhile.",
        icon=":material/model_training:",
    )

st.header("Which model reads", anchor=False)
models = list_models()
whole = [model for model in models if isinstance(model, ModelEntry)]
active = active_model() if whole else None
if active:
    st.markdown(
        f"**{active.name}** is active: it reads for everyone. Another one can be put to work, and "
        "taken back, at any time."
    )
others = {model.name: model for model in models if not (active and model.name == active.name)}
if not others:
    st.info("There is no other model yet.", icon=":material/compare_arrows:")
    st.stop()
beside: str = addressed(
    st.selectbox,
    "Compare it with",
    "beside",
    one_of(others),
    default=newest(list(others.values())),
    options=list(others),
)
chosen = others[beside]
if isinstance(chosen, DamagedModel):
    st.warning(chosen.reason, icon=":material/warning:")
offer_changes(chosen, active)
if isinstance(chosen, ModelEntry) and active:
    show_beside(chosen, active)
