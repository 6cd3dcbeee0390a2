"""Batches of training images: MNIST, drawn digits and non-digits.

A batch of a `Mixture` follows from the seed, the epoch and its number, so that a training that
is resumed from a checkpoint sees what it would have seen. How a drawing is rendered does
not depend on the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES, Split
from recognizer.datasets.strokes import DrawingDataset, StrokeDataset
from recognizer.drawings.arrays import Image
from recognizer.drawings.preprocessing import SIDE
from recognizer.models.evaluation import as_input
from recognizer.training import handwriting, negatives
from recognizer.training.augmentation import (
    PENS,
    THIN_PENS,
    blur_some,
    distort_images,
    draw_again,
)

NON_DIGIT = CLASSES  # the eleventh class of a network that knows non-digits

# Shares of a batch; the images of MNIST are the rest.
DIGITS = 5 / 16
NON_DIGITS = 3 / 16

# What the non-digits are: real letters and signs, else synthetic.
REAL = 0.7
SCRIBBLES = 0.22  # and doodles, letters and signs
SIDE_BY_SIDE = 0.05  # two digits; the rest is digits that are crossed out

# Rendering takes most of the time of making a batch. So there is a limited number of versions of
# each drawing, and of synthetic non-digits, in a stage.
VERSIONS = 16
SYNTHETIC = 30_000
STEPS = 64  # batches per epoch of learning from kept drawings
VARIED = 0.7  # share of versions that are drawn as another writer and tablet would
OF_WRITER = 0.5  # the share of a writer grows with this power of the number of their drawings

Batch = tuple[NDArray[np.float32], NDArray[np.int64]]  # (n, 28, 28, 1) in [0, 1]; (n,)


def distorted(split: Split, batch_size: int, seed: int) -> Iterator[Batch]:
    """Yield batches endlessly, each image of MNIST once per epoch, distorted each time."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(split))
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            images = distort_images(split.images[chosen], rng)
            yield as_input(images), split.labels[chosen].astype(np.int64)


