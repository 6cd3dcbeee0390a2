"""Calibration, on probabilities whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recognizer.models.calibration import NO_DIGITS, Calibration, calibration_error, fit_calibration

Rows = NDArray[np.float64]


NOTHING = np.zeros((0, 10))


def sampled(slope: float, shift: float, size: int = 20_000) -> tuple[Rows, NDArray[np.uint8]]:
    """Rows whose likeliest digit is right as often as slope and shift of its odds say."""
    rng = np.random.default_rng(0)
    top = 1 / (1 + np.exp(-rng.normal(3, 2, size)))
    top = top[top > 0.15]
    rows = np.tile(((1 - top) / 9)[:, np.newaxis], 10)
    rows[:, 3] = top
    often = 1 / (1 + np.exp(-(slope * np.log(top / (1 - top)) + shift)))
    return rows, np.where(rng.random(len(top)) < often, 3, 4).astype(np.uint8)


@pytest.mark.parametrize(("slope", "shift"), [(0.5, 0.0), (1.0, 0.0), (1.3, 1.5)])
def test_what_was_drawn_is_found(slope: float, shift: float) -> None:
    rows, labels = sampled(slope, shift)
    confidence = fit_calibration(rows, labels, NOTHING)
    assert confidence.slope == pytest.approx(slope, abs=0.06)
    assert confidence.shift == pytest.approx(shift, abs=0.15)
    right = rows.argmax(axis=1) == labels
    assert calibration_error(confidence.calibrate(rows).max(axis=1), right) < 0.01
    if slope != 1:
        assert calibration_error(rows.max(axis=1), right) > 0.03


def test_what_is_no_digit_counts_as_wrong() -> None:
    rows, labels = sampled(1.0, 0.0)
    alone = fit_calibration(rows, labels, NOTHING)
    among = fit_calibration(rows, labels, rows[:100])  # read as surely as digits are
    unlike = alone.calibrate(rows).max(axis=1) - among.calibrate(rows).max(axis=1)
    assert unlike.mean() == pytest.approx(NO_DIGITS, abs=0.003)


def test_the_threshold_keeps_99_in_100_digits() -> None:
    rows, labels = sampled(1.0, 2.0)
    confidence = fit_calibration(rows, labels, NOTHING)
    kept = confidence.calibrate(rows).max(axis=1) >= confidence.threshold
    assert confidence.threshold > 0.5
    assert kept.mean() == pytest.approx(0.99, abs=0.001)


def test_no_threshold_lets_through_what_is_rather_wrong() -> None:
    rows, labels = sampled(1.0, -1.0)
    assert fit_calibration(rows, labels, NOTHING).threshold == 0.5


@pytest.mark.parametrize("label", [3, 4])
def test_always_right_or_always_wrong_fits_nothing(label: int) -> None:
    rows, _ = sampled(1.0, 0.0)
    labels = np.full(len(rows), label, dtype=np.uint8)
    assert fit_calibration(rows, labels, NOTHING) == Calibration()


def test_a_few_drawings_make_no_one_certain() -> None:
    rows = np.full((70, 10), 0.1 / 9)
    rows[:, 3] = 0.9
    other = np.full((5, 10), 0.05)
    confidence = fit_calibration(rows, np.full(70, 3, dtype=np.uint8), other)
    assert confidence.threshold < 0.999
    assert (confidence.calibrate(rows).max(axis=1) >= confidence.threshold).all()


rows = st.lists(st.floats(0, 1, width=32), min_size=10, max_size=10)


@given(rows, st.floats(0.1, 10), st.floats(-9, 9))
def test_calibration_changes_no_reading(row: list[float], slope: float, shift: float) -> None:
    whole = np.array([row], dtype=np.float64)
    whole /= max(whole.sum(), 1)
    calibrated = Calibration(slope, shift).calibrate(whole)
    assert calibrated.shape == (1, 10)
    assert np.isfinite(calibrated).all()
    assert 0 <= calibrated.sum() <= 1 + 1e-4
    assert calibrated[0, whole[0].argmax()] == calibrated.max()


def test_a_row_adds_up_to_one_at_most() -> None:
    certain = np.full((1, 10), 0.1)
    assert Calibration(1.0, 3.0).calibrate(certain).sum() == pytest.approx(1, abs=1e-5)
    doubtful = Calibration(1.0, -3.0).calibrate(certain)
    assert doubtful.sum() < 0.1  # the rest is "no digit"


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    right = np.array([True, True, True, False, True, False])
    # two bins: four with 0.95 against 3/4, two with 0.55 against 1/2
    assert calibration_error(confidence, right) == pytest.approx((4 * 0.2 + 2 * 0.05) / 6)
    assert calibration_error(np.array([1.0]), np.array([True])) == 0
