"""Synthetic non-digits: they can be drawn, and are what they are called."""

from collections.abc import Callable

import numpy as np
import pytest

from recognizer.drawings.arrays import Points
from recognizer.training import negatives
from recognizer.training.augmentation import THIN_PENS, draw_again
from tests.stroke_data import HANDS


@pytest.mark.parametrize("make", dict.fromkeys(negatives.GENERATORS))
def test_synthetic_non_digits_can_be_drawn(
    make: Callable[[np.random.Generator], list[Points]],
) -> None:
    rng = np.random.default_rng(0)
    images = set()
    for _ in range(30):
        strokes = make(rng)
        assert all(len(stroke) and np.isfinite(stroke).all() for stroke in strokes)
        image = draw_again(strokes, rng, THIN_PENS)
        assert image.any()
        images.add(image.tobytes())
    assert len(images) == 30


def test_a_spiral_turns_more_than_twice() -> None:
    (line,) = negatives.spiral(np.random.default_rng(0))
    steps = np.diff(line, axis=0)
    angles = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    assert abs(angles[-1] - angles[0]) > 4 * np.pi


def test_two_digits_stand_side_by_side() -> None:
    strokes = negatives.side_by_side(HANDS[4], HANDS[1], np.random.default_rng(0))
    four, one = np.concatenate(strokes[:2]), np.concatenate(strokes[2:])
    assert four[:, 0].max() < one[:, 0].min()


def test_a_digit_is_crossed_out_by_one_more_stroke() -> None:
    crossed = negatives.crossed_out(HANDS[4], np.random.default_rng(0))
    assert len(crossed) == len(HANDS[4]) + 1
    digit, line = np.concatenate(crossed[:-1]), crossed[-1]
    for axis in (0, 1):  # the line is over the digit
        assert line[:, axis].min() < digit[:, axis].max()
        assert line[:, axis].max() > digit[:, axis].min()
