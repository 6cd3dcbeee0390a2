"""Strokes on a canvas: placed and painted."""

import numpy as np
import pytest

from recognizer.drawings.rasterize import CANVAS, paint, place


def test_strokes_are_placed_in_the_middle_at_the_size_asked_for() -> None:
    (stroke,) = place([np.array([[10.0, 500], [30, 540]])], 0.5)
    assert np.ptp(stroke[:, 1]) == pytest.approx(CANVAS / 2)
    assert np.ptp(stroke[:, 0]) == pytest.approx(CANVAS / 4)
    np.testing.assert_allclose(stroke.mean(axis=0), CANVAS / 2)


def test_a_dot_is_placed_in_the_middle() -> None:
    assert place([np.array([[7.0, 9]])], 0.5, side=100)[0].tolist() == [[50, 50]]


def test_strokes_are_painted_black_on_white() -> None:
    picture = paint([np.array([[20.0, 50], [80, 50]])], 10, side=100)
    assert picture.shape == (100, 100)
    assert picture.dtype == np.uint8
    assert (picture[50, 20:80] == 0).all()
    assert (picture[[30, 70]] == 255).all()
    assert (picture < 128).sum() == pytest.approx(10 * 60 + np.pi * 25, rel=0.2)


def test_a_stroke_of_one_point_is_painted_as_a_dot() -> None:
    picture = paint([np.array([[50.0, 50]])], 20, side=100)
    assert (picture < 128).sum() == pytest.approx(np.pi * 100, rel=0.2)
