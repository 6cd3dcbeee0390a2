"""Small data sets of strokes: every institution draws the same ten digits and one cross."""

from collections.abc import Sequence

import numpy as np

from recognizer.datasets.strokes import HELD_OUT, VALIDATION, DrawingDataset, StrokeDataset, pack
from recognizer.drawings.arrays import Points
from tests.digits import DIGITS

EVERYONE = (*HELD_OUT, *VALIDATION, "syn")
HANDS: list[list[Points]] = [
    [np.array(stroke, dtype=np.float64) for stroke in strokes] for strokes in DIGITS.values()
]


def digits(institutions: Sequence[str] = EVERYONE) -> StrokeDataset:
    writers = [f"{name}-1" for name in institutions for _ in HANDS]
    labels = np.tile(np.arange(10, dtype=np.uint8), len(institutions))
    return pack(HANDS * len(institutions), labels, writers)


def crosses(institutions: Sequence[str] = EVERYONE) -> StrokeDataset:
    cross = [np.array([[0.0, 0], [9, 9]]), np.array([[9.0, 0], [0, 9]])]
    names = [f"{name}-1" for name in institutions]
    return pack([cross] * len(names), ["X"] * len(names), names)


def everything() -> DrawingDataset:
    return DrawingDataset(digits(), crosses())
