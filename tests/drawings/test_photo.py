"""Ink in photographs: what the light, the paper and printed lines must not change."""

import warnings

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from recognizer import Drawing, Recognizer
from recognizer.drawings.gate import MOST_PIXELS
from recognizer.drawings.preprocessing import steps
from recognizer.drawings.rasterize import draw_lines
from tests.digits import DIGITS

HEIGHT, WIDTH = 240, 400
WHITE, BLACK = (235, 235, 235), (40, 40, 45)
Page = NDArray[np.float64]


def written(digit: int = 3) -> NDArray[np.bool_]:
    """Where the ink of a digit is on a page."""
    strokes = [np.array(stroke, dtype=float) for stroke in DIGITS[digit]]
    low = np.concatenate(strokes).min(axis=0)
    scale = 120 / np.ptp(np.concatenate(strokes), axis=0).max()
    cover = np.zeros((HEIGHT, WIDTH), np.uint8)
    draw_lines(cover, [(s - low) * scale + (160, 60) for s in strokes], ink=255, thickness=8)
    return cover > 0


def page(
    paper: tuple[int, int, int] = WHITE, ink: tuple[int, int, int] | None = BLACK, noise: float = 3
) -> Page:
    """A page with a digit, or without one, and a camera's noise."""
    pixels = np.full((HEIGHT, WIDTH, 3), paper, dtype=np.float64)
    if ink is not None:
        pixels[written()] = ink
    return pixels + np.random.default_rng(0).normal(0, noise, pixels.shape)


def photo(pixels: Page) -> Drawing:
    blurred = cv2.GaussianBlur(np.clip(pixels, 0, 255).astype(np.uint8), (0, 0), 0.7)
    return Drawing.from_photo(np.asarray(blurred, dtype=np.uint8))


def assert_found(drawing: Drawing, *, most: float = 0.03) -> None:
    """Check that the ink is the digit: nothing of it is missing, and hardly anything is added."""
    assert drawing.ink is not None
    found, ink = drawing.ink > 127, written()
    near = np.asarray(cv2.dilate(ink.astype(np.uint8), np.ones((5, 5))) > 0)
    core = np.asarray(cv2.erode(ink.astype(np.uint8), np.ones((5, 5))) > 0)
    assert found[core].mean() > 0.97
    assert (found & ~near).sum() <= most * ink.sum()


GRADIENT = np.linspace(0.4, 1, WIDTH)[np.newaxis, :, np.newaxis]
Y, X = np.mgrid[:HEIGHT, :WIDTH]
EDGE = np.clip((X + Y - 300) / 1.0, 0, 1)[..., np.newaxis]
SOFT = np.clip((X + Y - 240) / 120, 0, 1)[..., np.newaxis]


@pytest.mark.parametrize(
    "light",
    [np.ones((1, 1, 1)), GRADIENT, 0.5 + 0.5 * EDGE, 0.5 + 0.5 * SOFT, GRADIENT * (1 - EDGE / 2)],
    ids=["even", "gradient", "hard shadow", "soft shadow", "gradient and shadow"],
)
def test_the_light_makes_no_difference(light: Page) -> None:
    assert_found(photo(page() * light))


@pytest.mark.parametrize(
    "paper", [(240, 225, 150), (180, 180, 180), (190, 160, 120), (170, 200, 235)]
)
@pytest.mark.parametrize(
    "ink",
    [BLACK, (40, 60, 160), (190, 40, 50), (120, 120, 125)],
    ids=["black", "blue", "red", "gray"],
)
def test_paper_and_ink_of_any_color(paper: tuple[int, int, int], ink: tuple[int, int, int]) -> None:
    assert_found(photo(page(paper, ink)))


