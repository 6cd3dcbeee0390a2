"""Example drawings, for visitors who only look: "Surprise me" puts one on the canvas."""

import json
import random
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st

from recognizer.drawings.arrays import Points
from recognizer.ui import canvas

FILE = Path(__file__).with_name("examples.json")


def surprise_me(pen_width: int) -> None:
    """Show the button that draws an example."""
    st.button(
        "Surprise me",
        key="surprise",
        icon=":material/casino:",
        help="Put an example drawing on the canvas",
        on_click=_draw_another,
        args=[pen_width],
    )


def _draw_another(pen_width: int) -> None:
    last = st.session_state.get("example")
    number = random.choice([each for each in range(len(examples())) if each != last])
    st.session_state["example"] = number
    canvas.show(examples()[number], pen_width)


@cache
def examples() -> list[list[Points]]:
    """The strokes of each example, (n, 2) in pixels of the canvas."""
    drawings = json.loads(FILE.read_text())
    return [[np.array(stroke, float) for stroke in each["strokes"]] for each in drawings]
