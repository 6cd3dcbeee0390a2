"""Confidence that can be believed: calibrated probabilities, and when not to answer.

A network's own probabilities are not how often it is right. Here their log-odds are
scaled and shifted (J. Platt: Probabilistic Outputs for Support Vector Machines, 1999)
so that the likeliest digit's probability is how often such a reading of a drawing is
right, what is no digit counted as wrong. No reading changes by it. Scaling the logits
by a temperature cannot do that where a network holds too much for "no digit".
Nothing here needs TensorFlow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NO_DIGITS = 0.01  # share of what people draw that is no digit, as confidence supposes
KEPT = 0.99  # share of drawn digits that the threshold lets through
TURNED_AWAY = f"turned_away_keeping_{KEPT:.0%}"  # the figure's name in a report
MORE_LIKELY_THAN_NOT = 0.5  # below this no threshold goes: such a reading is rather wrong
BINS = 15  # of equal width, for the expected calibration error
_LEAST = 1e-7  # probabilities are taken to be no nearer to 0 and 1: Keras's own epsilon

Probabilities = NDArray[np.floating]  # (n, 10); what is missing to 1 is "no digit"


@dataclass(frozen=True)
class Confidence:
    """How a model's probabilities are calibrated, and from where on it answers."""

    slope: float = 1.0  # of the log-odds, above 0
    shift: float = 0.0  # of the log-odds, in nats
    threshold: float = MORE_LIKELY_THAN_NOT

    def calibrate(self, probabilities: Probabilities) -> NDArray[np.float32]:
        """Calibrate probabilities (n, 10), each row in its order and adding up to at most 1."""
        odds = self.slope * _log_odds(probabilities) + self.shift
        calibrated = 1 / (1 + np.exp(-odds))
        first = np.arange(calibrated.shape[1]) == calibrated.argmax(axis=1)[:, np.newaxis]
        top = calibrated.max(axis=1, keepdims=True)
        rest = calibrated.sum(axis=1, keepdims=True) - top
        shrink = np.minimum(1, (1 - top) / np.maximum(rest, _LEAST))
        return np.where(first, top, calibrated * shrink).astype(np.float32)


def _log_odds(probabilities: Probabilities) -> NDArray[np.float64]:
    inside = probabilities.astype(np.float64).clip(_LEAST, 1 - _LEAST)
    return np.log(inside / (1 - inside))


def fit_confidence(
    digits: Probabilities, labels: NDArray[np.uint8], others: Probabilities
) -> Confidence:
    """Fit a confidence to drawings that a network was not trained on.

    Args:
        digits: (n, 10), what the network gave each digit.
        labels: (n,), what they are.
        others: (m, 10), what it gave what is no digit; may be empty.

    Returns:
        A confidence under which right readings are likeliest to be right and the others
        to be wrong; it answers KEPT of the digits, and nothing that is rather wrong.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import; reading needs none of it

    right = digits.argmax(axis=1) == labels
    outcome = np.concatenate([right, np.zeros(len(others), dtype=bool)])
    if outcome.all() or not outcome.any():
        return Confidence()  # always right or always wrong: nothing to fit to
    odds = _log_odds(np.concatenate([digits, others]).max(axis=1))
    each = NO_DIGITS / (1 - NO_DIGITS) * len(digits) / max(len(others), 1)
    weights = np.repeat([1, each], [len(digits), len(others)])
    fitted = LogisticRegression().fit(odds[:, np.newaxis], outcome, weights)
    slope, shift = round(float(fitted.coef_[0, 0]), 4), round(float(fitted.intercept_[0]), 4)
    if slope <= 0:
        return Confidence()  # the surer the wronger: not a network that can be calibrated
    sure = Confidence(slope, shift).calibrate(digits).max(axis=1)
    kept = math.floor(float(np.quantile(sure, 1 - KEPT)) * 1e4) / 1e4  # not rounded up above it
    return Confidence(slope, shift, max(kept, MORE_LIKELY_THAN_NOT))


def reliability(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> pd.DataFrame:
    """How often answers of like confidence are right: the rows of a reliability diagram.

    Args:
        confidence: (n,), 0 to 1.
        right: (n,), whether each answer was right.

    Returns:
        A row for each of BINS bins that holds an answer: `low` and `high`, its edges;
        `answers`, how many; `confidence` and `accuracy`, their means, 0 to 1; `least` and
        `most`, between which the true accuracy lies with 95 % (Clopper and Pearson, 1934).
    """
    from scipy.special import betaincinv  # slow to import; reading needs none of it

    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    answers = np.bincount(bins, minlength=BINS)
    held = answers > 0
    means = {
        name: np.bincount(bins, weights=values, minlength=BINS)[held] / answers[held]
        for name, values in (("confidence", confidence), ("accuracy", right))
    }
    number = answers[held]
    correct = np.rint(means["accuracy"] * number)
    edges = np.arange(BINS + 1) / BINS
    return pd.DataFrame(
        {
            "low": edges[:-1][held],
            "high": edges[1:][held],
            "answers": number,
            **means,
            "least": np.nan_to_num(betaincinv(correct, number - correct + 1, 0.025), nan=0),
            "most": np.nan_to_num(betaincinv(correct + 1, number - correct, 0.975), nan=1),
        }
    )


def calibration_error(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> float:
    """Expected calibration error, 0 to 1: how far confidence is from accuracy, bin by bin.

    Args:
        confidence: (n,), 0 to 1; n may not be 0.
        right: (n,), whether each answer was right.
    """
    table = reliability(confidence, right)
    gaps = (table["confidence"] - table["accuracy"]).abs()
    return float((gaps * table["answers"]).sum() / len(confidence))