class Pool:
    """Rendered images of one source, each rendered when it is first needed.

    Args:
        size: How many images there are.
        render: Renders one, (28, 28) uint8, from its number and a generator of its own: whenever
            it is first needed, it is the same.
        seed: Tells the generators of this pool from those of others.
    """

    def __init__(
        self, size: int, render: Callable[[int, np.random.Generator], Image], seed: int
    ) -> None:
        self._render, self._seed = render, seed
        # The system gives memory as it fills.
        self._images = np.zeros((size, SIDE, SIDE), dtype=np.uint8)
        self.ready = np.zeros(size, dtype=bool)

    def __len__(self) -> int:
        return len(self.ready)

    def images(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The images of these numbers, (n, 28, 28)."""
        for number in np.unique(numbers[~self.ready[numbers]]).tolist():
            rng = np.random.default_rng([self._seed, number])
            self._images[number] = self._render(number, rng)
            self.ready[number] = True
        return self._images[numbers]


@dataclass(frozen=True, eq=False)
class Mixture:
    """MNIST's images, distorted each time, with drawn digits and non-digits in many versions.

    There may be no real non-digits; then all of them are synthetic.
    """

    images: Split
    drawings: DrawingDataset
    batch_size: int
    distortion: bool = True

    @property
    def steps(self) -> int:
        """Batches per epoch: as many full ones as MNIST fills, each image in one at most."""
        return max(len(self.images) // self._sizes[0], 1)

    @property
    def _sizes(self) -> tuple[int, int, int]:
        digits, non_digits = (round(self.batch_size * share) for share in (DIGITS, NON_DIGITS))
        return max(self.batch_size - digits - non_digits, 1), digits, non_digits

    def batches(self, seed: int, epoch: int = 1) -> Iterator[Batch]:
        """Yield batches endlessly, from the start of an epoch on."""
        while True:
            order = np.random.default_rng([seed, epoch, 0]).permutation(len(self.images))
            for step in range(self.steps):
                rng = np.random.default_rng([seed, epoch, step + 1])
                yield self._batch(order[step * self._sizes[0] :], rng)
            epoch += 1

    def _batch(self, order: NDArray[np.intp], rng: np.random.Generator) -> Batch:
        of_mnist, of_digits, of_non_digits = self._sizes
        chosen = order[:of_mnist]
        images = self.images.images[chosen]
        drawn = _choose(self._digit_shares, of_digits, rng)
        mixed = (
            distort_images(images, rng) if self.distortion else images,
            self.digits.images(drawn),
            self._some_non_digits(of_non_digits, rng),
        )
        labels = (
            self.images.labels[chosen],
            self.drawings.digits.labels[drawn // VERSIONS],
            np.full(of_non_digits, NON_DIGIT),
        )
        batch = np.concatenate(mixed)
        batch = blur_some(batch, rng) if self.distortion else batch
        return as_input(batch), np.concatenate(labels).astype(np.int64)

    def _some_non_digits(self, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        real = rng.binomial(count, REAL) if len(self.letters) else 0
        return np.concatenate(
            [
                self.letters.images(_choose(self._letter_shares, real, rng)),
                self.synthetic.images(rng.integers(len(self.synthetic), size=count - real)),
            ]
        )

    @cached_property
    def digits(self) -> Pool:
        """Drawn digits; number `i` is a version of drawing `i // VERSIONS`."""
        return self._versions(self.drawings.digits, seed=0)

    @cached_property
    def letters(self) -> Pool:
        """Real non-digits, numbered likewise."""
        return self._versions(self.drawings.non_digits, seed=1)

    @cached_property
    def synthetic(self) -> Pool:
        """Synthetic non-digits."""
        return Pool(SYNTHETIC, self._synthetic, seed=2)

    @cached_property
    def _digit_shares(self) -> NDArray[np.float64]:
        return shares(self.drawings.digits)

    @cached_property
    def _letter_shares(self) -> NDArray[np.float64]:
        return shares(self.drawings.non_digits)

    def _versions(self, drawings: StrokeDataset, seed: int) -> Pool:
        def render(number: int, rng: np.random.Generator) -> Image:
            drawing = number // VERSIONS
            strokes: Sequence[NDArray[np.floating]] = drawings.strokes(drawing)
            if self.distortion and rng.random() < VARIED:
                strokes = handwriting.vary(strokes, rng, drawings.labels[drawing])
            return draw_again(strokes, rng, PENS, distortion=self.distortion)

        return Pool(len(drawings) * VERSIONS, render, seed)

    def _synthetic(self, _: int, rng: np.random.Generator) -> Image:
        # Thin pens: drawn thick, these become spots in which a digit could hide.
        return draw_again(self._invent(rng), rng, THIN_PENS, distortion=self.distortion)

    def _invent(self, rng: np.random.Generator) -> Sequence[NDArray[np.floating]]:
        """The strokes of a synthetic non-digit; some are made of drawn digits."""
        digits = self.drawings.digits
        kind = rng.uniform(REAL if len(self.drawings.non_digits) else 0.0, 1.0)
        if kind < REAL + SCRIBBLES or not len(digits):
            return negatives.GENERATORS[rng.integers(len(negatives.GENERATORS))](rng)
        one, two = (digits.strokes(i) for i in rng.integers(len(digits), size=2))
        if kind < REAL + SCRIBBLES + SIDE_BY_SIDE:
            return negatives.side_by_side(one, two, rng)
        return negatives.crossed_out(one, rng)


def shares(drawings: StrokeDataset) -> NDArray[np.float64]:
    """How often each drawing is shown, (n,), adding up to 1.

    A writer with four times as many drawings as another is shown twice as often, not four
    times: the network is to read strangers, and most drawings are from few writers.
    """
    _, writer, number = np.unique(drawings.writers, return_inverse=True, return_counts=True)
    often = (number ** (OF_WRITER - 1.0))[writer]
    return often / often.sum()


def _choose(shares: NDArray[np.float64], size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Numbers of images: drawings by their shares, each in any of its versions."""
    if not size:
        return np.zeros(0, dtype=np.int64)
    drawings = rng.choice(len(shares), size, p=shares)
    return drawings * VERSIONS + rng.integers(VERSIONS, size=size)
