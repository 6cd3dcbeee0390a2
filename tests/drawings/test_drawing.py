"""Drawings from strokes, from the canvas's JSON and from pictures."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recognizer import Drawing
from recognizer.drawings.drawing import DEFAULT_PEN_WIDTH

LINE = {"type": "path", "path": [["M", 10, 20], ["L", 50, 100]], "left": 30, "top": 60}


@pytest.mark.parametrize("stroke", [[[1, 2, 3]], [1, 2], [[[1, 2]]], [[math.inf, 0]]])
def test_strokes_of_another_shape_are_an_error(stroke: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"shape|finite"):
        Drawing.from_strokes([stroke])


@pytest.mark.parametrize("width", [0, -1, math.nan, math.inf])
def test_a_pen_width_that_is_not_positive_is_an_error(width: float) -> None:
    with pytest.raises(ValueError, match="pen_width"):
        Drawing.from_strokes([], pen_width=width)


def test_empty_strokes_are_ignored() -> None:
    assert Drawing.from_strokes([np.zeros((0, 2))]).strokes == ()


def test_a_drawing_does_not_change_with_the_array_it_came_from() -> None:
    stroke = np.array([[1.0, 2.0]])
    drawing = Drawing.from_strokes([stroke])
    stroke[:] = 9
    assert drawing.strokes[0].tolist() == [[1, 2]]


def test_a_canvas_gives_its_strokes_and_the_widest_pen() -> None:
    objects = [LINE | {"strokeWidth": 20}, LINE | {"strokeWidth": 20, "scaleX": 3, "scaleY": 3}]
    drawing = Drawing.from_canvas({"objects": objects})
    assert len(drawing.strokes) == 2
    assert drawing.pen_width == pytest.approx(60)


@pytest.mark.parametrize(
    "nothing", [None, {}, {"objects": []}, {"objects": [{"type": "Rect", "left": 1, "top": 2}]}]
)
def test_a_canvas_without_strokes_gives_an_empty_drawing(nothing: dict[str, Any] | None) -> None:
    drawing = Drawing.from_canvas(nothing)
    assert (drawing.strokes, drawing.pen_width) == ((), DEFAULT_PEN_WIDTH)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"objects": [{"type": "Path", "path": [["M", 1, 2]]}]},
        {"objects": [LINE | {"path": [["M", 1, 2], ["C", 1, 2]]}]},
        {"objects": ["text"]},
        {"objects": [LINE | {"path": [["M", "a", 1]]}]},
        {"objects": [LINE | {"path": [["M", 1, 2], ["L", math.nan, 3]]}]},
        {"objects": [LINE | {"path": [["Q", 1, 2, 3, 4]]}]},
    ],
)
def test_nonsense_from_the_canvas_is_an_error(nonsense: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"path of the canvas|among its objects|finite number"):
        Drawing.from_canvas(nonsense)


@pytest.mark.parametrize("channels", [0, 1, 3, 4])
def test_a_picture_may_have_any_usual_number_of_channels(channels: int) -> None:
    picture = np.full((30, 40, max(channels, 1)), 255, np.uint8)
    picture[10:20, 5:35, :3] = 0
    picture = picture if channels else picture[..., 0]
    ink = Drawing.from_image(picture).ink
    assert ink is not None
    assert (ink[10:20, 5:35] == 255).all()
    assert ink.sum() == 255 * 10 * 30


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((3, 3)),
        np.zeros(9, np.uint8),
        np.zeros((3, 3, 2), np.uint8),
        np.zeros((0, 40), np.uint8),
    ],
)
def test_a_picture_of_another_shape_or_type_is_an_error(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="The picture"):
        Drawing.from_image(image)


@given(arrays(np.uint8, st.tuples(*[st.integers(1, 12)] * 2, st.sampled_from([1, 3, 4]))))
def test_any_picture_can_be_a_drawing(image: np.ndarray) -> None:
    ink = Drawing.from_image(image).ink
    assert ink is not None
    assert ink.shape == image.shape[:2]
    assert ink.max() in (0, 255)
