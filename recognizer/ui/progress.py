"""A training that runs, or has just ended, on the screen in full."""

import time
from collections.abc import Iterator, Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recognizer.analysis.metrics import learning_curves
from recognizer.training import jobs, notes, runs
from recognizer.training.job_state import Job, about, current
from recognizer.training.notes import Progress
from recognizer.training.request import TrainingRequest
from recognizer.training.sweep import with_free_names
from recognizer.ui.charts import curves
from recognizer.ui.charts.batches import first_epoch
from recognizer.ui.markdown import plain
from recognizer.ui.permission import carry_out, in_public, permission
from recognizer.ui.progress_line import ENDED, EVERY, how_it_ended, name_now, rerun_once
from recognizer.ui.sweep import show_runs, what_differs

SMALL = 160  # pixels: the least width of a figure
REPLAY = ":material/replay:"
NONE_YET = "Press *Retrain* in the sidebar to train a model. Everyone can keep drawing."
KILLED = (
    "The training stopped unexpectedly: it was killed, ran out of memory, or the computer "
    "restarted. The log shows how far it got. Train again; a training on drawings then resumes "
    "after its last complete epoch."
)


def show_in_full(job: Job) -> None:
    """Show all that is known of the last training; of one that runs, live."""
    st.fragment(_in_full, run_every=EVERY / 2 if job.running else None)()


def _in_full() -> None:
    job = current()
    if job is None:
        return
    if job.running:
        _show_running(job)
    else:
        rerun_once()
        _show_ended(job)
    if job.is_sweep:
        show_runs(job)
        _show_log(job)
    elif job.running or name_now(job):
        _show_curves(job)
        _show_log(job)


def _show_running(job: Job) -> None:
    progress = job.progress
    # Side by side as long as there is room for both; else the button is below.
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.header(f"Training {job.title}", anchor=False, width="content")
        _offer_to_cancel(job)
    st.progress(progress.share, _phase(job))
    st.caption(what_is_trained(job))
    if not job.is_sweep:
        _show_figures(progress)


def _phase(job: Job) -> str:
    left = job.progress.seconds_left
    more = f", {about(left)} left" if job.is_sweep and left else ""
    return plain(job.progress.phase) + more


def _show_figures(progress: Progress) -> None:
    left = progress.seconds_left
    metrics = {
        "Epoch": f"{progress.epoch} of {progress.epochs}" if progress.epoch else "–",
        "Batch": f"{progress.batch:,} of {progress.batches:,}" if progress.batches else "–",
        "Time left": about(left).removeprefix("about ") if left else "–",
        "Accuracy, this epoch": "–" if progress.accuracy is None else f"{progress.accuracy:.2%}",
    }
    with st.grid(len(metrics), min_column_width=SMALL):
        for label, value in metrics.items():
            st.metric(label, value)


def what_is_trained(job: Job) -> str:
    """Which recipe, from which weights, with which changes."""
    request, recipe = job.request, job.request.to_recipe()
    origin = plain(request.start_from)
    started = f"Started at {time.strftime('%H:%M', time.localtime(job.began))}."
    if job.is_sweep:
        return f"{what_differs(job.requests)} {started}"
    if request.learn:
        return f"{origin} learns from kept drawings, seed {request.seed}. {started}"
    start = f"from the weights of {origin}" if request.start_from else "from scratch"
    distortion = "with" if recipe.distortion else "without"
    return (
        f"Recipe {recipe.name}, {start}: {recipe.optimizer.name} with a learning rate of "
        f"{recipe.optimizer.learning_rate:g}, batches of {recipe.batch_size}, {distortion} "
        f"distortion, seed {request.seed}. {started}"
    )


def _offer_to_cancel(job: Job) -> None:
    with st.popover("Cancel", icon=":material/stop_circle:", disabled=not permission().given):
        st.write(_what_is_lost(job))
        label = "Cancel the trainings" if job.is_sweep else "Cancel the training"
        if st.button(label, key="cancel", type="primary"):
            carry_out(jobs.cancel, job.process)


