"""The Draw page: a drawing, and its reading as soon as the pen lifts.

streamlit run streamlit_app.py
"""

from contextlib import suppress

import streamlit as st

from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import prepare
from recognizer.errors import ModelError
from recognizer.models.reading import Reading
from recognizer.models.registry import list_models
from recognizer.ui import answer, canvas, keeping, panels
from recognizer.ui.examples import surprise_me
from recognizer.ui.loading import recognizer_of
from recognizer.ui.model_picker import choose_model, chosen_model, warn_of_damage
from recognizer.ui.navigation import set_up_page

PEN_WIDTHS = {"Thin": 8, "Medium": 20, "Thick": 36}  # pixels


@st.fragment
def draw_and_read() -> None:
    """The only part that runs again when something is drawn."""
    pen_width = PEN_WIDTHS[st.session_state.get("pen", "Medium")]
    drawing_side, answer_side = st.columns([1, 1.05])
    with drawing_side:
        drawing = canvas.canvas(pen_width)
        canvas.buttons()
    blank = prepare(drawing).blank
    with answer_side, st.container(key="answer"):
        reading = None if blank else read(drawing)
        if blank:
            answer.show_blank(drawing)
    keeping.offer_to_keep(drawing, reading, canvas.SIDE)
    with st.container(horizontal=True):
        surprise_me(pen_width)
        panels.offer_downloads(drawing, reading)
    panels.show_panels(drawing, reading)


def read(drawing: Drawing) -> Reading | None:
    """Show the reading, or why there is none."""
    try:
        reading = recognizer_of(chosen_model()).read(drawing)
    except ModelError as error:
        st.error(str(error), title="No reading", icon=":material/error:")
        return None
    answer.show_reading(drawing, reading)
    return reading


set_up_page("Draw", wide=False)
st.title("Draw a digit", anchor=False)
st.caption("Use a mouse, a pen or a finger. It is read when you lift it.")

draw_and_read()  # before the settings: nothing should delay the canvas

pen_side, model_side = st.columns(2, gap="medium")
pen_side.segmented_control(
    "Pen width",
    list(PEN_WIDTHS),
    default="Medium",
    required=True,
    key="pen",
    width="stretch",
    persist_state="session",
)
models = list_models()
with model_side:
    model = choose_model(models)
keeping.switch()
warn_of_damage(models)
if model:
    with suppress(ModelError):  # which the first reading shows
        recognizer_of(model)  # now, so that the first drawing need not wait for it
