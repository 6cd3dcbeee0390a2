"""One kept drawing in detail: all that was said of it, and those that look like it."""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st

from recognizer.collection import browse
from recognizer.collection.browse import Event, Shown
from recognizer.collection.filters import Scope
from recognizer.ui.drawings import (
    actions,
    confidence_in_words,
    in_short,
    label_in_words,
    marks,
    picture,
)
from recognizer.ui.gallery import how_sure
from recognizer.ui.images import TILE
from recognizer.ui.keeping import collection
from recognizer.ui.markdown import plain
from recognizer.ui.url_state import set_in_url

LARGE = 280  # pixels: a side of the drawing
LISTED = 12  # near-duplicates


def show_details(allowed: Scope, drawing: Shown) -> None:
    """Show one drawing, all that was said of it, and those that look like it."""
    left, words = st.columns([3, 5], gap="medium")
    with left, st.container(width=LARGE):
        st.html(picture(drawing))
    with words:
        st.subheader(_title(drawing), anchor=False)
        st.html(f"<small>{marks(drawing)}</small>")
        if drawing.doubtful:
            st.caption("A model is more than 95% sure that it is another digit.")
        with st.container(horizontal=True, gap="small"):
            actions([drawing.id], "open")
        rows = [_row(event) for event in browse.events(collection(), allowed, drawing.id)]
        rows.insert(0, (time_in_words(drawing.time), "Kept", drawing.contributor[:8]))
        events = pd.DataFrame(rows, columns=["When", "What", "By"])
        st.table(
            events.map(plain),
            hide_index=True,
            border="horizontal",
            alt="What was said of this drawing",
        )
    if drawing.alike:
        _show_alike(allowed, drawing)


def _title(drawing: Shown) -> str:
    label, sure = label_in_words(drawing.label), confidence_in_words(drawing)
    if drawing.digit is None:
        return f"{label}, {sure or 'not read'}"
    return f"{label}, read as {drawing.digit} ({sure})"


def _row(event: Event) -> tuple[str, str, str]:
    if event.kind == "read":
        sure = f", {how_sure(event.confidence or 0)}"
        what = f"Read as {event.value}{sure}" if event.value is not None else "Not read: blank"
        return time_in_words(event.time), what, event.by
    if event.kind == "labeled":
        value = event.value if isinstance(event.value, int) else None
        return time_in_words(event.time), f"Labeled: {label_in_words(value)}", event.by[:8]
    return time_in_words(event.time), str(event.value).capitalize(), event.by[:8]


def _show_alike(allowed: Scope, drawing: Shown) -> None:
    st.caption("Near-duplicates")
    with st.grid("auto", min_column_width=TILE, gap="xsmall"):
        for other in browse.find_by_id(collection(), allowed, drawing.alike[:LISTED]):
            with st.container(gap="xxsmall", key=f"tile-drawing-alike-{other.id}"):
                st.html(picture(other))
                st.button(
                    in_short(other),
                    key=f"open-alike-{other.id}",
                    on_click=set_in_url,
                    args=["drawing", other.id],
                    width="stretch",
                )


def time_in_words(seconds: float) -> str:
    """A time where the visitor is."""
    return f"{datetime.fromtimestamp(seconds, _zone()):%-d %b %Y, %H:%M}"


def _zone() -> tzinfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):  # it may say anything
        return ZoneInfo("UTC")
