"""Numbers found on a page: in lines, apart from each other and from what is no number."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recognizer.drawings.arrays import Image
from recognizer.drawings.boxes import Box
from recognizer.drawings.layout import cut_out_numbers
from recognizer.drawings.rasterize import draw_lines
from tests.digits import DIGITS

SIZE = 40.0  # pixels, the height of a digit


def page(lines: list[list[str]], slope: float = 0.0, space: float = 60) -> Image:
    """Ink of lines of numbers, 80 pixels from line to line."""
    ink = np.zeros((80 * len(lines) + 80, 700), np.uint8)
    for row, numbers in enumerate(lines):
        x = 20.0
        for number in numbers:
            for digit in number:
                strokes = [np.array(stroke, dtype=float) for stroke in DIGITS[int(digit)]]
                points = np.concatenate(strokes)
                low, extent = points.min(axis=0), np.ptp(points, axis=0)
                scale = SIZE / extent[1]
                at = (x, 40 + 80 * row + slope * x)
                draw_lines(ink, [(s - low) * scale + at for s in strokes], ink=255, thickness=4)
                x += extent[0] * scale + 12
            x += space
    return ink


def find_numbers(ink: Image) -> list[list[Box]]:
    return [[number.box for number in line] for line in cut_out_numbers(ink)]


@pytest.mark.parametrize("slope", [-0.1, 0.0, 0.1])
def test_lines_run_downwards_and_numbers_to_the_right(slope: float) -> None:
    lines = [["2047", "13"], ["8"], ["650", "99", "1"]]
    boxes = find_numbers(page(lines, slope))
    assert [len(line) for line in boxes] == [2, 1, 3]
    for line in boxes:
        assert [box[0] for box in line] == sorted(box[0] for box in line)
    widths = [box[2] for box in boxes[0]]
    assert widths[0] > 1.5 * widths[1]


def test_one_number_is_one_box_around_its_ink() -> None:
    ink = page([["350"]])
    [[box]] = find_numbers(ink)
    assert box == cv2.boundingRect((ink > 127).astype(np.uint8))


def test_specks_and_lone_lines_are_no_numbers() -> None:
    ink = page([["27"], ["64"]])
    expected = find_numbers(ink)
    ink[100:103, 300:650] = 255
    ink[20:24, 600:604] = 255
    ink[10:220, 680:682] = 255
    assert find_numbers(ink) == expected


def test_a_piece_of_a_digit_belongs_to_it() -> None:
    ink = page([["22"]])
    [[box]] = find_numbers(ink)
    x, y, width, _ = (round(each) for each in box)
    ink[y - 10 : y - 6, x + width - 20 : x + width] = 255  # a bar above the last digit
    [[taller]] = find_numbers(ink)
    assert taller[1] == y - 10


def test_a_number_is_cut_out_without_what_reaches_into_its_box() -> None:
    ink = np.zeros((200, 200), np.uint8)
    ink[100:140, [50, 51, 52, 80, 81, 82]] = 255  # 11
    [[ones]] = cut_out_numbers(ink)
    ink[60:110, 65:68] = 255  # a 1 above them, down to between them
    [[above], [same]] = cut_out_numbers(ink)
    assert above.box == (65, 60, 3, 50)
    np.testing.assert_array_equal(same.ink, ones.ink)


def test_a_page_without_ink_has_no_numbers() -> None:
    assert find_numbers(np.zeros((50, 60), np.uint8)) == []


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_boxes_are_inside_any_picture(ink: Image) -> None:
    for line in cut_out_numbers(ink):
        for number in line:
            x, y, width, height = number.box
            assert 0 <= x < x + width <= ink.shape[1]
            assert 0 <= y < y + height <= ink.shape[0]
            assert number.ink.shape == (height, width)
            assert number.ink.any()
