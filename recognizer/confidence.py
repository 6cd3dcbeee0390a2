"""Confidence that can be believed: calibrated probabilities, and when not to answer.

A network's own probabilities are too sure of themselves. Dividing its logits by a
temperature, fitted on drawings that it was not trained on, mends that and leaves its
readings as they are (C. Guo et al.: On Calibration of Modern Neural Networks, 2017).
Nothing here needs TensorFlow: probabilities are logits enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KEPT = 0.99  # share of drawn digits that the threshold lets through
TURNED_AWAY = f"turned_away_keeping_{KEPT:.0%}"  # the figure's name in a report
MORE_LIKELY_THAN_NOT = 0.5  # below this no threshold goes: such a reading is rather wrong
BINS = 15  # of equal width, for the expected calibration error
_NOTHING = 1e-6  # what a float32 softmax may leave over of 1

Probabilities = NDArray[np.floating]  # (n, 10); what is missing to 1 is "no digit"


@dataclass(frozen=True)
class Confidence:
    """How a model's probabilities are calibrated, and from where on it answers."""

    temperature: float = 1.0
    threshold: float = MORE_LIKELY_THAN_NOT

    def calibrate(self, probabilities: Probabilities) -> NDArray[np.float32]:
        """Probabilities (n, 10) as they would be with the logits divided by the temperature."""
        whole = with_rest(probabilities) ** (1 / self.temperature)
        calibrated = whole / whole.sum(axis=1, keepdims=True)
        return calibrated[:, :-1].astype(np.float32)


def with_rest(probabilities: Probabilities) -> NDArray[np.float64]:
    """Append what is missing to 1, the probability of no digit: (n, 10) -> (n, 11)."""
    ten = probabilities.astype(np.float64)
    rest = 1 - ten.sum(axis=1, keepdims=True)
    return np.hstack([ten, np.where(rest < _NOTHING, 0, rest)])


def fit_confidence(probabilities: Probabilities, labels: NDArray[np.uint8]) -> Confidence:
    """Fit temperature and threshold to digits (n, 10), (n,) that were not trained on.

    The temperature is the one under which the labels are likeliest; the threshold keeps
    KEPT of these digits, and no reading that is more likely wrong than right.
    """
    from scipy.optimize import minimize_scalar  # slow to import, and reading needs none of it

    def loss(log_temperature: float) -> float:
        scaled = Confidence(float(np.exp(log_temperature))).calibrate(probabilities)
        of_label = scaled[np.arange(len(labels)), labels].astype(np.float64)
        return float(-np.log(of_label.clip(1e-12)).mean())

    best = minimize_scalar(loss, bounds=(np.log(0.2), np.log(10)), method="bounded")
    temperature = round(float(np.exp(best.x)), 4)
    confidence = Confidence(temperature).calibrate(probabilities).max(axis=1)
    kept = float(np.quantile(confidence, 1 - KEPT))
    return Confidence(temperature, round(max(kept, MORE_LIKELY_THAN_NOT), 4))


def calibration_error(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> float:
    """Expected calibration error, 0 to 1: how far confidence is from accuracy, bin by bin.

    Args:
        confidence: (n,), 0 to 1.
        right: (n,), whether each reading was right.
    """
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))
