"""What a network that reads drawings is trained on: batches of images, digits and other things.

What a batch holds follows from the seed, the epoch and its number, so that a training that
goes on from a checkpoint sees what it would have seen. In which ways a drawing is drawn does
not depend on the seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recognizer import negatives
from recognizer.augmentation import PENS, THIN_PENS, distort_images, draw_again
from recognizer.data import Split
from recognizer.evaluation import as_input
from recognizer.networks import INPUT_SHAPE, NO_DIGIT
from recognizer.pen import PenDrawings
from recognizer.tracing import Image

# Shares of a batch; the images of MNIST are the rest.
DIGITS = 5 / 16
OTHERS = 3 / 16

# What the others are: real letters and signs, else made up.
REAL = 0.6
MADE_UP = 0.25
SIDE_BY_SIDE = 0.1  # two digits; what is left is a digit crossed out

# Drawing takes most of the time of a batch, and a third of what the network takes: each
# drawing is drawn again so many times, and what was made up so often, over all epochs.
VERSIONS = 16
INVENTIONS = 30_000

Batch = tuple[NDArray[np.float32], NDArray[np.int64]]  # (n, 28, 28, 1) in [0, 1]; (n,)


def distorted(split: Split, batch_size: int, seed: int) -> Iterator[Batch]:
    """Yield batches without end, each image of MNIST once an epoch and bent anew each time."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(split))
        for start in range(0, len(order), batch_size):
            taken = order[start : start + batch_size]
            images = distort_images(split.images[taken], rng)
            yield as_input(images), split.labels[taken].astype(np.int64)


@dataclass(frozen=True, eq=False)
class Mixture:
    """Images of MNIST, bent anew each time; drawn digits and other things, drawn in many ways.

    `others` may be empty; then all that is no digit is made up.
    """

    images: Split
    digits: PenDrawings
    others: PenDrawings
    batch_size: int
    distortion: bool = True

    @property
    def steps(self) -> int:
        """Batches in an epoch: as many whole ones as MNIST fills, each image in one at most."""
        return max(len(self.images) // self._sizes[0], 1)

    @property
    def _sizes(self) -> tuple[int, int, int]:
        digits, others = round(self.batch_size * DIGITS), round(self.batch_size * OTHERS)
        return max(self.batch_size - digits - others, 1), digits, others

    def batches(self, seed: int, epoch: int = 1) -> Iterator[Batch]:
        """Yield batches without end, from the start of an epoch on."""
        while True:
            order = np.random.default_rng([seed, epoch]).permutation(len(self.images))
            for step in range(self.steps):
                rng = np.random.default_rng([seed, epoch, step])
                images, labels = self._batch(order[step * self._sizes[0] :], rng)
                yield as_input(images), labels.astype(np.int64)
            epoch += 1

    def _batch(
        self, order: NDArray[np.intp], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        of_mnist, of_digits, of_others = self._sizes
        taken = order[:of_mnist]
        images = self.images.images[taken]
        places = rng.integers(self._ends[0], size=of_digits)
        labels = (
            self.images.labels[taken],
            self.digits.labels[places // VERSIONS],
            np.full(of_others, NO_DIGIT),
        )
        mixed = (
            distort_images(images, rng) if self.distortion else images,
            self._drawn(places),
            self._drawn(self._of_others(of_others, rng)),
        )
        return np.concatenate(mixed), np.concatenate(labels).astype(np.uint8)

    def _of_others(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Places of what is no digit."""
        digits, real, made_up = self._ends
        is_real = rng.random(count) < (REAL if len(self.others) else 0)
        return np.where(
            is_real,
            rng.integers(digits, max(real, digits + 1), size=count),
            rng.integers(real, made_up, size=count),
        )

    @property
    def _ends(self) -> tuple[int, int, int]:
        """Where the places of digits, of others and of what is made up end in the pool."""
        digits, real = len(self.digits) * VERSIONS, len(self.others) * VERSIONS
        return digits, digits + real, digits + real + INVENTIONS

    @cached_property
    def _pool(self) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """What was drawn, and which of it was drawn already; memory is taken as it fills."""
        count = self._ends[-1]
        return np.zeros((count, *INPUT_SHAPE[:2]), dtype=np.uint8), np.zeros(count, dtype=bool)

    def _drawn(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        images, ready = self._pool
        for place in places[~ready[places]].tolist():
            images[place] = self._draw(place)
            ready[place] = True
        return images[places]

    def _draw(self, place: int) -> Image:
        """Draw what has a place, by that alone: whenever it is needed first, it is the same."""
        rng = np.random.default_rng(place)
        digits, real, _ = self._ends
        if place < digits:
            strokes = self.digits.strokes(place // VERSIONS)
        elif place < real:
            strokes = self.others.strokes((place - digits) // VERSIONS)
        else:  # Thin pens: drawn thick, these become spots in which a digit could hide.
            return draw_again(self._made_up(rng), rng, THIN_PENS, distortion=self.distortion)
        return draw_again(strokes, rng, PENS, distortion=self.distortion)

    def _made_up(self, rng: np.random.Generator) -> Sequence[NDArray[np.floating]]:
        kind = rng.uniform(REAL if len(self.others) else 0.0, 1.0)
        if kind < REAL + MADE_UP or not len(self.digits):
            return negatives.MADE_UP[rng.integers(len(negatives.MADE_UP))](rng)
        one, two = (self.digits.strokes(i) for i in rng.integers(len(self.digits), size=2))
        if kind < REAL + MADE_UP + SIDE_BY_SIDE:
            return negatives.side_by_side(one, two, rng)
        return negatives.crossed_out(one, rng)
