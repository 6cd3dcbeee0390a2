"""The canvas, which can be cleared and undone from Python.

The drawing lives in the browser. To change it from Python, the canvas is given
another drawing to start with. Its number makes it another one also when it is as
empty as the last.
"""

import re
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit_drawable_canvas import st_canvas

from recognizer.drawings.arrays import Points
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.fabric import to_path
from recognizer.ui.history import History

KEY, PRESSES = "pad", "pad_presses"
SIDE = 320  # pixels; as wide as fits a phone
INK = "#16202a"
# White. Of all that the canvas is given, its background alone comes back with every report: its
# opacity, of which a browser takes no more than 1, carries the number of the drawing.
PAPER = "rgba(255, 255, 255, 1.{:07})"

# streamlit-drawable-canvas 0.13 has a toolbar over the canvas, with a trash can that Undo does
# not know and a pencil that stops drawing. The page has buttons of its own. The toolbar is
# in a shadow root, which a page's own styles do not reach.
#
# The canvas holds a drawing back for 200 ms after the pen lifts. A hidden button of its toolbar
# sends it at once, so that is pressed; without it, the drawing comes 200 ms later.
#
# Streamlit reports a press of a button once, however often it was pressed while the app was
# busy. So presses of Undo ("u") and Redo ("r") are collected in the browser, and reported
# together: a canvas that is given two drawings at almost the same time is lost.
IN_THE_BROWSER = """
const TOGETHER = 150;  // milliseconds
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
    .dc-toolbar { display: none !important; }
    .dc-scroll { overflow: visible !important; }  /* all of it fits */
`);

export default ({ parentElement, setStateValue }) => {
    const area = document.querySelector(".st-key-pad-area");
    const inCanvas = (selector) => [...area.querySelectorAll("*")]
        .map((each) => each.shadowRoot?.querySelector(selector)).find(Boolean);
    const hide = () => {
        const toolbar = inCanvas(".dc-toolbar");
        if (toolbar) toolbar.getRootNode().adoptedStyleSheets = [sheet];
        else if (area.isConnected) requestAnimationFrame(hide);  // the canvas comes later
    };
    hide();

    const down = (event) => { parentElement.penDown = area.contains(event.target); };
    const up = () => {
        if (!parentElement.penDown) return;
        parentElement.penDown = false;
        const send = () => inCanvas("[aria-label='Update the app with this drawing']")?.click();
        setTimeout(send);  // when the canvas has taken the stroke
    };

    const collect = (press, event) => {
        event.preventDefault();
        event.stopPropagation();  // else Streamlit would report this press, too
        parentElement.presses = (parentElement.presses ?? "") + press;
        clearTimeout(parentElement.timer);
        const report = () => setStateValue("presses", parentElement.presses);
        parentElement.timer = setTimeout(report, TOGETHER);
    };
    const click = (event) => {
        if (event.target.closest(".st-key-undo button:enabled")) collect("u", event);
        if (event.target.closest(".st-key-redo button:enabled")) collect("r", event);
    };
    const key = (event) => {
        const here = area.isConnected && !event.target.closest("input, textarea, [role=dialog]");
        if (!here || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
        collect(event.shiftKey ? "r" : "u", event);
    };
    window.padListening?.abort();  // this function is called again and again
    window.padListening = new AbortController();
    const options = { capture: true, signal: window.padListening.signal };
    document.addEventListener("click", click, options);
    document.addEventListener("keydown", key, options);
    document.addEventListener("pointerdown", down, options);
    for (const lifted of ["mouseup", "touchend"]) document.addEventListener(lifted, up, options);
};
"""
in_the_browser = st.components.v2.component("canvas_in_the_browser", js=IN_THE_BROWSER)


def canvas(pen_width: int) -> Drawing:
    """Show the canvas and return what is drawn on it."""
    if KEY not in st.session_state:
        # A new visitor, or one who comes back from another page.
        st.session_state.pad_presses_taken = 0
        _restart()
    with st.container(key="pad-area", gap=None):
        st_canvas(
            stroke_width=pen_width,
            stroke_color=INK,
            background_color=PAPER.format(history().number),
            initial_drawing=st.session_state.pad_start,
            width=SIDE,
            height=SIDE,
            key=KEY,
        )
        in_the_browser(key=PRESSES, default={"presses": ""}, on_presses_change=_take_presses)
    _take_reported()
    return Drawing.from_canvas({"objects": history().current})


def history() -> History:
    """What this visitor has drawn."""
    return st.session_state.setdefault("pad_history", History())


def buttons() -> None:
    """Show Undo, Redo and Clear; Undo also brings back what Clear removed."""
    row = st.container(horizontal=True, width=SIDE, gap="xsmall")
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
    presses = st.session_state[PRESSES]["presses"]
    new = presses[st.session_state.pad_presses_taken :]
    st.session_state.pad_presses_taken = len(presses)
    _change(*(History.undo if press == "u" else History.redo for press in new))


def _change(*steps: Callable[[History], None]) -> None:
    """Change what the browser says that it shows, and give it the result."""
    _take_reported()
    for step in steps:
        step(history())
    _restart()


def _take_reported() -> None:
    """Take what the browser says that it shows, also before the canvas has run."""
    reported = (st.session_state.get(KEY) or {}).get("drawing")
    if reported:
        drawing = reported["raw"]
        number = re.search(r"1\.(\d{7})\)", drawing.get("background") or "")
        history().take(drawing.get("objects", []), int(number[1]) if number else None)


def _restart() -> None:
    """Give the browser the current drawing to show."""
    st.session_state.pad_start = {"objects": history().give()}
