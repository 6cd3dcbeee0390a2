"""The canvas, which can be cleared and undone from Python.

The drawing lives in the browser. To change it from Python, the canvas is given
another drawing to start with; `restart` makes every such drawing another one,
also when it is as empty as the last.
"""

from typing import Any

import streamlit as st
from streamlit_drawable_canvas import st_canvas

from recognizer.drawings.drawing import Drawing
from recognizer.ui.script import run_script

KEY = "pad"
SIDE = 320  # pixels; as wide as fits a phone
PAPER, INK = "#ffffff", "#16202a"

# streamlit-drawable-canvas 0.13 keeps its toolbar, unseen, over the canvas's upper
# right corner until the pointer has been there for a moment. A stroke that begins
# there would press an unseen button instead. The canvas is in a shadow root, which
# a page's own styles do not reach.
LET_STROKES_BEGIN_ANYWHERE = """
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
    .dc-toolbar { pointer-events: none; }
    .dc-root:hover > .dc-toolbar, .dc-toolbar:focus-within {
        pointer-events: auto; animation: asleep 0.3s;
    }
    @keyframes asleep { from, to { pointer-events: none; } }
    @media (hover: none) { .dc-toolbar { pointer-events: none !important; } }
`);
const style = () => {
    const elements = [...document.querySelectorAll(".st-key-pad-area *")];
    const roots = elements.map((element) => element.shadowRoot).filter(Boolean);
    for (const { adoptedStyleSheets: sheets } of roots) {
        if (!sheets.includes(sheet)) sheets.push(sheet);
    }
    if (!roots.length) requestAnimationFrame(style);  // an element gets its root later
};
new MutationObserver(style).observe(document.querySelector(".st-key-pad-area"),
    {childList: true, subtree: true});
style();
"""

Objects = list[dict[str, Any]]


def canvas(pen_width: int) -> Drawing:
    """Show the canvas and return what is drawn on it."""
    with st.container(key="pad-area", gap=None):
        result = st_canvas(
            stroke_width=pen_width,
            stroke_color=INK,
            background_color=PAPER,
            initial_drawing=st.session_state.get("pad_start"),
            width=SIDE,
            height=SIDE,
            key=KEY,
        )
        run_script(LET_STROKES_BEGIN_ANYWHERE)
    return Drawing.from_canvas(result.json_data)


def buttons() -> None:
    """Show Undo and Clear; Undo also brings back what Clear removed."""
    drawn, cleared = objects(), st.session_state.get("pad_cleared", [])
    row = st.container(horizontal=True, width=SIDE)
    row.button(
        "Undo",
        key="undo",
        icon=":material/undo:",
        help="Undo the last stroke, or the last Clear",
        on_click=_undo,
        disabled=not (drawn or cleared),
        width="stretch",
    )
    row.button(
        "Clear",
        key="clear",
        icon=":material/delete:",
        help="Start with an empty canvas",
        on_click=_clear,
        disabled=not drawn,
        width="stretch",
    )


def objects() -> Objects:
    """What is on the canvas, as its own objects."""
    drawing = (st.session_state.get(KEY) or {}).get("drawing") or {}
    return (drawing.get("raw") or {}).get("objects", [])


def _undo() -> None:
    drawn, cleared = objects(), st.session_state.get("pad_cleared", [])
    if drawn:
        _restart(drawn[:-1], cleared)
    else:
        _restart(cleared)


def _clear() -> None:
    _restart([], cleared=objects())


def _restart(start: Objects, cleared: Objects | None = None) -> None:
    """Replace the drawing, in the browser and in what this run already reads."""
    number = (st.session_state.get("pad_start") or {}).get("restart", 0) + 1
    st.session_state.pad_start = {"objects": start, "restart": number}
    st.session_state[KEY] = {"drawing": {"raw": {"objects": start}, "data": None}}
    st.session_state.pad_cleared = cleared or []
