"""Kept drawings as images to learn from and to judge by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.collection.records import KeptDrawing
from recognizer.datasets.mnist import Split
from recognizer.drawings.preprocessing import SIDE, prepare, to_mnist
from recognizer.errors import RequestError
from recognizer.training.augmentation import blur_some, distort_images, draw_again
from recognizer.training.batches import NON_DIGIT
from recognizer.training.request import LEAST_KEPT

VERSIONS = 16  # of each drawing
MOST = 1000  # drawings; a training uses some 4,000 versions
FROM_ONE = 1 / 3  # share of the kept images in a batch that one contributor has at most


@dataclass(frozen=True, eq=False)
class Kept:
    """The kept drawings that a network can learn from, and those to judge it by.

    Attributes:
        training, held_out: The drawings.
        left_out: How many are blank, or no digits for a network that reads nothing else.
    """

    training: list[KeptDrawing]
    held_out: list[KeptDrawing]
    left_out: int = 0

    @classmethod
    def of(cls, drawings: Sequence[KeptDrawing], classes: int) -> Kept:
        """Take what a network with so many outputs, 10 or 11, can use.

        Raises:
            RequestError: There are too few to learn from.
        """
        used = [
            each
            for each in drawings
            if label_of(each) < classes and not prepare(each.drawing).blank
        ]
        training = [each for each in used if not each.held_out]
        if len(training) < LEAST_KEPT:
            raise RequestError(
                f"There are {len(training)} kept drawings to learn from, and it takes "
                f"{LEAST_KEPT}. "
                "Draw digits, say what they are, and accept the drawings; then train again."
            )
        held_out = [each for each in used if each.held_out]
        return cls(training, held_out, len(drawings) - len(used))


def label_of(drawing: KeptDrawing) -> int:
    """Its label, 0 to 10."""
    return NON_DIGIT if drawing.label is None else drawing.label


def labels_of(drawings: Sequence[KeptDrawing]) -> NDArray[np.uint8]:
    """Their labels, (n,), 0 to 10."""
    return np.array([label_of(each) for each in drawings], dtype=np.uint8)


def as_read(drawings: Sequence[KeptDrawing]) -> Split:
    """The drawings as the app reads them."""
    images = np.array([to_mnist(each.drawing) for each in drawings], dtype=np.uint8)
    return Split(images.reshape(-1, SIDE, SIDE), labels_of(drawings))


def some(drawings: Sequence[KeptDrawing], rng: np.random.Generator) -> Sequence[KeptDrawing]:
    """MOST of them at most, those more likely that are more often in a batch."""
    if len(drawings) <= MOST:
        return drawings
    numbers = rng.choice(len(drawings), MOST, replace=False, p=weights(drawings))
    return [drawings[number] for number in numbers]


def versions(drawings: Sequence[KeptDrawing], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Each drawing as other hands might have drawn it, (n, VERSIONS, 28, 28)."""
    return np.array([blur_some(_versions(each, rng), rng) for each in drawings])


def _versions(drawing: KeptDrawing, rng: np.random.Generator) -> NDArray[np.uint8]:
    if strokes := drawing.drawing.strokes:
        return np.array([draw_again(strokes, rng) for _ in range(VERSIONS)])
    return distort_images(np.repeat(to_mnist(drawing.drawing)[np.newaxis], VERSIONS, axis=0), rng)


def weights(drawings: Sequence[KeptDrawing]) -> NDArray[np.float64]:
    """How often each drawing is in a batch, (n,), adding up to 1.

    Every label as often as the others; but a contributor gets FROM_ONE at most where there are
    three or more, and half of two.
    """
    labels = labels_of(drawings)
    _, number = np.unique([each.contributor for each in drawings], return_inverse=True)
    each = 1.0 / np.bincount(labels)[labels]
    wanted: NDArray[np.float64] = each / each.sum()
    shares = np.bincount(number, weights=wanted).astype(np.float64)
    capped: NDArray[np.float64] = wanted * _capped(shares)[number]
    return capped


def _capped(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """What to multiply the shares (n,) of all contributors with, so that none has too much."""
    most = max(FROM_ONE, 1 / len(shares))
    capped = np.zeros(len(shares), dtype=bool)
    factors = np.ones(len(shares))
    while (over := ~capped & (shares * factors > most + 1e-9)).any():
        capped |= over
        rest = 1 - most * capped.sum()
        factors = np.where(capped, most / shares, rest / max(shares[~capped].sum(), 1e-9))
    return factors
