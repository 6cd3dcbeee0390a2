"""The trainings that have ended, as a table."""

import time

import pandas as pd
import streamlit as st

from recognizer.training.job_state import about
from recognizer.training.past import PastTraining, past_trainings
from recognizer.ui.markdown import plain
from recognizer.ui.permission import in_public

UNKNOWN = "–"
ENDS = {
    "done": "Trained in {}",
    "failed": "Failed after {}",
    "cancelled": "Cancelled after {}",
    "killed": "Stopped unexpectedly after {}",
}


def show_past() -> None:
    """Show the last trainings, the latest first: how they ended, and what they reach."""
    trainings = past_trainings()
    if not trainings:
        return
    st.header("Past trainings", anchor=False)
    rows = pd.DataFrame([_row(each) for each in trainings])
    st.table(rows, hide_index=True, border="horizontal", alt="The last trainings and their results")


def _row(past: PastTraining) -> dict[str, str]:
    epochs = f"{past.epochs} epoch{'s' * (past.epochs > 1)}"
    best = f" (best of {past.trained})" if past.trained else ""
    return {
        "Model": f"**{plain(past.name)}**{best}  \n{plain(past.recipe)}, {epochs}",
        "On drawings": _percent(past.on_drawings),
        "On MNIST": _percent(past.accuracy),
        "Result": _result(past),
    }


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{share:.2%}"


def _result(past: PastTraining) -> str:
    """How it ended, when that was, and why."""
    took = about(past.ended - past.began).removeprefix("about ")
    ended = time.localtime(past.ended)
    when = f"{ended.tm_mday} {time.strftime('%B %Y, %H:%M', ended)}"
    words = f"{ENDS[past.state].format(took)}  \n{when}"
    if past.trained < past.runs and past.runs > 1:
        words += f"  \n{past.trained} of {past.runs} trained"
    if (past.state == "done" or past.trained) and not past.model_there:
        words += "  \nDeleted since"
    return f"{words}  \n{in_public(past.reason)}" if past.reason else words
