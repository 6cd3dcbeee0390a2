"""Metrics: reports -> the figures that dashboards show. Needs no image and no TensorFlow.

The probabilities in a report are not calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES
from recognizer.models import comparison
from recognizer.models.evaluation import Report

CHANCE = comparison.CHANCE
CURVE_POINTS = 200  # of the risk-coverage curve: as many as a screen can show


def learning_curves(histories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The histories of models, by name, as one long table, for charts.

    A row for each `model`, `epoch`, `measure` ("accuracy" or "loss") and `part` ("training"
    or "validation") with its `value`; `best` marks each model's best epoch, by validation.
    """
    parts = [
        pd.DataFrame(
            {
                "model": name,
                "epoch": history.index,
                "measure": measure,
                "part": part,
                "value": values,
                "best": (part == "validation") & (values.index == _best_epoch(values, measure)),
            }
        )
        for name, history in histories.items()
        for measure in ("accuracy", "loss")
        for part, values in (
            ("training", history[measure]),
            ("validation", history[f"val_{measure}"]),
        )
    ]
    columns = ["model", "epoch", "measure", "part", "value", "best"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _best_epoch(values: pd.Series, measure: str) -> int:
    """The first of the best epochs; 0 if no epoch has a value."""
    known = values.dropna()
    if known.empty:
        return 0
    place = known.argmax() if measure == "accuracy" else known.argmin()
    return int(known.index[int(place)])


def confusion_matrix(report: Report) -> NDArray[np.int64]:
    """How often each digit was read as each: (10, 10), a row a true digit, a column a reading."""
    cells = report.labels.astype(np.int64) * CLASSES + report.predictions
    return np.bincount(cells, minlength=CLASSES**2).reshape(CLASSES, CLASSES)


def digit_scores(matrix: NDArray[np.int64]) -> pd.DataFrame:
    """Precision, recall, F1 and support of each digit, from a confusion matrix (10, 10).

    Indexed by digit. NaN where a figure has no meaning: nothing was read as the digit, or
    the data hold none of it.
    """
    correct, support, read = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    with np.errstate(invalid="ignore"):
        scores = {
            "precision": correct / read,
            "recall": correct / support,
            "F1": 2 * correct / (read + support),
        }
    return pd.DataFrame({**scores, "support": support}, index=pd.RangeIndex(CLASSES, name="digit"))


def samples(report: Report) -> pd.DataFrame:
    """A row for each image, indexed by its number in the data set.

    `label` and `reading`, the true and the likeliest digit; `confidence`, the probability
    of the reading; `margin`, by how much it is ahead of the second likeliest; `loss`, the
    cross-entropy in nats.
    """
    second, first = np.sort(report.probabilities, axis=1)[:, -2:].T
    return pd.DataFrame(
        {
            "label": report.labels,
            "reading": report.predictions,
            "confidence": first,
            "margin": first - second,
            "loss": report.losses,
        }
    )


def misclassified(report: Report) -> pd.DataFrame:
    """The rows of `samples` whose reading is wrong."""
    return samples(report)[~report.correct]


def risk_coverage(confidence: NDArray[np.floating], correct: NDArray[np.bool_]) -> pd.DataFrame:
    """How accurate a model is if it answers only where it is most confident.

    Args:
        confidence: (n,), 0 to 1.
        correct: (n,), whether each answer was correct.

    Returns:
        Up to CURVE_POINTS rows by `coverage`, the share of answers given, above 0 to 1:
        `accuracy`, the share of those that are correct, and `threshold`, the least
        confidence among them. Answers of equal confidence are given together.
    """
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence, given = confidence[order], np.arange(1, len(order) + 1)
    accuracy = np.cumsum(correct[order]) / given
    ends = np.flatnonzero(np.diff(sorted_confidence, append=-1))  # the last of each equal run
    wanted = np.linspace(len(order) / CURVE_POINTS, len(order), CURVE_POINTS) - 1
    shown = np.unique(ends[np.searchsorted(ends, wanted)])
    return pd.DataFrame(
        {
            "coverage": given[shown] / len(order),
            "accuracy": accuracy[shown],
            "threshold": sorted_confidence[shown],
        }
    )


@dataclass(frozen=True)
class Comparison:
    """Two models on the same images."""

    only_first: int  # images that only the first reads correctly
    only_second: int
    difference: float  # accuracy of the first less that of the second
    p: float  # of McNemar's exact test: how often mere chance shows at least this difference


def compare(first: Report, second: Report) -> Comparison:
    """Compare two models by McNemar's exact test (Q. McNemar, Psychometrika, 1947).

    Raises:
        ValueError: The reports are not of the same labels.
    """
    if not np.array_equal(first.labels, second.labels):
        raise ValueError("The reports are of different images.")
    one, other = first.correct, second.correct
    ours, theirs = int((one & ~other).sum()), int((other & ~one).sum())
    p = comparison.mcnemar(ours, theirs)
    return Comparison(ours, theirs, (ours - theirs) / len(first.labels), p)


def compare_all(reports: Mapping[str, Report]) -> pd.DataFrame:
    """Compare every two models: a row a pair, in the order of `reports`.

    `first`, `second`; `only_first`, `only_second`, `difference` and `p` as in `Comparison`;
    `p_holm`, the p that allows for there being many pairs.

    Raises:
        ValueError: The reports are not of the same labels.
    """
    pairs = [
        {"first": a, "second": b, **vars(compare(reports[a], reports[b]))}
        for a, b in combinations(reports, 2)
    ]
    columns = ["first", "second", "only_first", "only_second", "difference", "p"]
    table = pd.DataFrame(pairs, columns=columns)
    return table.assign(p_holm=holm(table["p"].to_list()))


def holm(p: Sequence[float]) -> NDArray[np.float64]:
    """Adjust p values for their number (S. Holm, Scandinavian Journal of Statistics, 1979)."""
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values)
    adjusted = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)).clip(max=1)
    return adjusted[np.argsort(order)]
