"""What speaks for a candidate: what a network reads in it, and where it is in its drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.boxes import Boxes, Pieces, members, union

LEAST = 1e-4  # probabilities are taken to be no smaller
THIN = 0.02  # heights: nothing is taken to be thinner
FEATURES = (
    "digit",  # what each one gains or costs
    "log probability",  # of the likeliest digit
    "log no digit",  # the probability that it is none
    "whole digit",  # the log-odds of `cut_digits.judge`
    "low",  # by how much it is lower than three quarters of the line
    "very low",  # by how much it is lower than 0.45 of it
    "height",  # in heights of the line, up to 1.3
    "unusual aspect",  # in squared standard deviations of what is usual for the digit, up to 16
    "parts",  # how many it has, after the first
    "empty column",  # the widest one between its parts, in heights
    "overlap",  # sideways with another part, in heights
    "covered",  # how much of its width, or of the other part's, overlaps, 0 to 1
    "overlap at a cut",  # with what it was cut from, in heights
    "room",  # to the nearest other part, in heights, up to 1
    "interrupted",  # how many other parts were drawn between its own, up to 3
    "all",  # that it is all of the drawing
    "cuts",  # how many of its ends are where no pen was lifted
    *(f"is {digit}" for digit in range(10)),
)
SHARED = "shared"  # what it costs that two digits have a part in common, at which ink was cut
# Of each digit, the mean and the standard deviation of the logarithm of width by height in the
# drawings of UniPen's section 1a.
ASPECTS = np.log([0.95, 0.26, 0.97, 0.71, 0.73, 0.82, 0.59, 0.78, 0.66, 0.59])
SPREADS = (0.30, 0.70, 0.26, 0.23, 0.25, 0.28, 0.23, 0.26, 0.24, 0.22)

Features = NDArray[np.float64]  # (candidates, len(FEATURES))
Probabilities = NDArray[np.floating]  # (candidates, 10); the rest to 1 is that of a non-digit


@dataclass(frozen=True, eq=False)
class Line:
    """The parts of a drawing as features need them.

    Attributes:
        boxes: Of each part.
        joints: The parts that were cut from the next one.
        height: Of a usual digit, in pixels.
    """

    boxes: Boxes
    joints: Pieces
    height: float

    @cached_property
    def _relative(self) -> list[list[float]]:
        """The boxes in heights."""
        return (self.boxes / self.height).tolist()

    def features(
        self,
        candidates: Sequence[Pieces],
        probabilities: Probabilities,
        whole: NDArray[np.floating],
    ) -> Features:
        """Of each candidate, given the network's probabilities and the log-odds of whole digits."""
        rows = [
            self._features(pieces, row, float(odds))
            for pieces, row, odds in zip(candidates, probabilities, whole, strict=True)
        ]
        return np.array(rows, dtype=np.float64).reshape(-1, len(FEATURES))

    def _features(self, pieces: Pieces, probabilities: Probabilities, whole: float) -> list[float]:
        left, top, right, bottom = (union(self.boxes, pieces) / self.height).tolist()
        digit = int(probabilities.argmax())
        tall = bottom - top
        aspect = log(max(right - left, THIN) / max(tall, THIN))
        indices = list(members(pieces))
        parts = len(indices) - (pieces & self.joints & pieces >> 1).bit_count()
        return [
            1.0,
            log(max(float(probabilities[digit]), LEAST)),
            log(max(1 - float(probabilities.sum()), LEAST)),
            whole,
            max(0.75 - tall, 0.0),
            max(0.45 - tall, 0.0),
            min(tall, 1.3),
            min(((aspect - float(ASPECTS[digit])) / SPREADS[digit]) ** 2, 16.0),
            parts - 1.0,
            self._empty_column(indices),
            *self._beside(pieces, left, right),
            min(indices[-1] - indices[0] + 1.0 - len(indices), 3.0),
            float(pieces.bit_count() == len(self.boxes)),
            float(self.ends_at_cuts(pieces)),
            *(float(digit == each) for each in range(10)),
        ]

    def _empty_column(self, indices: list[int]) -> float:
        """The widest column between parts, in heights."""
        widest, reached = 0.0, float("inf")
        for left, _, right, _ in sorted(self.boxes[indices].tolist()):
            widest = max(widest, left - reached)
            reached = max(reached, right) if reached < float("inf") else right
        return widest / self.height

    def _beside(self, pieces: Pieces, left: float, right: float) -> list[float]:
        """Overlap, share covered, overlap at a cut, and room, of all other parts the worst."""
        overlap = covered = at_cut = 0.0
        room = 1.0
        was_one = self._cut_off(pieces)
        for index, (start, _, end, _) in enumerate(self._relative):
            if pieces >> index & 1:
                continue
            shared = min(right, end) - max(left, start)
            room = min(room, max(-shared, 0.0))
            if was_one >> index & 1:
                at_cut = max(at_cut, shared)
            else:
                overlap = max(overlap, shared)
                covered = max(covered, shared / max(min(right - left, end - start), 0.05))
        return [overlap, min(covered, 1.0), at_cut, room]

    def ends_at_cuts(self, pieces: Pieces) -> int:
        """How many ends some parts have where they were cut from others."""
        return self._cut_off(pieces).bit_count()

    def _cut_off(self, pieces: Pieces) -> Pieces:
        """The other parts that some of its own were cut from."""
        return ((pieces & self.joints) << 1 | pieces >> 1 & self.joints) & ~pieces
