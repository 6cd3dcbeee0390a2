"""Numbers composed of single digits that were drawn with a pen, by one writer each.

There are few real numbers to learn from and to judge by; digits there are many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.strokes import StrokeDataset

HEIGHT = 100.0  # pixels, of a digit of usual height
SIZES = 0.08  # standard deviation of the logarithm of a digit's height
BASELINE = 0.05  # of the height: standard deviation of where a digit stands
FEWEST = 4  # digits: whoever has drawn fewer would repeat them

Strokes = list[NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Composed:
    """A number: the strokes of each digit, and its text."""

    digits: list[Strokes]
    text: str

    @property
    def strokes(self) -> Strokes:
        """All strokes, digit after digit."""
        return [stroke for digit in self.digits for stroke in digit]

    @property
    def ends(self) -> list[tuple[float, float]]:
        """The left and right side of each digit, in pixels."""
        columns = [np.concatenate(strokes)[:, 0] for strokes in self.digits]
        return [(float(each.min()), float(each.max())) for each in columns]


def compose(
    digits: StrokeDataset,
    lengths: Sequence[int],
    gaps: tuple[float, float],
    rng: np.random.Generator,
) -> Iterator[Composed]:
    """Compose numbers without end.

    Args:
        digits: What they are composed of; each number is by one writer.
        lengths: How many digits a number may have.
        gaps: The least and the greatest distance of two digits' boxes, in heights of a digit;
            negative where they overlap.
        rng: Where the randomness comes from.
    """
    names, inverse, counts = np.unique(digits.writers, return_inverse=True, return_counts=True)
    known = np.flatnonzero(counts >= FEWEST)
    if not len(known):
        raise ValueError(f"None of {len(names)} writers has drawn {FEWEST} digits.")
    while True:
        writer = rng.choice(known, p=counts[known] / counts[known].sum())
        chosen = rng.choice(np.flatnonzero(inverse == writer), rng.choice(lengths))
        drawn = [digits.strokes(index) for index in chosen]
        text = "".join(str(label) for label in digits.labels[chosen])
        yield Composed(_placed(drawn, gaps, rng), text)


def _placed(
    drawn: Sequence[Sequence[NDArray[np.floating]]],
    gaps: tuple[float, float],
    rng: np.random.Generator,
) -> list[Strokes]:
    """Put digits side by side on one line."""
    placed: list[Strokes] = []
    right = 0.0
    for digit in drawn:
        sized = _sized(digit, HEIGHT * float(np.exp(rng.normal(0, SIZES))))
        shift = [right, rng.normal(0, BASELINE * HEIGHT)]
        placed.append([stroke + shift for stroke in sized])
        width = max(stroke[:, 0].max() for stroke in sized)
        right += width + HEIGHT * rng.uniform(*gaps)
    return placed


def _sized(digit: Sequence[NDArray[np.floating]], height: float) -> Strokes:
    """A digit so high, its box's lower left corner at the origin."""
    points = np.concatenate(digit).astype(np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    extent = max(high[1] - low[1], (high[0] - low[0]) / 2, 1e-9)
    return [(stroke - [low[0], high[1]]) * (height / extent) for stroke in digit]


def held_out_writers(numbers: StrokeDataset) -> NDArray[np.bool_]:
    """Which real numbers no choice is made by, (n,): those by every other writer of `sta`."""
    number = np.array([int(writer.partition("-")[2]) for writer in numbers.writers.tolist()])
    return (numbers.institutions == "sta") & (number % 2 == 0)


def some(numbers: Iterator[Composed], count: int) -> list[Composed]:
    """The first of them."""
    return list(islice(numbers, count))
