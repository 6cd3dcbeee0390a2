"""Numbers: drawings in, texts out."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.paper import ARRAYS, crops_of
from recognizer import Drawing, NumberReading, Recognizer
from recognizer.datasets.npz import read_npz
from recognizer.datasets.numbers import held_out_writers
from recognizer.datasets.strokes import StrokeDataset
from recognizer.drawings.arrays import Points
from tests.conftest import lack
from tests.numbers import HEIGHT, picture, side_by_side
from tests.stroke_data import HANDS

TEXTS = ["42", "10", "77", "2047", "961385", "0000"]


def read(recognizer: Recognizer, strokes: list[Points], kind: str) -> NumberReading:
    if kind == "picture":
        return recognizer.read_number(Drawing.from_image(picture(strokes)))
    return recognizer.read_number(Drawing.from_strokes(strokes))


@pytest.mark.parametrize("kind", ["strokes", "picture"])
@pytest.mark.parametrize("text", TEXTS)
def test_numbers_are_read(recognizer: Recognizer, text: str, kind: str) -> None:
    reading = read(recognizer, side_by_side(text), kind)
    assert reading.text == text
    assert reading.status == "number"
    assert 0.5 < reading.confidence <= 1
    assert [str(each.digit) for each in reading.digits] == list(text)
    assert (reading.model, reading.weights) == (recognizer.name, recognizer.weights)


@pytest.mark.parametrize("digit", range(10))
def test_one_digit_is_read_as_ever(recognizer: Recognizer, digit: int) -> None:
    drawing = Drawing.from_strokes(HANDS[digit])
    number, one = recognizer.read_number(drawing), recognizer.read(drawing)
    assert number.text == str(one.digit) == str(digit)
    (only,) = number.digits
    assert only.probabilities == pytest.approx(one.probabilities)
    assert np.array_equal(only.image, one.image)


def test_boxes_and_drawings_are_of_the_digits(recognizer: Recognizer) -> None:
    strokes = side_by_side("25", gap=0.4)
    reading = recognizer.read_number(Drawing.from_strokes(strokes, pen_width=10))
    for digit, drawing, mine in zip(
        reading.digits, reading.drawings, (strokes[:1], strokes[1:]), strict=True
    ):
        low, high = np.concatenate(mine).min(axis=0), np.concatenate(mine).max(axis=0)
        assert digit.box == pytest.approx((*(low - 5), *(high - low + 10)))
        assert len(drawing.strokes) == len(mine)
        assert recognizer.read(drawing).digit == digit.digit


def test_boxes_in_a_picture_are_where_the_ink_is(recognizer: Recognizer) -> None:
    strokes = side_by_side("30", gap=0.4)
    reading = recognizer.read_number(Drawing.from_image(picture(strokes, pen=8)))
    for digit, stroke in zip(reading.digits, strokes, strict=True):
        low, high = stroke.min(axis=0), stroke.max(axis=0)
        assert digit.box == pytest.approx((*(low - 4), *(high - low + 8)), abs=3)


@pytest.mark.parametrize("gap", [-0.05, 0.0, 0.05])
def test_digits_may_be_close_together(recognizer: Recognizer, gap: float) -> None:
    assert read(recognizer, side_by_side("2539", gap), "strokes").text == "2539"


def test_a_stroke_may_be_added_at_the_end(recognizer: Recognizer) -> None:
    four, one = side_by_side("4"), side_by_side("71")[1:]
    first, second = four
    assert read(recognizer, [first, *one, second], "strokes").text == "41"


def test_a_pen_need_not_be_lifted_between_digits(recognizer: Recognizer) -> None:
    first, second = side_by_side("00", gap=0.25)
    assert read(recognizer, [np.concatenate([first, second])], "strokes").text == "00"


def test_lines_are_read_from_top_to_bottom(recognizer: Recognizer) -> None:
    strokes = [*side_by_side("37"), *(stroke + [0, 2 * HEIGHT] for stroke in side_by_side("925"))]
    drawing = Drawing.from_strokes(strokes)
    assert recognizer.read_number(drawing).text == "37925"
    assert [[each.text for each in line] for line in recognizer.read_lines(drawing)] == [
        ["37"],
        ["925"],
    ]


def test_nothing_and_a_dot_are_blank(recognizer: Recognizer) -> None:
    dot = Drawing.from_strokes([[[5, 5], [5, 5]]])
    blanks = [Drawing.from_strokes([]), Drawing.from_image(np.zeros((30, 30), np.uint8)), dot]
    for reading in recognizer.read_numbers(blanks):
        assert (reading.text, reading.status, reading.confidence) == ("", "blank", 0)
        assert not reading.digits
        assert recognizer.read_lines(blanks[0]) == []


def test_alternatives_are_other_texts_and_less_likely(recognizer: Recognizer) -> None:
    reading = read(recognizer, side_by_side("17", gap=0.1), "strokes")
    assert reading.alternatives
    shares = [share for _, share in reading.alternatives]
    assert shares == sorted(shares, reverse=True)
    assert reading.text not in dict(reading.alternatives)
    assert reading.confidence + sum(shares) <= 1 + 1e-6


def test_a_scribble_is_not_a_number(recognizer: Recognizer) -> None:
    rng = np.random.default_rng(3)
    scribble = [rng.uniform(0, 300, (40, 2)) for _ in range(4)]
    assert recognizer.read_number(Drawing.from_strokes(scribble)).status == "unsure"


def test_many_are_read_in_their_order(recognizer: Recognizer) -> None:
    drawings = [Drawing.from_strokes(side_by_side(text)) for text in TEXTS]
    assert [each.text for each in recognizer.read_numbers(drawings)] == TEXTS


def ruled_page(lines: list[list[Points]]) -> np.ndarray:
    """Lines of strokes on ruled paper, a shadow over half of it, (height, width, 3)."""
    rows = [[stroke + [0, 180 * at] for stroke in line] for at, line in enumerate(lines)]
    page = picture([stroke for row in rows for stroke in row], pen=9).astype(float)
    page[40::45] = np.minimum(page[40::45], 170)
    page[:, page.shape[1] // 2 :] *= 0.7
    return np.stack([page, 0.97 * page, 0.85 * page], axis=-1).astype(np.uint8)


def test_a_photograph_is_read_line_by_line(recognizer: Recognizer) -> None:
    right = [stroke + [500, 0] for stroke in side_by_side("83", gap=0.3)]
    page = ruled_page([[*side_by_side("2570"), *right], side_by_side("96")])
    lines = recognizer.read_lines(Drawing.from_photo(page))
    assert [[number.text for number in line] for line in lines] == [["2570", "83"], ["96"]]
    box = lines[0][1].digits[0].box
    assert box
    assert box[0] == pytest.approx(520, abs=10)


def test_boxes_in_a_large_photograph_are_in_its_own_pixels(recognizer: Recognizer) -> None:
    large = np.kron(ruled_page([side_by_side("42")]), np.ones((14, 14, 1), np.uint8))
    drawing = Drawing.from_photo(large)
    assert drawing.scale > 1
    reading = recognizer.read_number(drawing)
    assert reading.text == "42"
    assert reading.digits[0].box
    assert reading.digits[0].box[:2] == pytest.approx((14 * 16, 14 * 16), abs=60)


def test_a_small_crop_is_read_as_one_digit(recognizer: Recognizer) -> None:
    crop = picture([stroke * 0.5 for stroke in side_by_side("5")], pen=5)
    reading = recognizer.read_number(Drawing.from_photo(crop))
    assert reading.text == "5"
    assert len(reading.digits) == 1
    assert reading.digits[0].box == pytest.approx((0, 0, crop.shape[1], crop.shape[0]), abs=2)


@pytest.mark.parametrize("width", [20, 60, 75, 90])
def test_a_block_of_ink_is_no_surer_a_number_than_a_digit(
    recognizer: Recognizer, width: int
) -> None:
    block = np.full((120, 120), 255, np.uint8)
    block[10:110, 10 : 10 + width] = 0
    drawing = Drawing.from_image(block)
    number, one = recognizer.read_number(drawing), recognizer.read(drawing)
    assert number.confidence <= one.confidence + 1e-6
    assert number.status != "number" or one.status == "digit"


def test_many_drawings_with_many_candidates_are_read(recognizer: Recognizer) -> None:
    """Each needs more than one batch of the network, and none waits for another."""
    tight = [Drawing.from_image(picture(side_by_side("6085", gap=-0.1), 14))] * 3
    assert len({each.text for each in recognizer.read_numbers(tight)}) == 1


def test_real_numbers_are_read(recognizer: Recognizer, pen_numbers: StrokeDataset) -> None:
    """Those by writers who had no part in any choice."""
    numbers = pen_numbers.subset(held_out_writers(pen_numbers))
    readings = recognizer.read_numbers(Drawing.from_strokes(strokes) for strokes in numbers)
    correct = [reading.text == text for reading, text in zip(readings, numbers.labels, strict=True)]
    assert np.mean(correct) > 0.91


@pytest.mark.parametrize("gray", [82, 86, 90, 95])
def test_a_pale_number_beside_a_dark_one_is_read(recognizer: Recognizer, gray: int) -> None:
    dark, pale = (255 - picture(side_by_side(text)) for text in ("20", "47"))
    gap = np.zeros((len(dark), 300), np.uint8)
    pale = (pale * (gray / 255)).astype(np.uint8)
    height = max(len(dark), len(pale))
    row = [np.pad(each, ((0, height - len(each)), (0, 0))) for each in (dark, gap, pale)]
    reading = recognizer.read_number(Drawing.from_image(255 - np.hstack(row)))
    assert reading.text == "2047"


def test_crops_of_paper_are_read(recognizer: Recognizer) -> None:
    path = os.environ.get("PAPER_DIGITS")
    if not path:
        lack("PAPER_DIGITS names no file")
    arrays = read_npz(Path(str(path)), ARRAYS)
    crops = crops_of(arrays["jpeg"], arrays["ends"])[::20]
    readings = recognizer.read_many([Drawing.from_photo(crop) for crop in crops])
    assert np.mean([each.digit for each in readings] == arrays["label"][::20]) > 0.8


points = st.tuples(st.floats(0, 300), st.floats(0, 300))
any_stroke = st.lists(points, min_size=1, max_size=12)


@settings(max_examples=12)
@given(st.lists(any_stroke, max_size=25))
def test_whatever_is_drawn_there_is_a_reading(
    recognizer: Recognizer, strokes: list[list[tuple[float, float]]]
) -> None:
    reading = recognizer.read_number(Drawing.from_strokes(strokes))
    assert reading.status in ("number", "unsure", "blank")
    assert len(reading.text) == len(reading.digits) == len(reading.drawings)
    assert 0 <= reading.confidence <= 1
