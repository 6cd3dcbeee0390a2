"""What a network still knows while it learns, and what learning has changed in the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES, Mnist, Split
from recognizer.datasets.strokes import HELD_OUT, DrawingDataset
from recognizer.models import learned
from recognizer.models.calibration import Calibration, calibration_error
from recognizer.models.drawing_benchmark import TYPICAL
from recognizer.models.evaluation import Network
from recognizer.models.learned import Measure
from recognizer.training.batches import NON_DIGIT
from recognizer.training.replay import Replay

# By how much each share may fall on what is repeated but not trained on. What is asked for is 0.1
# points at most on other drawings and images: half of that leaves room for chance.
MNIST_LOSS = 0.0005
DRAWN_LOSS = 0.003  # of versions that are harder than what people draw
MNIST_DIGIT_LOSS = 0.004  # of one digit, some 1,000 images
# Of one digit, some 50 drawings in eight versions each. One of them that is lost in all its
# versions is chance, not forgetting.
DRAWN_DIGIT_LOSS = 0.025
# Labels that are wrong on purpose look like a hand that is hard to read. So where more than this
# share of what it learns is confidently read as one other digit, that digit may lose less.
DOUBTED = 0.25
DOUBTED_DIGIT_LOSS = 0.0025
NON_DIGIT_LOSS = 0.04  # a visitor's own sign for a digit may be among them


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network answers to labeled images.

    Attributes:
        labels: (n,), 0 to 10.
        probabilities: (n, 10), calibrated.
        threshold: From which on it is sure.
    """

    labels: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    threshold: float

    @cached_property
    def digits(self) -> NDArray[np.int64]:
        """The likeliest digit in each image, (n,)."""
        return self.probabilities.argmax(axis=1)

    @cached_property
    def sure(self) -> NDArray[np.bool_]:
        """Whether the network is sure of it, (n,)."""
        return self.probabilities.max(axis=1) >= self.threshold

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Which of the images are read correctly, (n,); non-digits are if it is unsure."""
        return np.where(self.labels == NON_DIGIT, ~self.sure, self.digits == self.labels)

    def doubted(self, often: NDArray[np.float64]) -> frozenset[int]:
        """Digits as which much is confidently read that is said to be something else.

        `often`: how often each image is learned from, (n,), adding up to 1.
        """
        other = self.sure & (self.digits != self.labels)
        shares = np.bincount(self.digits[other], often[other], CLASSES)
        return frozenset(np.flatnonzero(shares > DOUBTED).tolist())

    @property
    def calibration_error(self) -> float:
        """The calibration error on digits."""
        return calibration_error(self.probabilities.max(axis=1), self.digits == self.labels)


@dataclass(frozen=True, eq=False)
class Reader:
    """A network with its calibration."""

    network: Network
    calibration: Calibration

    def read(self, cases: Split) -> Answers:
        probabilities = self.calibration.calibrate(self.network(cases.images))
        return Answers(cases.labels, probabilities, self.calibration.threshold)


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Which of the images that are checked a network reads correctly."""

    replay: Replay
    mnist: NDArray[np.bool_]
    drawn: NDArray[np.bool_]

    @classmethod
    def of(cls, reader: Reader, replay: Replay) -> Knowledge:
        return cls(replay, reader.read(replay.mnist).correct, reader.read(replay.drawn).correct)

    def forgotten(self, before: Knowledge, doubted: frozenset[int] = frozenset()) -> list[str]:
        """What got worse than it may, in words such as "a drawn 7 (2.5 points)".

        `doubted`: digits that may lose less than the others.
        """
        labels = np.concatenate([self.replay.mnist.labels, self.replay.drawn.labels])
        known, knew = (np.concatenate([each.mnist, each.drawn]) for each in (self, before))
        of_mnist = np.arange(len(labels)) < len(self.mnist)
        drawn = ~of_mnist & (labels != NON_DIGIT)
        parts = {
            "MNIST": (of_mnist, MNIST_LOSS),
            "drawn digits": (drawn, DRAWN_LOSS),
            "non-digits": (labels == NON_DIGIT, NON_DIGIT_LOSS),
        }
        for digit in range(CLASSES):
            parts[f"MNIST's {digit}"] = of_mnist & (labels == digit), MNIST_DIGIT_LOSS
            most = DOUBTED_DIGIT_LOSS if digit in doubted else DRAWN_DIGIT_LOSS
            parts[f"a drawn {digit}"] = drawn & (labels == digit), most
        losses = {
            name: (knew[chosen].mean() - known[chosen].mean(), most)
            for name, (chosen, most) in parts.items()
            if chosen.any()
        }
        return [
            f"{name} ({100 * loss:.1f} points)"
            for name, (loss, most) in losses.items()
            if loss > most
        ]


def measures(
    before: Reader, after: Reader, kept: Split, data: Mnist, drawings: DrawingDataset | None
) -> tuple[Measure, ...]:
    """What learning has changed on all that neither network was fitted or chosen on.

    Args:
        before: The network that it started from.
        after: The one that has learned.
        kept: The held-out kept drawings, as the app reads them.
        data: MNIST, of which the test images are read.
        drawings: Those on this machine, of which those of HELD_OUT are read.
    """
    cases = {learned.KEPT: kept, learned.TEST: data.test} | _pen(drawings)
    was, now = (
        {name: reader.read(split) for name, split in cases.items() if len(split)}
        for reader in (before, after)
    )
    taken = [Measure.of(name, was[name].correct, now[name].correct) for name in was]
    digits = learned.PEN if learned.PEN in was else learned.TEST
    error, new_error = (round(each[digits].calibration_error, 5) for each in (was, now))
    return (*taken, Measure(learned.CALIBRATION, error, new_error, len(cases[digits])))


def _pen(drawings: DrawingDataset | None) -> dict[str, Split]:
    held_out = drawings.of(HELD_OUT) if drawings else None
    if held_out is None or not len(held_out.digits):
        return {}
    others = TYPICAL.images(held_out.non_digits)
    return {
        learned.PEN: Split(TYPICAL.images(held_out.digits), held_out.digits.labels),
        learned.NON_DIGITS: Split(others, np.full(len(others), NON_DIGIT, dtype=np.uint8)),
    }
