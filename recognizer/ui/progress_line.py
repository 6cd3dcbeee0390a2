"""The training that runs, or has just ended, in a line of the sidebar."""

import time

import streamlit as st

from recognizer.training import jobs
from recognizer.training.job_state import Job, current, in_words
from recognizer.training.past import model_of
from recognizer.training.runs import trained
from recognizer.ui.markdown import plain
from recognizer.ui.url_state import model_in_url

TRAINING = "pages/7_Training.py"
NEWS = 3600  # seconds for which the sidebar shows that a training has ended
EVERY = 2.0  # seconds between two looks at a training that runs
FORM_OPEN = "retrain_open"  # in the session: a form that running the page again would close
ENDED = {
    "done": ("{name} is trained.", ":material/check_circle:"),
    "failed": ("{name} was not trained.", ":material/error:"),
    "killed": ("{name} was not trained.", ":material/error:"),
    "cancelled": ("The training of {name} was cancelled.", ":material/cancel:"),
}


def follow_in_a_line() -> None:
    """Show the training that runs, in a line that keeps itself up to date."""
    job = current()
    if not (job and job.running):
        _clean_up(job.began if job else 0.0)
    # Nothing is polled while nothing runs.
    st.fragment(_line, run_every=EVERY if job and job.running else None)()


@st.cache_resource(max_entries=1, show_spinner=False)
def _clean_up(ended: float) -> None:
    """Once per server, and once per training that has ended, whatever ended it."""
    jobs.clean_up()


def _line() -> None:
    job = current()
    if job and job.running:
        st.session_state["watching"] = True
        st.progress(job.progress.share, plain(in_words(job)))
        _link("Show its progress", ":material/monitoring:")
        return
    rerun_once()
    if job and abs(time.time() - job.updated) < NEWS and (words := how_it_ended(job)):
        _link(words, ENDED[job.state][1])


def how_it_ended(job: Job) -> str:
    """How a training ended, in a sentence; empty if its model was deleted since."""
    if job.is_sweep:
        return _how_sweep_ended(job)
    name = name_now(job)
    return ENDED[job.state][0].format(name=name) if name else ""


def _how_sweep_ended(job: Job) -> str:
    done, all_of_them = trained(job), len(job.requests)
    if job.state == "done":
        return f"{job.title} are trained."
    if job.state == "failed":
        return f"{all_of_them - done} of {all_of_them} trainings failed."
    how = "was cancelled" if job.state == "cancelled" else "stopped unexpectedly"
    kept = f"{done} {'is' if done == 1 else 'are'} trained"
    return f"The training of {job.title} {how}: {kept}."


def _link(label: str, icon: str) -> None:
    st.page_link(TRAINING, label=label, icon=icon, query_params=model_in_url())


def name_now(job: Job) -> str:
    """What the model of a training is called now; empty if it was deleted since."""
    if job.state != "done":
        return job.request.name
    model = model_of(job)
    return model.name if model else ""


def rerun_once() -> None:
    """When it has ended, run the page again: it then stops polling and shows the result."""
    if st.session_state.get("watching") and not st.session_state.get(FORM_OPEN):
        st.session_state["watching"] = False
        st.rerun()
