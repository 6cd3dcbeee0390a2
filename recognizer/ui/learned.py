"""What learning from kept drawings has changed, on the screen."""

import pandas as pd
import streamlit as st

from recognizer.models.folder import ModelEntry
from recognizer.models.learned import (
    CALIBRATION,
    NON_DIGITS,
    PEN,
    Learned,
    Measure,
    got_worse,
    verdict,
)
from recognizer.ui.markdown import plain

UNKNOWN = "–"


def show_learned(learned: Learned) -> None:
    """Say in one sentence whether a model got better, and show every measure before and after."""
    words = plain(verdict(learned))
    if words.startswith("Better:"):
        st.success(words, icon=":material/trending_up:")
    elif got_worse(learned):
        st.warning(words, icon=":material/trending_down:")
    else:
        st.info(words, icon=":material/trending_flat:")
    rows = pd.DataFrame([_row(each) for each in learned.measures])
    st.table(rows, hide_index=True, border="horizontal", alt="What was read before and after")
    start = plain(learned.start.name)
    st.caption(
        f"It learned from {len(learned.trained_on):,} kept drawings; {len(learned.held_out):,} "
        f"more were held out to judge by. Before is {start}. Errors: those that it "
        "does not make any more, and those that it did not make before. p: how often mere chance "
        "makes such a difference (McNemar's exact test)."
    )
    if learned.start.saw_held_out and learned.measure(PEN):
        st.caption(
            f"{start} was trained on these pen drawings, letters and signs. It knows "
            "them by heart, so it reads them better than new ones, and may lose a few."
        )


def _row(measure: Measure) -> dict[str, str]:
    changed = f"−{measure.fixed:,} +{measure.new:,}"
    titles = {CALIBRATION: "Calibration error", NON_DIGITS: f"{measure.title}, rejected"}
    return {
        "Read correctly": plain(titles.get(measure.name, measure.title)),
        "Before": f"{measure.before:.2%}",
        "After": f"{measure.after:.2%}",
        "Errors": UNKNOWN if measure.p is None else changed,
        "p": UNKNOWN if measure.p is None else _p(measure.p),
    }


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.2g}"


def learned_from(model: ModelEntry, active: ModelEntry) -> Learned | None:
    """What a model learned, if it started from the very weights of the active one."""
    learned = model.learned
    return learned if learned and learned.start.sha256 == active.weights else None


def doubt_about_learning(model: ModelEntry, learned: Learned) -> str:
    """What got worse by more than chance, in words; empty if nothing did."""
    worse = [learned.measure(name) for name in got_worse(learned)]
    parts = [
        f"{each.title} ({each.before:.2%} before, {each.after:.2%} now)" for each in worse if each
    ]
    return f"{model.name} is worse on {' and '.join(parts)}." if parts else ""
