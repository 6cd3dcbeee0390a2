"""A training that runs, or has just ended, on the screen: in a line, and in full."""

import time

import streamlit as st

from recognizer.analysis.metrics import learning_curves
from recognizer.training import jobs
from recognizer.training.job_state import Job, about, current, in_words
from recognizer.ui.charts import curves
from recognizer.ui.permission import carry_out, permission

TRAINING = "pages/7_Training.py"
NEWS = 3600  # seconds for which it is news that a training has ended
EVERY = 2.0  # seconds between two looks at a training that runs
FORM_OPEN = "retrain_open"  # in the session: a form that running the page again would close

REPLAY = ":material/replay:"
KILLED = (
    "The training ended without a word: its process was killed, the memory was not enough, or "
    "the computer was started anew. Its log tells how far it was. Train again; a training on "
    "drawings then goes on from its last whole epoch."
)
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
    # Nothing is looked at again and again while nothing runs.
    st.fragment(_line, run_every=EVERY if job and job.running else None)()


@st.cache_resource(max_entries=1, show_spinner=False)
def _clean_up(ended: float) -> None:
    """Once a server, and once a training that has ended: whatever killed it."""
    jobs.clean_up()


def _line() -> None:
    job = current()
    if job and job.running:
        st.session_state["watching"] = True
        st.progress(job.share, in_words(job))
        return
    _start_anew_once()
    if job and time.time() - job.last_heard < NEWS:
        words, icon = ENDED[job.state]
        st.page_link(TRAINING, label=words.format(name=job.order.name), icon=icon)


def _start_anew_once() -> None:
    """Once it has ended, run the page again: it then looks no more, and shows what came out."""
    if st.session_state.get("watching") and not st.session_state.get(FORM_OPEN):
        st.session_state["watching"] = False
        st.rerun()


def show_in_full(job: Job) -> None:
    """Show all that is known of the last training; of one that runs, as it goes on."""
    st.fragment(_in_full, run_every=EVERY / 2 if job.running else None)()


def _in_full() -> None:
    job = current()
    if job is None:
        return
    if job.running:
        _show_running(job)
    else:
        _start_anew_once()
        _show_ended(job)
    _show_curves(job)
    _show_log(job)


def _show_running(job: Job) -> None:
    told = job.progress
    head, button = st.columns([3, 1], vertical_alignment="center")
    head.subheader(f"{job.order.name} is being trained", anchor=False)
    with button:
        _offer_to_cancel(job)
    st.progress(job.share, told.get("phase", "Starting"))
    st.caption(what_is_trained(job))
    sides = st.columns(4)
    epochs = f"{told['epoch']} of {told['epochs']}" if told.get("epoch") else "–"
    batches = f"{told['batch']:,} of {told['batches']:,}" if told.get("batches") else "–"
    left = told.get("seconds_left")
    sides[0].metric("Epoch", epochs)
    sides[1].metric("Batch", batches)
    sides[2].metric("Time left", about(left).removeprefix("about ") if left else "–")
    accuracy = told.get("accuracy")
    sides[3].metric("Accuracy, this epoch", "–" if accuracy is None else f"{accuracy:.2%}")


def what_is_trained(job: Job) -> str:
    """Which recipe, from which weights, with which changes."""
    order, recipe = job.order, job.order.changed()
    start = f"from the weights of {order.start_from}" if order.start_from else "from scratch"
    bent = "with" if recipe.distortion else "without"
    return (
        f"Recipe {recipe.name}, {start}: {recipe.optimizer.name} at a learning rate of "
        f"{recipe.optimizer.learning_rate:g}, batches of {recipe.batch_size}, {bent} distortion, "
        f"seed {order.seed}. Begun {time.strftime('%H:%M', time.localtime(job.began))}."
    )


def _offer_to_cancel(job: Job) -> None:
    with st.popover("Cancel", icon=":material/stop_circle:", disabled=not permission().given):
        st.write("What it has learned so far is lost.")
        if st.button("Cancel the training", key="cancel", type="primary"):
            carry_out(jobs.cancel, job.process)


def _show_ended(job: Job) -> None:
    words, icon = ENDED[job.state]
    words = words.format(name=job.order.name)
    if job.state in ("failed", "killed"):
        killed = KILLED + (" The disk is full: make room first." if jobs.disk_is_full() else "")
        st.error(job.reason or killed, title=words, icon=icon)
        # What was started in a terminal may have named data that only its command line knows.
        again = job.log() is not None and st.button("Train again", key="again", icon=REPLAY)
        if again and carry_out(jobs.start, job.order):
            st.rerun()
    else:
        st.info(what_is_trained(job), title=words, icon=icon)


def _show_curves(job: Job) -> None:
    history = job.history()
    if history.empty:
        if job.running:
            st.caption("The curves begin after the first epoch.")
        return
    rows = learning_curves({job.order.name: history})
    sides = st.columns(2, gap="medium")
    for side, measure in zip(sides, ("accuracy", "loss"), strict=True):
        with side:
            st.subheader(measure.capitalize(), anchor=False)
            part = rows[rows["measure"] == measure]
            st.altair_chart(
                curves.learning_curves(part, percent=measure == "accuracy"),
                key=f"live-{measure}",
                alt=f"{measure.capitalize()} over {len(history)} epochs so far",
            )
    st.caption("Solid: on validation images. Dashed: on what is trained on, while it is.")


def _show_log(job: Job) -> None:
    with st.expander("Log"):
        log = job.log()
        if log:
            st.code(log, language=None, height=300, wrap_lines=True)
        elif log is None:
            st.caption("It was started in a terminal, where its log is.")
        else:
            st.caption("It has printed nothing.")
