"""Fitting the weights with which drawings of numbers are cut into digits.

They are fitted to drawings that the network was not trained on: else it would be surer of
digits, and of parts of digits, than it will be of strangers' drawings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.boxes import union
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.parts import parts_of
from recognizer.models.numbers import DigitReader, Lattice, lattice, text_of
from recognizer.models.segmentation import Segmentation, segmentations, weights

DECAY = 1e-4  # how much each weight, squared, costs for each example
NEAR = 0.15  # heights: how near a digit's middle is to where it should be, at least
COUNT = 200  # segmentations of each drawing that are compared

Weights = NDArray[np.float64]
IsRight = Callable[[Lattice, Segmentation], bool]


@dataclass(frozen=True, eq=False)
class Task:
    """A drawing of a number, and how to tell its right segmentations from others."""

    drawing: Drawing
    is_right: IsRight


@dataclass(frozen=True, eq=False)
class Example:
    """Segmentations of a drawing: the sums of their digits' features, and which are right."""

    features: NDArray[np.float64]  # (segmentations, features)
    right: NDArray[np.bool_]  # (segmentations,)


def reads(text: str) -> IsRight:
    """Right is what reads so."""
    return lambda known, found: text_of(known, found) == text


def has_middles(middles: Sequence[float]) -> IsRight:
    """Right is what has as many digits, their boxes in the middle of where they should be."""
    expected = np.sort(middles)

    def is_right(known: Lattice, found: Segmentation) -> bool:
        boxes = [union(known.line.boxes, known.pieces[index]) for index in found.digits]
        at = np.sort([(box[0] + box[2]) / 2 for box in boxes])
        return len(at) == len(expected) and bool(
            np.abs(at - expected).max() < NEAR * known.line.height
        )

    return is_right


def examples(tasks: Sequence[Task], reader: DigitReader, *, cut_all: bool) -> list[Example]:
    """Segment drawings; those without a right segmentation are left out."""
    found = (_example(task, reader, cut_all=cut_all) for task in tasks)
    return [each for each in found if each.right.any()]


def _example(task: Task, reader: DigitReader, *, cut_all: bool) -> Example:
    known = lattice(parts_of(task.drawing), reader, cut_all=cut_all)
    features = known.line.features(known.pieces, known.probabilities)
    *each_weight, sharing = weights(known.parts.kind)
    scores = features @ np.array(each_weight)
    best = segmentations(known.pieces, scores, known.line, sharing, COUNT)
    return Example(
        np.array([[*features[list(each.digits)].sum(axis=0), each.shared] for each in best]),
        np.array([task.is_right(known, each) for each in best]),
    )


def fit(found: Sequence[Example], start: Weights) -> Weights:
    """The weights under which right segmentations are likeliest."""
    from scipy.optimize import minimize  # slow to import

    def cost(at: Weights) -> tuple[float, Weights]:
        parts = [_cost(each, at) for each in found]
        decay = DECAY * len(found)
        total = sum(part for part, _ in parts) + decay * float(at @ at)
        return total, sum((slope for _, slope in parts), 2 * decay * at)

    fitted: Weights = minimize(cost, start, jac=True, method="L-BFGS-B").x
    return fitted


def _cost(example: Example, at: Weights) -> tuple[float, Weights]:
    """Minus the logarithm of the probability of the right ones, and its slope."""
    from scipy.special import log_softmax, logsumexp

    shares = log_softmax(example.features @ at)
    right = logsumexp(shares[example.right])
    slope = np.exp(shares) @ example.features
    slope -= np.exp(shares[example.right] - right) @ example.features[example.right]
    return float(-right), slope
