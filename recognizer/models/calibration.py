"""Calibration: probabilities that are as reliable as they say, and a threshold for abstaining.

A network's own probabilities often differ from its accuracy. Here their log-odds are
scaled and shifted (J. Platt: Probabilistic Outputs for Support Vector Machines, 1999)
so that the likeliest digit's probability is how often such a reading of a drawing is
correct, non-digits counted as wrong. The likeliest digit stays the same. Temperature scaling of
the logits is not enough for a network that takes too many digits for non-digits.
Nothing here needs TensorFlow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, FiniteFloat

if TYPE_CHECKING:
    import pandas as pd

NON_DIGIT_SHARE = 0.01  # share of what people draw that is assumed to be no digit
KEPT = 0.99  # share of drawn digits that the threshold lets through
LOWEST_THRESHOLD = 0.5  # a reading with less confidence is more likely wrong than correct
BINS = 15  # of equal width, for the expected calibration error
LEAST = 1e-7  # probabilities are taken to be no nearer to 0 and 1: Keras's own epsilon

Probabilities = NDArray[np.floating]  # (n, 10); the rest to 1 is that of a non-digit


@dataclass(frozen=True)
class Calibration:
    """How a model's probabilities are calibrated, and the threshold from which on it answers."""

    slope: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0  # of the log-odds
    shift: FiniteFloat = 0.0  # of the log-odds, in nats
    threshold: Annotated[float, Field(ge=0, le=1)] = LOWEST_THRESHOLD

    def calibrate(self, probabilities: Probabilities) -> NDArray[np.float32]:
        """Calibrate probabilities (n, 10), each row in its order and adding up to at most 1."""
        odds = self.slope * _log_odds(probabilities) + self.shift
        calibrated = 1 / (1 + np.exp(-odds))
        first = np.arange(calibrated.shape[1]) == calibrated.argmax(axis=1)[:, np.newaxis]
        top = calibrated.max(axis=1, keepdims=True)
        rest = calibrated.sum(axis=1, keepdims=True) - top
        shrink = np.minimum(1, (1 - top) / np.maximum(rest, LEAST))
        return np.where(first, top, calibrated * shrink).astype(np.float32)


def _log_odds(probabilities: Probabilities) -> NDArray[np.float64]:
    inside = probabilities.astype(np.float64).clip(LEAST, 1 - LEAST)
    return np.log(inside / (1 - inside))


def fit_calibration(
    digits: Probabilities, labels: NDArray[np.uint8], non_digits: Probabilities
) -> Calibration:
    """Fit a calibration to drawings that a network was not trained on.

    Args:
        digits: (n, 10), the network's probabilities for drawn digits.
        labels: (n,), the true digits.
        non_digits: (m, 10), its probabilities for drawings of something else; may be empty.

    Returns:
        The calibration fitted by logistic regression of "correct" on the log-odds. Its
        threshold keeps KEPT of the digits, or is LOWEST_THRESHOLD.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import; reading needs none of it

    correct = digits.argmax(axis=1) == labels
    outcome = np.concatenate([correct, np.zeros(len(non_digits), dtype=bool)])
    if outcome.all() or not outcome.any():
        return Calibration()  # always correct or always wrong: nothing to fit to
    odds = _log_odds(np.concatenate([digits, non_digits]).max(axis=1))
    each = NON_DIGIT_SHARE / (1 - NON_DIGIT_SHARE) * len(digits) / max(len(non_digits), 1)
    weights = np.repeat([1, each], [len(digits), len(non_digits)])
    fitted = LogisticRegression().fit(odds[:, np.newaxis], outcome, weights)
    slope, shift = round(float(fitted.coef_[0, 0]), 4), round(float(fitted.intercept_[0]), 4)
    if slope <= 0:
        return Calibration()  # more confident where it is wrong: cannot be calibrated
    confidence = Calibration(slope, shift).calibrate(digits).max(axis=1)
    exact = float(np.quantile(confidence, 1 - KEPT))
    kept = math.floor(exact * 1e4) / 1e4  # rounded up, it would keep fewer
    return Calibration(slope, shift, max(kept, LOWEST_THRESHOLD))


def reliability(
    confidence: NDArray[np.floating], correct: NDArray[np.bool_], bins: int = BINS
) -> pd.DataFrame:
    """How often answers of similar confidence are correct: the rows of a reliability diagram.

    Args:
        confidence: (n,), 0 to 1.
        correct: (n,), whether each answer was correct.
        bins: Into how many parts of equal width confidence is divided.

    Returns:
        A row for each bin that holds an answer: `low` and `high`, its edges;
        `answers`, how many; `confidence` and `accuracy`, their means, 0 to 1; `least` and
        `most`, the 95 % confidence interval of the accuracy (Clopper and Pearson, 1934).
    """
    import pandas as pd  # slow to import; reading needs none of it

    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    answers = np.bincount(bin_of, minlength=bins)
    held = answers > 0
    means = {
        name: np.bincount(bin_of, weights=values, minlength=bins)[held] / answers[held]
        for name, values in (("confidence", confidence), ("accuracy", correct))
    }
    number = answers[held]
    least, most = interval(np.rint(means["accuracy"] * number), number)
    edges = np.arange(bins + 1) / bins
    return pd.DataFrame(
        {
            "low": edges[:-1][held],
            "high": edges[1:][held],
            "answers": number,
            **means,
            "least": least,
            "most": most,
        }
    )


def interval(hits: ArrayLike, number: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ends of the 95 % confidence interval of a share (Clopper and Pearson, 1934).

    Args:
        hits: Of how many, any shape.
        number: How many there were, at least 1.
    """
    from scipy.special import betaincinv  # slow to import; reading needs none of it

    hit, rest = np.asarray(hits, float), np.asarray(number, float) - np.asarray(hits, float)
    least = np.nan_to_num(betaincinv(hit, rest + 1, 0.025), nan=0)
    return least, np.nan_to_num(betaincinv(hit + 1, rest, 0.975), nan=1)


def calibration_error(confidence: NDArray[np.floating], correct: NDArray[np.bool_]) -> float:
    """Expected calibration error, 0 to 1: how far confidence is from accuracy, bin by bin.

    Args:
        confidence: (n,), 0 to 1; n may not be 0.
        correct: (n,), whether each answer was correct.
    """
    table = reliability(confidence, correct)
    gaps = (table["confidence"] - table["accuracy"]).abs()
    return float((gaps * table["answers"]).sum() / len(confidence))
