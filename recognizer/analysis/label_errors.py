"""Test images whose label is doubtful: by a published audit, or because models agree against it.

The audit is C. Northcutt, A. Athalye and J. Mueller: Pervasive Label Errors in Test Sets
Destabilize Machine Learning Benchmarks, NeurIPS 2021. Five people were shown each
suspicious image and asked for the label, another digit, or neither. Here are the images
of which fewer than three chose the label: the 15 label errors that the paper counts. From
https://github.com/cleanlab/label-errors, mturk/mnist_mturk.json.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import MNIST_ARRAYS
from recognizer.models.evaluation import Report

FEWEST_MODELS = 4  # fewer than these agree too easily
NEARLY_ALL = 0.8  # share of the models that must read the same wrong digit


@dataclass(frozen=True)
class Votes:
    """What the five people saw in an image; the rest of them saw neither."""

    label: int
    for_label: int
    other: int
    for_other: int

    def __str__(self) -> str:
        """The votes in words."""
        return (
            f"in a published audit {self.for_label} of 5 people chose {self.label}, "
            f"and {self.for_other} chose {self.other}"
        )


# Number of the test image -> its votes.
AUDIT = {
    947: Votes(8, 0, 9, 5),
    1621: Votes(0, 2, 6, 3),
    1901: Votes(9, 2, 4, 3),
    2130: Votes(4, 2, 9, 2),
    2462: Votes(2, 0, 0, 4),
    2597: Votes(5, 0, 3, 4),
    2654: Votes(6, 0, 1, 2),
    3520: Votes(6, 2, 4, 0),
    3558: Votes(5, 1, 0, 4),
    5937: Votes(5, 1, 3, 3),
    6651: Votes(0, 0, 6, 5),
    6783: Votes(1, 2, 6, 3),
    8527: Votes(4, 2, 9, 2),
    9679: Votes(6, 2, 3, 0),
    9729: Votes(5, 2, 6, 3),
}


def doubtful_labels(reports: Sequence[Report]) -> dict[int, str]:
    """Return why a label is doubtful, by the number of the image, in a few words.

    Args:
        reports: Of different models on the same images. The audit counts where these are
            MNIST's test images; agreement where there are FEWEST_MODELS or more.
    """
    if not reports:
        return {}
    labels = reports[0].labels
    reasons = {number: [str(votes)] for number, votes in AUDIT.items() if _audited(labels)}
    for number, (digit, models) in _agreed_against_label(reports).items():
        said = f"{models} of {len(reports)} models read it as {digit}"
        reasons.setdefault(number, []).insert(0, said)
    return {number: "; ".join(reasons[number]) for number in sorted(reasons)}


def _audited(labels: NDArray[np.uint8]) -> bool:
    """Whether these are the labels of MNIST's test images, as far as the audit shows."""
    return labels.shape == MNIST_ARRAYS["y_test"][0] and all(
        labels[number] == votes.label for number, votes in AUDIT.items()
    )


def _agreed_against_label(reports: Sequence[Report]) -> dict[int, tuple[int, int]]:
    """Images that nearly all models read as the same wrong digit: that digit, how many models."""
    if len(reports) < FEWEST_MODELS:
        return {}
    readings = np.array([report.predictions for report in reports])
    suspects = np.flatnonzero((readings != reports[0].labels).mean(axis=0) >= NEARLY_ALL)
    agreed = {
        int(number): Counter(readings[:, number].tolist()).most_common(1)[0] for number in suspects
    }
    return {n: most for n, most in agreed.items() if most[1] / len(reports) >= NEARLY_ALL}