@pytest.mark.parametrize("line", [(170, 195, 230), (150, 150, 155), (90, 90, 95)])
@pytest.mark.parametrize("squares", [False, True])
@pytest.mark.parametrize("slope", [0.0, 0.05])
def test_printed_lines_are_removed_and_the_digit_stays(
    line: tuple[int, int, int], squares: bool, slope: float
) -> None:
    pixels = page(ink=None)
    for at in range(-20, WIDTH + 40, 36):
        drop = round(slope * WIDTH)
        cv2.line(pixels, (0, at), (WIDTH, at + drop), line, 2, cv2.LINE_AA)
        if squares:
            cv2.line(pixels, (at + drop, 0), (at, HEIGHT), line, 2, cv2.LINE_AA)
    pixels[written()] = BLACK
    assert_found(photo(pixels), most=0.06)


@pytest.mark.parametrize("noise", [0, 2, 8, 16])
@pytest.mark.parametrize("light", [np.ones((1, 1, 1)), GRADIENT, 0.5 + 0.5 * EDGE])
def test_paper_without_ink_is_blank(noise: float, light: Page, recognizer: Recognizer) -> None:
    drawing = photo(page(ink=None, noise=noise) * light)
    assert drawing.ink is not None
    assert not drawing.ink.any()
    assert recognizer.read(drawing).status == "blank"


def test_a_blackboard() -> None:
    assert_found(photo(page(paper=(45, 60, 50), ink=(210, 215, 205))))


def test_what_the_border_cuts_goes_if_something_else_is_in_the_middle() -> None:
    pixels = page()
    pixels[40:180, :12] = BLACK
    pixels[-9:, 60:110] = BLACK
    assert_found(photo(pixels))


def test_ink_at_the_border_alone_stays() -> None:
    whole = np.clip(page(), 0, 255).astype(np.uint8)
    cut = Drawing.from_photo(np.ascontiguousarray(whole[:170]))
    assert cut.ink is not None
    assert (cut.ink > 127)[written()[:170]].mean() > 0.8


def test_a_large_photograph_is_reduced_and_a_small_one_enlarged() -> None:
    small = photo(page())
    large = Drawing.from_photo(cv2.resize(np.clip(page(), 0, 255).astype(np.uint8), (4000, 2400)))
    crop = Drawing.from_photo(np.clip(page(), 0, 255).astype(np.uint8)[50:190:4, 150:280:4])
    assert small.scale == 1
    for drawing, width in ((large, 4000), (crop, 33)):
        assert drawing.ink is not None
        assert drawing.ink.shape[1] * drawing.scale == pytest.approx(width, abs=drawing.scale)
    assert large.scale == 2
    assert crop.scale == 0.25


def test_the_digit_in_the_middle_is_read(recognizer: Recognizer) -> None:
    pixels = np.clip(page(), 0, 255).astype(np.uint8)
    assert recognizer.read(Drawing.from_photo(pixels)).digit == 3
    number = np.hstack([pixels[40:200, 140:280]] * 2)
    number[:, :60] = number[:, -60:]
    assert recognizer.read(Drawing.from_photo(number)).digit == 3
    both = [Drawing.from_photo(pixels), Drawing.from_strokes(DIGITS[7])]
    assert [each.digit for each in recognizer.read_many(both)] == [3, 7]


def test_the_steps_begin_with_those_of_the_photograph() -> None:
    shown = [step.caption for step in steps(photo(page()))]
    assert shown[:2] == ["The paper evened out", "The ink that was found"]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((9, 9)), "float64"),
        (np.zeros((9, 9, 4), np.uint8), "shape"),
        (np.zeros((9, 0), np.uint8), "shape"),
        (np.zeros(9, np.uint8), "shape"),
        (np.zeros((MOST_PIXELS // 1000 + 1, 1000), np.uint8), "megapixels"),
    ],
)
def test_bad_input_gets_a_clear_message(bad: NDArray[np.generic], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Drawing.from_photo(bad)


shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))


@settings(max_examples=60)
@given(
    (shapes | shapes.map(lambda shape: (*shape, 3))).flatmap(
        lambda shape: arrays.arrays(np.uint8, shape)
    )
)
def test_any_small_picture_becomes_a_drawing(
    recognizer: Recognizer, pixels: NDArray[np.uint8]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawing = Drawing.from_photo(pixels)
        recognizer.read(drawing)
    assert drawing.ink is not None
    assert drawing.ink.dtype == np.uint8
