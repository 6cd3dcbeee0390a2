"""The pad: a canvas that can be cleared and undone from Python.

The canvas keeps its drawing in the browser; the only way to change it from
Python is a new `key`, which mounts a new canvas with the drawing to start with.
"""

from typing import Any

import streamlit as st
from streamlit_drawable_canvas import st_canvas

from recognizer.drawing import Drawing

SIDE = 320  # pixels; as wide as fits a phone
PAPER, INK = "#ffffff", "#16202a"

Objects = list[dict[str, Any]]


def canvas(pen_width: int) -> Drawing:
    """Show the pad and return what is drawn on it."""
    result = st_canvas(
        stroke_width=pen_width,
        stroke_color=INK,
        background_color=PAPER,
        initial_drawing={"objects": st.session_state.get("pad_start", [])},
        width=SIDE,
        height=SIDE,
        key=_key(),
    )
    return Drawing.from_canvas(result.json_data)


def buttons() -> None:
    """Show Undo and Clear; Undo also brings back what Clear took away."""
    drawn, cleared = objects(), st.session_state.get("pad_cleared", [])
    row = st.container(horizontal=True)
    row.button(
        "Undo",
        icon=":material/undo:",
        help="Take back the last stroke, or the last Clear",
        on_click=_undo,
        disabled=not (drawn or cleared),
        width="stretch",
    )
    row.button(
        "Clear",
        icon=":material/delete:",
        help="Start with an empty canvas",
        on_click=_clear,
        disabled=not drawn,
        width="stretch",
    )


def objects() -> Objects:
    """What is on the pad, as the canvas's own objects."""
    state = st.session_state.get(_key()) or {}
    raw = (state.get("drawing") or {}).get("raw")
    return st.session_state.get("pad_start", []) if raw is None else raw.get("objects", [])


def _undo() -> None:
    drawn = objects()
    _restart(drawn[:-1] if drawn else st.session_state.get("pad_cleared", []))


def _clear() -> None:
    drawn = objects()
    _restart([])
    st.session_state.pad_cleared = drawn


def _restart(start: Objects) -> None:
    """Mount a new canvas that starts with these objects."""
    st.session_state.pad_number = st.session_state.get("pad_number", 0) + 1
    st.session_state.pad_start = start
    st.session_state.pad_cleared = []


def _key() -> str:
    return f"pad{st.session_state.get('pad_number', 0)}"
