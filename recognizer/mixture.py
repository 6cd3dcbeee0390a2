"""What a network that reads drawings is trained on: batches of images, digits and other things.

Every batch is made anew from the seed, the epoch and its number, so that a training
that goes on from a checkpoint sees what it would have seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer import negatives
from recognizer.augmentation import PENS, THIN_PENS, distort_images, draw_again
from recognizer.data import Split
from recognizer.evaluation import as_input
from recognizer.networks import NO_DIGIT
from recognizer.pen import PenDrawings
from recognizer.tracing import Image

# Shares of a batch; the images of MNIST are the rest.
DIGITS = 5 / 16
OTHERS = 3 / 16

# What the others are: real letters and signs, else made up.
REAL = 0.6
MADE_UP = 0.25
SIDE_BY_SIDE = 0.1  # two digits; what is left is a digit crossed out

Strokes = Sequence[NDArray[np.floating]]
Pens = tuple[float, float]
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
    """Images of MNIST, distorted; drawn digits and other characters, drawn again each time.

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
        drawn = rng.integers(len(self.digits), size=of_digits)
        images = [
            *self._of_mnist(taken, rng),
            *(self._drawn(self.digits.strokes(index), rng) for index in drawn),
            *(self._other(rng) for _ in range(of_others)),
        ]
        labels = (
            self.images.labels[taken],
            self.digits.labels[drawn],
            np.full(of_others, NO_DIGIT),
        )
        return np.stack(images), np.concatenate(labels).astype(np.uint8)

    def _of_mnist(self, taken: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.uint8]:
        images = self.images.images[taken]
        return distort_images(images, rng) if self.distortion else images

    def _drawn(self, strokes: Strokes, rng: np.random.Generator, pens: Pens = PENS) -> Image:
        return draw_again(strokes, rng, pens, distortion=self.distortion)

    def _other(self, rng: np.random.Generator) -> Image:
        """One drawing that is no digit."""
        kind = rng.random()
        if kind < REAL and len(self.others):
            return self._drawn(self.others.strokes(rng.integers(len(self.others))), rng)
        # Thin pens: drawn thick, these become spots in which a digit could hide.
        if kind < REAL + MADE_UP or not len(self.digits):
            make = negatives.MADE_UP[rng.integers(len(negatives.MADE_UP))]
            return self._drawn(make(rng), rng, THIN_PENS)
        one, two = (self.digits.strokes(i) for i in rng.integers(len(self.digits), size=2))
        if kind < REAL + MADE_UP + SIDE_BY_SIDE:
            return self._drawn(negatives.side_by_side(one, two, rng), rng, THIN_PENS)
        return self._drawn(negatives.crossed_out(one, rng), rng, THIN_PENS)
