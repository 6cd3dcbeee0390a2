"""The canvas, which can be cleared and undone from Python.

The drawing lives in the browser. To change it from Python, the canvas is given
another drawing to start with. Its number makes it another one also when it is as
empty as the last.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit_drawable_canvas import st_canvas

from recognizer.drawings import fabric
from recognizer.drawings.arrays import Points
from recognizer.drawings.boxes import Box
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.fabric import to_path
from recognizer.errors import DrawingError
from recognizer.ui.history import KEPT, History
from recognizer.ui.markdown import plain

KEY, PRESSES, REFUSED = "pad", "pad_presses", "pad_refused"
SHORT = 100  # characters in which the number of a drawing is looked for
SIDE = 320  # pixels: its height
# Pixels: the page's column on a desktop. The canvas is as wide until the browser has said that
# there is less room; what is too much of it is cut off meanwhile.
WIDEST = 704
NARROWEST = 200  # pixels
CUT = 1.06  # of its width: a drawing this wide is cut off; it is not made smaller for a scroll bar
INK = "#16202a"
# White. Of all that the canvas is given, its background alone comes back with every report: its
# opacity, of which a browser takes no more than 1, carries the number of the drawing.
PAPER = "rgba(255, 255, 255, 1.{:07})"

in_the_browser = st.components.v2.component(
    "canvas_in_the_browser", js=Path(__file__).with_name("canvas.js").read_text()
)


@dataclass(frozen=True)
class Marked:
    """A box over the canvas.

    Attributes:
        box: x, y, width and height, in pixels of the canvas.
        kind: How it looks: "", "chosen", "least" (the least certain), or both.
    """

    box: Box
    kind: str


def canvas(pen_width: int) -> Drawing:
    """Show the canvas and return what is drawn on it."""
    if KEY not in st.session_state:
        # A new visitor, or one who comes back from another page.
        st.session_state.pad_presses_taken = 0
        _restart()
    _take_reported()
    if refused := st.session_state.get(REFUSED):
        st.warning(f"{plain(refused)} Press *Clear* and draw again.", icon=":material/block:")
    drawing = Drawing.from_canvas({"objects": history().current})
    st_canvas(
        stroke_width=pen_width,
        stroke_color=INK,
        background_color=PAPER.format(history().number),
        initial_drawing=st.session_state.pad_start,
        width=_width_for(drawing),
        height=SIDE,
        key=KEY,
    )
    return drawing


def connect(drawing: Drawing, boxes: Sequence[Marked]) -> None:
    """Show boxes over the canvas, and hear from the browser; in the container of the canvas."""
    in_the_browser(
        key=PRESSES,
        data={
            "width": shown_width(),
            "height": SIDE,
            "scale": shown_width() / _width_for(drawing),
            "boxes": [[*each.box, each.kind] for each in boxes],
            "strokes": len(drawing.strokes),  # new boxes, even in the same places
        },
        default={"presses": "", "width": shown_width()},
        on_presses_change=_take_presses,
        on_width_change=_take_width,
    )


def size(drawing: Drawing) -> tuple[int, int]:
    """The width and height of the canvas that has a drawing, in pixels."""
    return _width_for(drawing), SIDE


def shown_width() -> int:
    """How wide the canvas is on the screen, in pixels: what the browser said, else WIDEST."""
    return int(st.session_state.get("pad_width", WIDEST))


def _width_for(drawing: Drawing) -> int:
    """The width of the canvas in its own pixels.

    It is the one on the screen, unless this drawing was made on a wider one, before a phone was
    turned: then all of it is shown, smaller.
    """
    right = max((float(stroke[:, 0].max()) for stroke in drawing.strokes), default=0.0)
    needed = min(math.ceil(right + drawing.pen_width), st.session_state.get("pad_widest", 0))
    return needed if needed > CUT * shown_width() else shown_width()


def history() -> History:
    """What this visitor has drawn."""
    return st.session_state.setdefault("pad_history", History())


def buttons() -> None:
    """Show Undo, Redo and Clear; Undo also brings back what Clear removed."""
    row = st.container(horizontal=True, gap="xsmall", key="changes")
    drawn = history()
    for name, icon, what, step, possible in (
        ("Undo", "undo", "the last stroke, or Clear (Ctrl+Z)", History.undo, drawn.can_undo),
        ("Redo", "redo", "what was undone (Ctrl+Shift+Z)", History.redo, drawn.can_redo),
        ("Clear", "delete", "the canvas", History.clear, bool(drawn.current)),
    ):
        row.button(
            name,
            key=name.lower(),
            icon=f":material/{icon}:",
            help=f"{name} {what}",
            on_click=_change,
            args=[step],
            disabled=not possible,
            width="stretch",
        )


def show(strokes: Sequence[Points], pen_width: int) -> None:
    """Put another drawing on the canvas; Undo brings back the last one."""
    drawing = [to_path(stroke, pen_width, INK) for stroke in strokes]
    _change(lambda drawn: drawn.replace(drawing))


def _take_presses() -> None:
    """Undo and redo what was pressed in the browser since the last time."""
    presses = _member(st.session_state[PRESSES], "presses")
    if not isinstance(presses, str):  # no browser of ours sends this
        return
    new = presses[st.session_state.pad_presses_taken :][:KEPT]
    st.session_state.pad_presses_taken = len(presses)
    _change(*(History.undo if press == "u" else History.redo for press in new))


def _take_width() -> None:
    """Take how wide the browser shows the canvas, and how wide it was for what is drawn."""
    width = _member(st.session_state[PRESSES], "width")
    if history().current or history().can_undo or history().can_redo:
        widest = max(shown_width(), st.session_state.get("pad_widest", 0))
        st.session_state.pad_widest = widest
    with suppress(TypeError, ValueError, OverflowError):  # it may be anything
        st.session_state.pad_width = min(max(int(width), NARROWEST), WIDEST)


def _change(*steps: Callable[[History], None]) -> None:
    """Change what the browser says that it shows, and give it the result."""
    _take_reported()
    for step in steps:
        step(history())
    _restart()


def _take_reported() -> None:
    """Take what the browser says that it shows, also before the canvas has run."""
    drawing = _member(st.session_state.get(KEY), "drawing")
    reported = _member(drawing, "raw")
    if not isinstance(reported, Mapping):
        if drawing is not None:  # no canvas sends this, and ours would stumble over it
            del st.session_state[KEY]
        return
    st.session_state.pop(REFUSED, None)
    try:
        objects = fabric.cleaned(_member(reported, "objects") or [])
        if objects != history().current:  # which was checked when it came
            Drawing.from_canvas({"objects": objects})
    except DrawingError as error:
        st.session_state[REFUSED] = str(error)  # what was there before stays
        return
    number = re.search(r"1\.(\d{7})\)", str(_member(reported, "background"))[:SHORT])
    history().take(objects, int(number[1]) if number else None)


def _member(reported: Any, name: str) -> Any:
    """A member of what the browser has sent, which may be anything; None if it has none."""
    return reported.get(name) if isinstance(reported, Mapping) else None


def _restart() -> None:
    """Give the browser the current drawing to show."""
    st.session_state.pad_start = {"objects": history().give()}
