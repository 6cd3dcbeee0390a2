"""Calibration, on probabilities whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recognizer.confidence import Confidence, calibration_error, fit_confidence, with_rest


def sampled(
    temperature: float, size: int = 20_000
) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
    """Probabilities that are too sure by a temperature, and labels drawn from the true ones."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (size, 10))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(10, p=row) for row in true], dtype=np.uint8)
    sharp = np.exp(logits * temperature)
    return sharp / sharp.sum(axis=1, keepdims=True), labels


@pytest.mark.parametrize("temperature", [0.7, 1.0, 2.5])
def test_the_temperature_is_found(temperature: float) -> None:
    probabilities, labels = sampled(temperature)
    confidence = fit_confidence(probabilities, labels)
    assert confidence.temperature == pytest.approx(temperature, rel=0.05)
    calibrated = confidence.calibrate(probabilities)
    right = calibrated.argmax(axis=1) == labels
    assert calibration_error(calibrated.max(axis=1), right) < 0.015
    if temperature == 2.5:
        assert calibration_error(probabilities.max(axis=1), right) > 0.1


def test_the_threshold_keeps_99_in_100_digits() -> None:
    rng = np.random.default_rng(1)
    sure = np.linspace(0.8, 1, 1000)
    probabilities = np.tile((1 - sure)[:, np.newaxis] / 9, 10)
    probabilities[:, 3] = sure
    labels = np.where(rng.random(1000) < 0.9, 3, 4).astype(np.uint8)
    confidence = fit_confidence(probabilities, labels)
    kept = confidence.calibrate(probabilities).max(axis=1) >= confidence.threshold
    assert kept.mean() == pytest.approx(0.99, abs=0.002)


def test_no_threshold_lets_through_what_is_rather_wrong() -> None:
    unsure = np.full((50, 10), 0.1)
    assert fit_confidence(unsure, np.zeros(50, dtype=np.uint8)).threshold == 0.5


rows = st.lists(st.floats(0, 1, width=32), min_size=10, max_size=10)


@given(rows, st.floats(0.2, 10))
def test_calibration_changes_no_reading(row: list[float], temperature: float) -> None:
    whole = np.array([row], dtype=np.float64)
    whole /= max(whole.sum(), 1)
    calibrated = Confidence(temperature).calibrate(whole)
    assert calibrated.shape == (1, 10)
    assert np.isfinite(calibrated).all()
    assert 0 <= calibrated.sum() <= 1 + 1e-5
    assert calibrated[0, whole[0].argmax()] == calibrated.max()


def test_what_is_missing_to_one_is_no_digit() -> None:
    known = with_rest(np.full((1, 10), 0.05))
    assert known[0, 10] == pytest.approx(0.5)
    softmax = np.full((1, 10), 0.1, dtype=np.float32)
    assert with_rest(softmax)[0, 10] == 0  # rounding is not doubt


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    right = np.array([True, True, True, False, True, False])
    # two bins: four with 0.95 against 3/4, two with 0.55 against 1/2
    assert calibration_error(confidence, right) == pytest.approx((4 * 0.2 + 2 * 0.05) / 6)
    assert calibration_error(np.array([1.0]), np.array([True])) == 0
