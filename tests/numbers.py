"""Numbers for the tests: the ten digits of tests/digits.py side by side."""

from collections.abc import Sequence

import numpy as np

from recognizer.drawings.arrays import Image, Points
from recognizer.drawings.rasterize import paint
from tests.stroke_data import HANDS

HEIGHT = 100  # pixels of each digit


def side_by_side(text: str, gap: float = 0.3) -> list[Points]:
    """The strokes of a number, its digits 100 pixels high and `gap` heights apart."""
    strokes: list[Points] = []
    right = 20.0
    for digit in map(int, text):
        points = np.concatenate(HANDS[digit])
        low, extent = points.min(axis=0), np.ptp(points, axis=0)
        scale = HEIGHT / extent[1]
        strokes += [(stroke - low) * scale + [right, 20] for stroke in HANDS[digit]]
        right += extent[0] * scale + gap * HEIGHT
    return strokes


def picture(strokes: Sequence[Points], pen: int = 8) -> Image:
    """Strokes as a picture, black on white, with some paper around them."""
    width, height = (np.concatenate(strokes).max(axis=0) + 20).astype(int).tolist()
    return paint(strokes, pen, height, width)