def _what_is_lost(job: Job) -> str:
    if not job.is_sweep:
        return "What it has learned so far will be lost."
    done = runs.trained(job)
    kept = f"{done} model{' is' if done == 1 else 's are'} kept" if done else "no model is made yet"
    return f"What the unfinished ones have learned so far will be lost; {kept}."


def _show_ended(job: Job) -> None:
    words, icon = how_it_ended(job), ENDED[job.state][1]
    if not words:
        st.info(NONE_YET, icon=":material/model_training:")
        return
    if job.state not in ("failed", "killed"):
        st.info(what_is_trained(job), title=words, icon=icon)
        return
    st.error(_why_not_trained(job), title=words, icon=icon)
    # What was started in a terminal may have named data that only its command line knows.
    missing = _missing(job) if job.log() is not None else []
    again = missing and st.button("Train again", key="again", icon=REPLAY)
    if again and carry_out(jobs.start, *missing):
        st.rerun()


def _why_not_trained(job: Job) -> str:
    if job.is_sweep and any(run.state == "failed" for run in runs.runs_of(job)):
        return "The reasons are below. *Train again* trains only what is missing."
    killed = KILLED + (" The disk is full: free some space first." if jobs.disk_is_full() else "")
    return in_public(job.reason) if job.reason else killed


def _missing(job: Job) -> Sequence[TrainingRequest]:
    """What is to be trained again: of a sweep, only what has not been trained."""
    if not job.is_sweep:
        return job.requests
    return with_free_names(run.request for run in runs.runs_of(job) if run.state != "done")


def _show_curves(job: Job) -> None:
    history, batches = job.history(), job.first_epoch()
    if not history.empty:
        _show_epochs(job, history)
    elif not batches.empty:
        _show_first_epoch(batches, job.progress.batches)
    elif job.running:
        st.caption("The curves appear with the first batches.")


def _show_epochs(job: Job, history: pd.DataFrame) -> None:
    rows = learning_curves({name_now(job): history})
    for side, measure in _sides():
        with side:
            part = rows[rows["measure"] == measure]
            st.altair_chart(
                curves.learning_curves(part, percent=measure == "accuracy"),
                key=f"live-{measure}",
                alt=f"{measure.capitalize()} over {len(history)} epochs so far",
            )
    if len(history) == 1:  # which makes no lines
        st.caption("Large: validation images. Small: training images.")
    else:
        st.caption("Solid: validation images. Dashed: training images.")


def _show_first_epoch(rows: pd.DataFrame, batches: int) -> None:
    for side, measure in _sides():
        with side:
            st.altair_chart(
                first_epoch(rows, measure, batches, percent=measure == "accuracy"),
                key=f"first-{measure}",
                alt=f"{measure.capitalize()} over {rows.index[-1]} batches so far",
            )
    st.caption("On the training images of the first epoch so far.")


def _sides() -> Iterator[tuple[DeltaGenerator, str]]:
    """A column for each measure, with its heading."""
    sides = st.columns(2, gap="medium")
    for side, measure in zip(sides, ("accuracy", "loss"), strict=True):
        side.subheader(measure.capitalize(), anchor=False)
        yield side, measure


def _show_log(job: Job) -> None:
    """The log, for who may retrain: it names folders of the server."""
    if not permission().given:
        return
    with st.expander("Log"):
        log = _log_of_sweep(job) if job.is_sweep else job.log()
        if log:
            st.code(log, language=None, height=300, wrap_lines=True)
        elif log is None:
            st.caption("This training was started in a terminal; see its output there.")
        else:
            st.caption("The log is empty.")


def _log_of_sweep(job: Job) -> str | None:
    """Of all its runs or, if one is chosen, of that one."""
    logs = {each.name: notes.read_log(runs.folder_of(each)) for each in job.requests}
    names = [name for name, log in logs.items() if log is not None]
    chosen = st.selectbox("Of", ["all trainings", *names], key="log-of") if names else ""
    return logs.get(chosen, job.log())
