"""Example drawings, for visitors who only look: "Surprise me" puts one on the canvas."""

import json
import random
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st

from recognizer.drawings.arrays import Points
from recognizer.ui import canvas

FILE = Path(__file__).with_name("examples.json")  # first three of each digit, from 0 on
OF_EACH = 3
NUMBERS = ("42", "2047", "365", "1984", "10", "77", "836", "59", "3141", "60", "128", "95")
HEIGHT, GAP = 150, 40  # pixels: of the digits of a number, and between them
MARGIN = 25  # pixels, around an example at least


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
    canvas.show(placed(examples()[number], canvas.shown_width()), pen_width)


@cache
def examples() -> list[list[Points]]:
    """The strokes of each example, (n, 2) in pixels: first those of the file, then NUMBERS."""
    drawings = json.loads(FILE.read_text())
    digits = [[np.array(stroke, float) for stroke in each["strokes"]] for each in drawings]
    return [*digits, *(_number(text, digits) for text in NUMBERS)]


def _number(text: str, digits: list[list[Points]]) -> list[Points]:
    """Digits side by side, as high as one another; the same digit looks different each time."""
    strokes, left = list[Points](), 0.0
    for at, digit in enumerate(text):
        example = digits[OF_EACH * int(digit) + at % OF_EACH]
        points = np.concatenate(example)
        corner, (width, height) = points.min(axis=0), np.ptp(points, axis=0)
        scale = HEIGHT / height
        strokes += [(stroke - corner) * scale + (left, 0) for stroke in example]
        left += width * scale + GAP
    return strokes


def placed(strokes: list[Points], width: int) -> list[Points]:
    """Put strokes into the middle of a canvas so wide, in pixels; smaller if they do not fit."""
    points = np.concatenate(strokes)
    room = np.array([width, canvas.SIDE])
    scale = min(1.0, *((room - 2 * MARGIN) / np.ptp(points, axis=0)))
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return [(stroke - middle) * scale + room / 2 for stroke in strokes]
