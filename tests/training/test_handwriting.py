"""Strokes as another hand might have made them: still the same digit, never the same drawing."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recognizer.drawings.arrays import Points
from recognizer.drawings.preprocessing import render
from recognizer.training import handwriting
from recognizer.training.handwriting import END, vary
from tests.stroke_data import HANDS

coordinates = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
LINE = np.array([[0.0, 0.0], [0.0, 1.0]])
Always = Callable[[str], None]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Always:
    """Let one of the changes happen each time, and no other."""
    for name in ("SLANT", "ASPECT", "ENDS_MOVED", "HOOKED", "SMOOTHED", "COARSE", "SEVENS_CROSSED"):
        monkeypatch.setattr(handwriting, name, 0.0)
    return lambda name: monkeypatch.setattr(handwriting, name, 1.0)


@settings(max_examples=80)
@example([[(5, 5)]], None, 0)  # a dot
@example([[(0, 0), (0, 0), (3, 0)]], 7, 3)  # a point twice, and no height
@given(
    st.lists(st.lists(coordinates, min_size=1, max_size=9), min_size=1, max_size=4),
    st.sampled_from([None, *range(10)]),
    st.integers(0, 2**32),
)
def test_any_strokes_can_be_varied(
    strokes: list[list[Points]], label: int | None, seed: int
) -> None:
    varied = vary([np.array(s, float) for s in strokes], np.random.default_rng(seed), label)
    assert len(strokes) <= len(varied) <= len(strokes) + 1
    assert all(each.ndim == 2 and len(each) and np.isfinite(each).all() for each in varied)
    assert max(np.abs(each).max() for each in varied) < 4


def test_a_digit_stays_alike_and_is_never_the_same() -> None:
    rng = np.random.default_rng(0)
    images = {digit: render(hand).astype(float) for digit, hand in enumerate(HANDS)}
    again = [render(vary(HANDS[3], rng)).astype(float) for _ in range(60)]
    assert len({image.tobytes() for image in again}) > 55
    nearest = [
        min(images, key=lambda digit: np.abs(image - images[digit]).mean()) for image in again
    ]
    assert nearest.count(3) > 45


def test_the_same_generator_gives_the_same_strokes() -> None:
    ones, others = (vary(HANDS[8], np.random.default_rng(5)) for _ in range(2))
    for one, other in zip(ones, others, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_seven_may_be_crossed_and_no_other_digit(only: Always) -> None:
    only("SEVENS_CROSSED")
    rng = np.random.default_rng(0)
    stem, bar = vary([np.array([[0, 0], [60, 0], [30, 100]])], rng, 7)
    np.testing.assert_allclose(stem, [[0.2, 0], [0.8, 0], [0.5, 1]], atol=1e-9)
    (left, right), level = bar[:, 0], bar[:, 1].mean()
    assert left < 0.8 - 0.3 * level < right  # where the stem is
    assert 0.35 < level < 0.7
    assert len(vary([LINE], rng, 1)) == 1
    assert len(vary([LINE], rng)) == 1
    assert len(vary([LINE, LINE + 0.1], rng, 7)) == 2  # it may have its bar already


def test_ends_are_cut_off_or_drawn_further(only: Always) -> None:
    only("ENDS_MOVED")
    rng = np.random.default_rng(0)
    lengths = [np.ptp(vary([LINE], rng)[0][:, 1]) for _ in range(60)]
    assert min(lengths) < 0.9
    assert max(lengths) > 1.1
    assert all(1 - 2 * END - 0.03 < length < 1 + 2 * END + 0.03 for length in lengths)


def test_a_hook_is_short_and_the_rest_stays(only: Always) -> None:
    only("HOOKED")
    hooked = vary([LINE], np.random.default_rng(0))[0]
    np.testing.assert_allclose(np.ptp(hooked[1:-1], axis=0), [0, 1])
    steps = np.hypot(*np.diff(hooked, axis=0).T)
    assert len(hooked) == 4
    assert max(steps[0], steps[-1]) <= handwriting.HOOK[1]


def test_a_fast_pen_rounds_corners(only: Always) -> None:
    only("SMOOTHED")
    corner = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    rounded = vary([corner], np.random.default_rng(0))[0]
    np.testing.assert_allclose(rounded[[0, -1]], corner[[0, -1]], atol=1e-9)
    away = np.hypot(*(rounded - corner[1]).T).min()
    assert 0.005 < away < 0.05


def test_a_coarse_tablet_takes_few_points(only: Always) -> None:
    only("COARSE")
    angle = np.linspace(0, 2 * np.pi, 500)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    few = vary([circle], np.random.default_rng(0))[0]
    assert 10 < len(few) < 170
    radius = np.hypot(*(few - 0.5).T)
    assert 0.45 < radius.min() < radius.max() < 0.55
