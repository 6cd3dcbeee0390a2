"""Fit the weights with which drawings are cut into digits, and by which texts are trusted.

python -m recognizer.training.segmentation MODEL

MODEL is one that was trained with `train.py robust-cnn --hold-back`: of drawings that it was
trained on, a network is surer than of strangers'. The weights are fitted to numbers composed of
the drawings of the validation institution, in PEN_DIGITS, to real numbers, in the file that
PEN_NUMBERS names, but for those of held-out writers, and to letters and signs, in PEN_OTHERS.
It writes recognizer/models/segmentation.json, which every model uses. As the weights so far
choose what is compared, run it twice.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.numbers import held_out_writers
from recognizer.datasets.pen_files import find_drawings, find_numbers
from recognizer.datasets.strokes import VALIDATION
from recognizer.drawings.parts import parts_of
from recognizer.models.lattice import DigitReader, Lattice, lattice
from recognizer.models.numbers import likeliest
from recognizer.models.recognizer import Recognizer
from recognizer.models.segment_features import FEATURES, SHARED
from recognizer.models.segmentation import WEIGHTS, segmentations, weights
from recognizer.models.text_confidence import TEXT_FEATURES, text_features, text_weights
from recognizer.training.number_tasks import (
    Task,
    other_tasks,
    picture_tasks,
    real_tasks,
    stroke_tasks,
)

DECAY = 1e-4  # how much each weight, squared, costs for each example
COUNT = 100  # segmentations of each drawing that are compared
# Added to the weight of "all": more drawings are of one digit than of those that are fitted to.
# With less, `read_number` read fewer single digits than `read`: pictures of the validation
# institution's, and strokes of held-out ones.
ONE_DIGIT = 2.0
OTHERS_SHARE = 0.1  # share of what people draw that is assumed to be no number

Weights = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Example:
    """Segmentations of a drawing: the sums of their digits' features, and which are right."""

    features: NDArray[np.float64]  # (segmentations, features)
    right: NDArray[np.bool_]  # (segmentations,)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="trained with --hold-back")
    args = parser.parse_args()
    reader, rng = Recognizer.load(args.model), np.random.default_rng(0)
    drawings, numbers = find_drawings(), find_numbers()
    if drawings is None or numbers is None:
        parser.error("It needs PEN_DIGITS, PEN_OTHERS and PEN_NUMBERS: see docs/configuration.md.")
    own = drawings.of(VALIDATION)
    real = real_tasks(numbers.subset(~held_out_writers(numbers)))
    strokes, pictures = stroke_tasks(own.digits, rng), picture_tasks(own.digits, rng)
    others = other_tasks(own, rng)
    found = {
        "strokes": fit_all([*strokes, *real], others, reader),
        "pictures": fit_all(pictures, [], reader),
    }
    WEIGHTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def fit_all(
    tasks: Sequence[Task], others: Sequence[Task], reader: DigitReader
) -> dict[str, dict[str, float]]:
    """Fit the weights of digits and those of texts, both by lattices of the weights so far."""
    kind = parts_of(tasks[0].drawing).kind
    read = [(task, lattice(parts_of(task.drawing), reader)) for task in tasks]
    cut = [(task, lattice(parts_of(task.drawing), reader, cut_all=True)) for task in tasks[::3]]
    found = [each for task, known in (*read, *cut) if (each := example(task, known)).right.any()]
    print(f"{kind}: {len(found)} examples", flush=True)
    read += [(task, lattice(parts_of(task.drawing), reader)) for task in others]
    fitted = fit(found, weights(kind))
    fitted[FEATURES.index("all")] += ONE_DIGIT
    return {
        "digits": _named((*FEATURES, SHARED), fitted),
        "texts": _named(TEXT_FEATURES, fit_texts(read, text_weights(kind))),
    }


def _named(names: Sequence[str], fitted: Weights) -> dict[str, float]:
    return dict(zip(names, (round(float(each), 3) for each in fitted), strict=True))


def example(task: Task, known: Lattice) -> Example:
    """Segment a drawing whose candidates have been read."""
    features = known.line.features(known.pieces, known.probabilities, known.whole)
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


def fit_texts(read: Sequence[tuple[Task, Lattice]], start: Weights) -> Weights:
    """The weights under which texts of several digits are as often right as they are sure.

    Drawings that are no numbers count as little as they are rare.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import

    rows, right, numbers = [], [], []
    for task, known in read:
        found, share = likeliest(known)
        if len(found.digits) > 1:
            rows.append(text_features(known, found, share))
            right.append(known.text(found) == task.text)
            numbers.append(bool(task.text))
    is_number = np.array(numbers)
    if np.all(right) or not np.any(right):
        return start
    rare = OTHERS_SHARE * is_number.sum() / max((~is_number).sum(), 1)
    fitted = LogisticRegression(fit_intercept=False, max_iter=1000).fit(
        np.array(rows), right, np.where(is_number, 1.0, rare)
    )
    return np.asarray(fitted.coef_[0])


if __name__ == "__main__":
    main()
