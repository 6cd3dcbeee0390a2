"""Composed numbers: whose digits, how far apart."""

from itertools import pairwise

import numpy as np
import pytest

from recognizer.datasets.numbers import HEIGHT, compose, held_out_writers, some
from recognizer.datasets.strokes import pack
from tests.stroke_data import HANDS, digits


@pytest.mark.parametrize("gaps", [(0.15, 0.5), (0.0, 0.12), (-0.12, 0.0)])
def test_digits_stand_side_by_side_with_the_gaps_asked_for(gaps: tuple[float, float]) -> None:
    for number in some(compose(digits(), [4], gaps, np.random.default_rng(0)), 20):
        assert len(number.text) == len(number.digits) == 4
        points = [np.concatenate(strokes) for strokes in number.digits]
        for left, right in pairwise(points):
            gap = (right[:, 0].min() - left[:, 0].max()) / HEIGHT
            assert gaps[0] - 1e-6 <= gap <= gaps[1] + 1e-6


def test_a_number_is_by_one_writer() -> None:
    small = [[stroke * [0.2, 1] for stroke in hand] for hand in HANDS]  # narrow digits
    both = pack([*HANDS, *small], [*range(10)] * 2, ["syn-1"] * 10 + ["syn-2"] * 10)
    for number in some(compose(both, [6], (0.1, 0.1), np.random.default_rng(0)), 20):
        points = [np.concatenate(strokes)[:, 0] for strokes in number.digits]
        drawn = zip(number.text, points, strict=True)
        narrow = {np.ptp(columns) < 0.3 * HEIGHT for text, columns in drawn if text != "1"}
        assert len(narrow) <= 1


def test_numbers_need_a_writer_of_some_digits() -> None:
    few = pack(HANDS[:2], [0, 1], ["syn-1", "syn-2"])
    with pytest.raises(ValueError, match="has drawn"):
        next(compose(few, [2], (0, 0), np.random.default_rng(0)))


def test_every_other_writer_of_one_institution_is_held_out() -> None:
    numbers = pack([HANDS[0]] * 4, ["00"] * 4, ["sta-002", "sta-003", "lex-002", "scr-004"])
    assert held_out_writers(numbers).tolist() == [True, False, False, False]
