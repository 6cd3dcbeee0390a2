"""The Draw page: a drawing, and its reading as soon as the pen lifts.

streamlit run streamlit_app.py
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace

import streamlit as st

from recognizer.drawings.drawing import Drawing
from recognizer.errors import ModelError
from recognizer.models.reading import NumberReading
from recognizer.models.registry import list_models
from recognizer.ui import answer, canvas, keep_buttons, keeping, number_answer, panels
from recognizer.ui.examples import surprise_me
from recognizer.ui.loading import read_number, reader_for
from recognizer.ui.model_picker import (
    choose_model,
    chosen_model,
    say_who_reads,
    warn_of_damage,
)
from recognizer.ui.navigation import set_up_page
from recognizer.ui.permission import show_error

PEN_WIDTHS = {"Thin": 8, "Medium": 20, "Thick": 36}  # pixels


@st.fragment
def draw_and_read() -> None:
    """The only part that runs again when something is drawn."""
    pen_width = PEN_WIDTHS[st.session_state.get("pen", "Medium")]
    area = st.container(key="pad-area", gap=None)
    with area:
        drawing = canvas.canvas(pen_width)
    canvas.buttons()
    with st.container(key="answer"):
        number = read(drawing)
        answers = keeping.answers_of(number, canvas.size(drawing)) if number else []
        boxes = show(number, keeping.kept(answers)) if number else []
    with area:
        canvas.connect(drawing, boxes)
    keep_buttons.offer_to_keep(drawing, answers)
    with st.container(horizontal=True):
        surprise_me(pen_width)
        panels.offer_downloads(drawing, number)
    panels.show_panels(drawing, number)


def read(drawing: Drawing) -> NumberReading | None:
    """The reading; where there is none, None, and why."""
    try:
        blank = not drawing.strokes
        number = None if blank else read_number(reader_for(chosen_model())[0], drawing)
    except ModelError as error:
        show_error(error, "No reading")
        return None
    if number is None or not number.digits:
        answer.show_blank(drawing)
        return None
    # Of one digit, all that is drawn is part.
    return replace(number, drawings=(drawing,)) if len(number.digits) == 1 else number


def show(number: NumberReading, kept: Collection[int]) -> Sequence[canvas.Marked]:
    """Show a reading, and return the boxes to show over the canvas: none for one digit."""
    if len(number.digits) > 1:
        return number_answer.show_number(number, kept)
    answer.show_reading(number.digits[0])
    return ()


set_up_page("Draw", wide=False)
st.title("Draw a number", anchor=False)
st.caption("One digit or more, read when you lift the pen or finger.")

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
        say_who_reads(model)  # and load it now, so that the first drawing need not wait for it
