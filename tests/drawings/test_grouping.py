"""Drawings of more than one digit, told from digits of several strokes."""

import numpy as np
import pytest

from recognizer.datasets.strokes import VALIDATION, StrokeDataset
from recognizer.drawings.grouping import count_groups
from recognizer.drawings.rasterize import place
from recognizer.training.negatives import side_by_side
from tests.stroke_data import HANDS

PEN = 20  # pixels


def test_every_digit_is_one_group() -> None:
    assert [count_groups(strokes, PEN) for strokes in HANDS] == [1] * 10


def test_nothing_is_no_group_and_a_dot_is_one() -> None:
    assert count_groups([], PEN) == 0
    assert count_groups([np.array([[5.0, 5.0]])], PEN) == 1


@pytest.mark.parametrize("first", range(10))
def test_two_digits_are_two_groups(first: int) -> None:
    both = side_by_side(HANDS[first], HANDS[4], np.random.default_rng(0))
    assert count_groups([stroke * 150 for stroke in both], 8) == 2


def test_strokes_whose_ink_touches_are_one_group() -> None:
    lines = [np.array([[x, 0.0], [x, 60.0]]) for x in (0.0, 15.0)]
    assert count_groups(lines, pen_width=4) == 2
    assert count_groups(lines, pen_width=16) == 1


def test_a_dot_beside_a_digit_is_no_second_digit() -> None:
    assert count_groups([*HANDS[1], np.array([[270.0, 150.0], [272.0, 152.0]])], PEN) == 1


def test_hardly_any_real_digit_falls_apart(pen_digits: StrokeDataset) -> None:
    digits = pen_digits.of(VALIDATION)
    several = [count_groups(place(strokes, 0.6), PEN) > 1 for strokes in digits]
    assert len(several) > 500
    assert np.mean(several) < 0.005
