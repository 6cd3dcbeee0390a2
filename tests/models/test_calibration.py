"""Calibration, on probabilities whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy.stats import binomtest

from recognizer.models.calibration import (
    BINS,
    NON_DIGIT_SHARE,
    Calibration,
    calibration_error,
    fit_calibration,
    reliability,
)

Rows = NDArray[np.float64]
NOTHING = np.zeros((0, 10))


def sampled(slope: float, shift: float, size: int = 20_000) -> tuple[Rows, NDArray[np.uint8]]:
    """Rows whose likeliest digit is correct as often as slope and shift of its odds say."""
    rng = np.random.default_rng(0)
    top = 1 / (1 + np.exp(-rng.normal(3, 2, size)))
    top = top[top > 0.15]
    rows = np.tile(((1 - top) / 9)[:, np.newaxis], 10)
    rows[:, 3] = top
    often = 1 / (1 + np.exp(-(slope * np.log(top / (1 - top)) + shift)))
    return rows, np.where(rng.random(len(top)) < often, 3, 4).astype(np.uint8)


@pytest.mark.parametrize(("slope", "shift"), [(0.5, 0.0), (1.0, 0.0), (1.3, 1.5)])
def test_the_true_calibration_is_found(slope: float, shift: float) -> None:
    rows, labels = sampled(slope, shift)
    calibration = fit_calibration(rows, labels, NOTHING)
    assert calibration.slope == pytest.approx(slope, abs=0.06)
    assert calibration.shift == pytest.approx(shift, abs=0.15)
    correct = rows.argmax(axis=1) == labels
    assert calibration_error(calibration.calibrate(rows).max(axis=1), correct) < 0.01
    if slope != 1:
        assert calibration_error(rows.max(axis=1), correct) > 0.03


def test_non_digits_count_as_wrong() -> None:
    rows, labels = sampled(1.0, 0.0)
    alone = fit_calibration(rows, labels, NOTHING)
    among = fit_calibration(rows, labels, rows[:100])  # as confident as of digits
    lowered = alone.calibrate(rows).max(axis=1) - among.calibrate(rows).max(axis=1)
    assert lowered.mean() == pytest.approx(NON_DIGIT_SHARE, abs=0.003)


def test_the_threshold_keeps_99_percent_of_the_digits() -> None:
    rows, labels = sampled(1.0, 2.0)
    calibration = fit_calibration(rows, labels, NOTHING)
    kept = calibration.calibrate(rows).max(axis=1) >= calibration.threshold
    assert calibration.threshold > 0.5
    assert kept.mean() == pytest.approx(0.99, abs=0.001)


def test_the_threshold_is_never_below_one_half() -> None:
    rows, labels = sampled(1.0, -1.0)
    assert fit_calibration(rows, labels, NOTHING).threshold == 0.5


@pytest.mark.parametrize("label", [3, 4])
def test_always_correct_or_always_wrong_changes_nothing(label: int) -> None:
    rows, _ = sampled(1.0, 0.0)
    labels = np.full(len(rows), label, dtype=np.uint8)
    assert fit_calibration(rows, labels, NOTHING) == Calibration()


def test_more_confident_where_it_is_wrong_changes_nothing() -> None:
    rows, labels = sampled(-1.0, 0.0)
    assert fit_calibration(rows, labels, NOTHING) == Calibration()


def test_a_few_drawings_do_not_make_it_certain() -> None:
    rows = np.full((70, 10), 0.1 / 9)
    rows[:, 3] = 0.9
    non_digits = np.full((5, 10), 0.05)
    calibration = fit_calibration(rows, np.full(70, 3, dtype=np.uint8), non_digits)
    assert calibration.threshold < 0.999
    assert (calibration.calibrate(rows).max(axis=1) >= calibration.threshold).all()


rows = st.lists(st.floats(0, 1, width=32), min_size=10, max_size=10)


@given(rows, st.floats(0.1, 10), st.floats(-9, 9))
def test_calibration_changes_no_reading(row: list[float], slope: float, shift: float) -> None:
    given = np.array([row], dtype=np.float64)
    given /= max(given.sum(), 1)
    calibrated = Calibration(slope, shift).calibrate(given)
    assert calibrated.shape == (1, 10)
    assert np.isfinite(calibrated).all()
    assert 0 <= calibrated.sum() <= 1 + 1e-4
    assert calibrated[0, given[0].argmax()] == calibrated.max()


def test_a_row_adds_up_to_at_most_1() -> None:
    uncertain = np.full((1, 10), 0.1)
    assert Calibration(1.0, 3.0).calibrate(uncertain).sum() == pytest.approx(1, abs=1e-5)
    assert Calibration(1.0, -3.0).calibrate(uncertain).sum() < 0.1  # the rest is "no digit"


# Reliability


answers = st.integers(1, 50).flatmap(
    lambda n: st.tuples(
        arrays.arrays(np.float32, n, elements=st.floats(0, 1, width=32)),
        arrays.arrays(np.bool_, n),
    )
)


@given(answers)
def test_the_bins_of_a_reliability_diagram_hold_every_answer(
    both: tuple[NDArray[np.float32], NDArray[np.bool_]],
) -> None:
    confidence, correct = both
    table = reliability(confidence, correct)
    assert table["answers"].sum() == len(correct)
    assert (table["confidence"] >= table["low"] - 1e-6).all()
    assert (table["confidence"] <= table["high"] + 1e-6).all()
    error = 0.0
    for low in range(BINS):  # by the definition of expected calibration error
        inside = np.minimum((confidence * BINS).astype(int), BINS - 1) == low
        if inside.any():
            error += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    assert calibration_error(confidence, correct) == pytest.approx(error, abs=1e-6)


@pytest.mark.parametrize(("correct", "answers"), [(0, 3), (3, 3), (7, 9), (9800, 9813)])
def test_the_confidence_interval_is_that_of_clopper_and_pearson(correct: int, answers: int) -> None:
    row = reliability(np.full(answers, 0.9), np.arange(answers) < correct).iloc[0]
    interval = binomtest(correct, answers).proportion_ci(0.95, method="exact")
    assert (row["least"], row["most"]) == pytest.approx((interval.low, interval.high))


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    correct = np.array([True, True, True, False, True, False])
    # two bins: four with 0.95 against 3/4, two with 0.55 against 1/2
    assert calibration_error(confidence, correct) == pytest.approx((4 * 0.2 + 2 * 0.05) / 6)
    assert calibration_error(np.array([1.0]), np.array([True])) == 0
