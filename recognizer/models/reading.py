"""What is read in a drawing: one digit, or a number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.boxes import Box
from recognizer.drawings.drawing import Drawing

Status = Literal["digit", "unsure", "blank"]
NumberStatus = Literal["number", "unsure", "blank"]


@dataclass(frozen=True, eq=False)
class Reading:
    """A network's result for one drawing.

    Attributes:
        digit: 0 to 9, the likeliest, also when unsure; None where there is nothing to read.
        status: "digit"; "unsure": it may be another digit, or none; or "blank": no ink,
            or only a dot.
        confidence: The probability that the drawing is this digit, 0 to 1: not another
            one, and not something else. 0 for blank.
        probabilities: (10,) float32, of each digit; the rest to 1 is the
            probability that it is none. All zero for blank, and where nearly everything is ink.
        image: (28, 28) uint8, what the network saw.
        model: The name of the model that read it.
        weights: The SHA-256 of that model's weights, which a name alone does not tell.
        box: Where a digit of a number is in the drawing: x, y, width and height of its ink, in
            the drawing's pixels; of a photograph of one digit, all of it. None for a drawing that
            was read as one digit.
    """

    digit: int | None
    status: Status
    confidence: float
    probabilities: NDArray[np.float32] = field(repr=False)
    image: NDArray[np.uint8] = field(repr=False)
    model: str = field(default="", repr=False)
    weights: str = field(default="", repr=False)
    box: Box | None = None

    @property
    def no_digit(self) -> float:
        """The probability that the drawing is no digit, 0 to 1."""
        return max(1 - float(self.probabilities.sum()), 0.0)

    @property
    def looks_like_a_digit(self) -> bool:
        """Whether some digit is likelier than a non-digit."""
        return bool(self.probabilities.max() > self.no_digit)

    @property
    def likeliest(self) -> list[int]:
        """The two likeliest digits, the likelier first; only one where a non-digit comes second."""
        first, second = np.argsort(-self.probabilities, kind="stable")[:2].tolist()
        return [first, second] if self.probabilities[second] >= self.no_digit else [first]


@dataclass(frozen=True, eq=False)
class NumberReading:
    """What is read in a drawing of a number of one or more digits.

    Attributes:
        text: Its digits from left to right, line by line, such as "2047"; also when unsure.
            "" where there is nothing to read.
        status: "number"; "unsure": it may be another number, or none; or "blank".
        confidence: The probability that the whole text is right, 0 to 1. 0 for blank.
        digits: A reading of each digit, with its box.
        drawings: The drawing of each digit by itself: strokes in the pixels of the whole drawing,
            ink cut out of it.
        alternatives: The next best texts with their probabilities, the likeliest first.
        model: The name of the model that read it.
        weights: The SHA-256 of that model's weights.
    """

    text: str
    status: NumberStatus
    confidence: float
    digits: tuple[Reading, ...] = field(default=(), repr=False)
    drawings: tuple[Drawing, ...] = field(default=(), repr=False)
    alternatives: tuple[tuple[str, float], ...] = ()
    model: str = field(default="", repr=False)
    weights: str = field(default="", repr=False)

    @property
    def looks_like_a_number(self) -> bool:
        """Whether it is likelier one of the numbers told than another one, or none."""
        return self.confidence + sum(share for _, share in self.alternatives) > 0.5
