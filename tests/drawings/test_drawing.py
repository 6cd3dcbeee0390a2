"""Drawings from strokes, from the canvas's JSON and from pictures."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recognizer import Drawing


def path(*commands: list[Any], **properties: Any) -> dict[str, Any]:
    """An object as the canvas sends it; its centre is that of its own points if not given."""
    ends = np.array([command[-2:] for command in commands], dtype=float)
    centre = (ends.min(axis=0) + ends.max(axis=0)) / 2
    return {
        "type": "Path",
        "path": list(commands),
        "left": centre[0],
        "top": centre[1],
        "originX": "center",
        "originY": "center",
        "strokeWidth": 20,
    } | properties


def only_stroke(item: dict[str, Any]) -> np.ndarray:
    (stroke,) = Drawing.from_canvas({"objects": [item]}).strokes
    return stroke


LINE = (["M", 10, 20], ["L", 50, 100])


def test_an_untouched_stroke_stays_where_it_is() -> None:
    np.testing.assert_allclose(only_stroke(path(*LINE)), [[10, 20], [50, 100]])


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"left": 130, "top": 60}, [[110, 20], [150, 100]]),
        ({"scaleX": 2, "scaleY": 0.5}, [[-10, 40], [70, 80]]),
        ({"angle": 90}, [[70, 40], [-10, 80]]),
        ({"flipX": True}, [[50, 20], [10, 100]]),
        ({"skewX": 45}, [[-30, 20], [90, 100]]),
        ({"angle": 180, "scaleX": 2}, [[70, 100], [-10, 20]]),
        ({"originX": "left", "originY": "top", "left": 0, "top": 0}, [[10, 10], [50, 90]]),
        (
            {"originX": "left", "originY": "top", "left": 0, "top": 10, "flipX": True},
            [[50, 20], [10, 100]],
        ),
    ],
)
def test_what_the_toolbar_did_is_applied(
    properties: dict[str, Any], expected: list[list[float]]
) -> None:
    np.testing.assert_allclose(only_stroke(path(*LINE, **properties)), expected, atol=1e-9)


def test_curves_are_followed() -> None:
    stroke = only_stroke(path(["M", 0, 0], ["Q", 50, 100, 100, 0]))
    t = stroke[:, 0] / 100  # of this curve, x is 100 t
    np.testing.assert_allclose(stroke[:, 1], 200 * t * (1 - t) + stroke[0, 1], atol=1e-9)


def test_a_click_is_a_stroke() -> None:
    assert only_stroke(path(["M", 5, 5], ["L", 5, 5])).tolist() == [[5, 5], [5, 5]]


def test_the_pen_is_as_wide_as_the_toolbar_made_it() -> None:
    objects = [path(*LINE), path(*LINE, scaleX=3, scaleY=3)]
    assert Drawing.from_canvas({"objects": objects}).pen_width == pytest.approx(60)


@pytest.mark.parametrize(
    "nothing", [None, {}, {"objects": []}, {"objects": [{"type": "Rect", "left": 1, "top": 2}]}]
)
def test_a_canvas_without_strokes(nothing: dict[str, Any] | None) -> None:
    assert Drawing.from_canvas(nothing).strokes == ()


@pytest.mark.parametrize(
    "nonsense",
    [
        {"objects": [{"type": "Path", "path": [["M", 1, 2]]}]},
        {"objects": [path(["M", 1, 2], ["C", 1, 2])]},
        {"objects": ["text"]},
        {"objects": [path(["M", 1, 2], ["L", 3, 3]) | {"path": [["M", "a", 1]]}]},
        {"objects": [path(["M", 1, 2], ["L", math.nan, 3], left=0, top=0)]},
        {"objects": [path(["Q", 1, 2, 3, 4])]},
    ],
)
def test_nonsense_from_the_canvas_is_an_error(nonsense: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"canvas|finite"):
        Drawing.from_canvas(nonsense)


@pytest.mark.parametrize("stroke", [[[1, 2, 3]], [1, 2], [[[1, 2]]], [[math.inf, 0]]])
def test_strokes_of_the_wrong_form_are_an_error(stroke: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"shape|finite"):
        Drawing.from_strokes([stroke])


@pytest.mark.parametrize("width", [0, -1, math.nan, math.inf])
def test_a_pen_has_a_width(width: float) -> None:
    with pytest.raises(ValueError, match="pen_width"):
        Drawing.from_strokes([], pen_width=width)


def test_a_drawing_does_not_change_with_the_array_it_came_from() -> None:
    stroke = np.array([[1.0, 2.0]])
    drawing = Drawing.from_strokes([stroke])
    stroke[:] = 9
    assert drawing.strokes[0].tolist() == [[1, 2]]


GREY = np.zeros((30, 40), np.uint8)
GREY[10:20, 5:35] = 255


@pytest.mark.parametrize("light_on_dark", [True, False])
@pytest.mark.parametrize("channels", [0, 1, 3, 4])
def test_any_picture_gives_the_same_ink(light_on_dark: bool, channels: int) -> None:
    image = GREY if light_on_dark else 255 - GREY
    if channels:
        image = np.repeat(image[..., np.newaxis], channels, axis=2)
    if channels == 4:
        image[..., 3] = 255
    np.testing.assert_array_equal(Drawing.from_image(image).ink, GREY)


@pytest.mark.parametrize("pen", [0, 255])
def test_transparent_paper(pen: int) -> None:
    image = np.dstack([np.full((30, 40, 3), pen, np.uint8), GREY])
    np.testing.assert_array_equal(Drawing.from_image(image).ink, GREY)


def test_a_cropped_picture_without_paper_is_all_ink_or_transparent() -> None:
    crop = np.dstack([np.zeros((30, 20, 3), np.uint8), np.full((30, 20), 255, np.uint8)])
    crop[10:20, :8, 3] = 0
    ink = Drawing.from_image(crop).ink
    assert ink is not None
    assert (ink > 0).mean() > 0.5


def test_transparent_corners_are_paper() -> None:
    image = np.dstack([255 - GREY] * 3 + [np.full(GREY.shape, 255, np.uint8)])
    image[:4, :4] = 0
    np.testing.assert_array_equal(Drawing.from_image(image).ink, GREY)


def test_colour_and_faint_pencil_are_ink() -> None:
    image = np.full((30, 40, 3), 250, np.uint8)
    image[GREY > 0] = (200, 60, 60)
    np.testing.assert_array_equal(Drawing.from_image(image).ink, GREY)
    image[GREY > 0] = 215
    np.testing.assert_array_equal(Drawing.from_image(image).ink, GREY)


def test_the_noise_of_empty_paper_is_no_ink() -> None:
    noise = np.random.default_rng(0).integers(240, 256, (30, 40), dtype=np.uint8)
    ink = Drawing.from_image(noise).ink
    assert ink is not None
    assert not ink.any()


@pytest.mark.parametrize(
    "image",
    [np.zeros((3, 3)), np.zeros(9, np.uint8), np.zeros((3, 3, 2), np.uint8), GREY[:0]],
)
def test_pictures_of_the_wrong_form_are_an_error(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="The picture"):
        Drawing.from_image(image)


@given(arrays(np.uint8, st.tuples(*[st.integers(1, 12)] * 2, st.sampled_from([1, 3, 4]))))
def test_no_picture_fails(image: np.ndarray) -> None:
    ink = Drawing.from_image(image).ink
    assert ink is not None
    assert ink.shape == image.shape[:2]
    assert ink.max() in (0, 255)
