"""The Draw page: a drawing, and its reading as soon as the pen lifts.

streamlit run streamlit_app.py
"""

import streamlit as st

from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import prepare
from recognizer.errors import ModelError
from recognizer.models.registry import list_models
from recognizer.ui import answer, canvas
from recognizer.ui.loading import start_loading
from recognizer.ui.model_picker import choose_model, chosen_model, warn_of_damage
from recognizer.ui.navigation import set_up_page

PEN_WIDTHS = {"Thin": 8, "Medium": 20, "Thick": 36}  # pixels


@st.fragment
def draw_and_read() -> None:
    """The only part that runs again when something is drawn."""
    drawing_side, answer_side = st.columns(2, gap="medium")
    with drawing_side:
        drawing = canvas.canvas(PEN_WIDTHS[st.session_state.get("pen", "Medium")])
        canvas.buttons()
    blank = prepare(drawing).blank
    with answer_side, st.container(key="answer"):
        if blank:
            answer.show_blank(drawing)
        else:
            read(drawing)
    answer.show_steps(drawing, blank)


def read(drawing: Drawing) -> None:
    """Show the reading; while TensorFlow is still loading, wait for it under a spinner."""
    try:
        with st.spinner("Loading the model…"):
            recognizer = start_loading(chosen_model()).recognizer()
    except ModelError as error:
        st.error(str(error), title="No reading", icon=":material/error:")
    else:
        answer.show_reading(recognizer.read(drawing))


set_up_page("Draw", wide=False)
st.title("Draw a digit", anchor=False)
st.caption("Use the mouse, a pen or a finger. The digit is read as soon as you lift the pen.")

draw_and_read()  # before the settings: nothing should delay the canvas

pen_side, model_side = st.columns(2, gap="medium")
pen_side.segmented_control(
    "Pen width", list(PEN_WIDTHS), default="Medium", required=True, key="pen", width="stretch"
)
models = list_models()
with model_side:
    model = choose_model(models)
warn_of_damage(models)
if model:
    start_loading(model)
