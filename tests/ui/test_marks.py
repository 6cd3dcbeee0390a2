"""What was found, marked on the picture."""

import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer.drawings.boxes import Box
from recognizer.models.reading import NumberReading, NumberStatus, Reading, Status
from recognizer.ui.marks import EDGE, SMALLEST, TALLEST, WIDEST, doubts, marked
from tests.collection.samples import reading

BOX = (300, 300, 200, 300)
STATUSES: list[Status] = ["digit", "unsure"]


def digit(box: Box | None, status: Status = "digit") -> Reading:
    found = reading(3, 0.9)
    return Reading(3, status, 0.9, found.probabilities, found.image, box=box)


def number(*digits: Reading, status: NumberStatus = "number") -> NumberReading:
    return NumberReading("3" * len(digits), status, 0.9, digits)


def paper(height: int, width: int, gray: int = 128) -> NDArray[np.uint8]:
    return np.full((height, width, 3), gray, np.uint8)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((900, 1000), (900, 1000)),
        ((4000, 6000), (800, WIDEST)),
        ((6000, 4000), (1800, WIDEST)),
        ((30, 60), (SMALLEST // 2, SMALLEST)),
        ((1, 1), (SMALLEST, SMALLEST)),
        ((1, 100_000), (1, WIDEST)),
        ((100_000, 1), (TALLEST, 1)),
    ],
)
def test_any_picture_is_shown_in_a_size_that_fits(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    assert marked(paper(*size), []).shape == (*shown, 3)
    whole = number(digit((0, 0, size[1], size[0]), "unsure"))
    height, width, _ = marked(paper(*size), [whole]).shape
    assert width == shown[1]
    assert shown[0] < height < shown[0] + 60  # with room for the label


def test_a_box_is_around_its_digit_and_the_label_above() -> None:
    picture = paper(1600, 2400)  # shown at half its size
    before = picture.copy()
    shown = marked(picture, [number(digit((600, 400, 200, 400)))])
    np.testing.assert_array_equal(picture, before)
    changed = (shown != 128).any(axis=2)
    rows, columns = np.nonzero(changed[200:])  # below the label
    assert (columns.min(), columns.max()) == pytest.approx((300, 400), abs=8)
    assert 200 + rows.max() == pytest.approx(400, abs=8)
    assert changed[150:190, 340:360].any()
    assert not changed[210:390, 310:390].any()  # the ink itself stays as it is


@pytest.mark.parametrize("gray", [0, 90, 160, 255])
@pytest.mark.parametrize("status", STATUSES)
def test_a_mark_stands_out_on_any_paper(gray: int, status: Status) -> None:
    shown = marked(paper(900, 1000, gray), [number(digit(BOX, status))])
    line = shown[595:612, 300:500]
    assert np.abs(line.mean(axis=2) - gray).max() > 75


def test_an_unsure_digit_differs_in_more_than_color() -> None:
    shares = [
        (marked(paper(900, 1000), [number(digit(BOX, status))])[604, 300:500] != 128).any(1).mean()
        for status in STATUSES
    ]
    assert shares[0] == 1
    assert 0.3 < shares[1] < 0.9


def test_boxes_at_the_edge_are_within_the_picture() -> None:
    shown = marked(paper(900, 1000), [number(digit((-5, 0, 1010, 900)))])[-900:]
    for row in (shown[EDGE], shown[-EDGE], shown[:, EDGE], shown[:, -EDGE]):
        assert (row != 128).any(axis=1)[EDGE:-EDGE].all()


def test_a_label_has_room_at_the_upper_edge() -> None:
    whole = marked(paper(900, 1000), [number(digit((300, 0, 200, 300)))])
    label = whole[:-900, 390:410]
    assert len(label) > 40
    assert (label == 255).any()  # the digit, in white on a dark ground
    assert (whole[:-900, :300] == 128).all()


def test_where_only_the_whole_number_is_unsure_all_its_digits_are() -> None:
    sure, unsure = digit(None), digit(None, "unsure")
    assert [each for _, each in doubts(number(sure, sure))] == [False, False]
    assert [each for _, each in doubts(number(sure, unsure, status="unsure"))] == [False, True]
    assert [each for _, each in doubts(number(sure, sure, status="unsure"))] == [True, True]


def test_a_digit_without_a_place_is_not_marked() -> None:
    assert (marked(paper(900, 1000), [number(digit(None))]) == 128).all()
