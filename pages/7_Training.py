"""Training: the one that runs, live; its result, which model is active, and past trainings."""

import streamlit as st

from recognizer.models.folder import ModelEntry
from recognizer.models.registry import DamagedModel, active_model, list_models
from recognizer.training.job_state import current
from recognizer.training.past import PastTraining
from recognizer.ui.comparison import offer_changes, say_what_was_done, show_beside
from recognizer.ui.markdown import one_line
from recognizer.ui.navigation import set_up_page
from recognizer.ui.past import show_past
from recognizer.ui.permission import in_public
from recognizer.ui.progress import NONE_YET, show_in_full
from recognizer.ui.url_state import one_of, url_widget


def newest(models: list[ModelEntry | DamagedModel]) -> str:
    """The model trained last, of a sweep the best; the first one where none is complete."""
    best = best_of_sweep()
    if best and best in {model.name for model in models}:
        return best
    complete = [model for model in models if isinstance(model, ModelEntry)]
    when = {model.name: model.trained_at for model in complete}
    return max(when, key=lambda name: when[name], default=models[0].name)


def best_of_sweep() -> str | None:
    """The best model of the sweep that has ended, if the last training was one."""
    job = current()
    if not (job and job.is_sweep and not job.running):
        return None
    return PastTraining.of(job).name


def show_active(active: ModelEntry | None, others: dict[str, ModelEntry | DamagedModel]) -> None:
    """Show the active model beside another one, and what can be done with that one."""
    if active:
        st.markdown(
            f"**{active.name}** is the active model: it reads for everyone who has not chosen "
            "another one. You can activate another model, and switch back, at any time."
        )
    if not others:
        missing = "other model" if active else "model"
        st.info(f"There is no {missing} yet.", icon=":material/compare_arrows:")
        return
    beside: str = url_widget(
        st.selectbox,
        "Compare with",
        "beside",
        one_of(others),
        default=newest(list(others.values())),
        options=list(others),
        format_func=one_line,
    )
    chosen = others[beside]
    if isinstance(chosen, DamagedModel):
        st.warning(in_public(chosen.reason), icon=":material/warning:")
    offer_changes(chosen, active)
    if isinstance(chosen, ModelEntry) and active:
        show_beside(chosen, active)


set_up_page("Training")
st.title("Training", anchor=False)
say_what_was_done()
if job := current():
    show_in_full(job)
else:
    st.info(NONE_YET, icon=":material/model_training:")

st.header("Active model", anchor=False)
models = list_models()
complete = [model for model in models if isinstance(model, ModelEntry)]
active = active_model() if complete else None
show_active(
    active, {model.name: model for model in models if not (active and model.name == active.name)}
)
show_past()
