"""Numbers for the tests: the ten digits of tests/digits.py side by side."""

from collections.abc import Sequence

import numpy as np

from recognizer.drawings.arrays import Image, Points
from recognizer.drawings.rasterize import paint
from tests.digits import Stroke
from tests.stroke_data import HANDS

HEIGHT = 100  # pixels of each digit


def side_by_side(
    text: str, gap: float = 0.3, height: float = HEIGHT, corner: tuple[float, float] = (20, 20)
) -> list[Points]:
    """The strokes of a number, its digits `height` pixels high and `gap` heights apart."""
    strokes: list[Points] = []
    right, top = corner
    for digit in map(int, text):
        points = np.concatenate(HANDS[digit])
        low, extent = points.min(axis=0), np.ptp(points, axis=0)
        scale = height / extent[1]
        strokes += [(stroke - low) * scale + [right, top] for stroke in HANDS[digit]]
        right += extent[0] * scale + gap * height
    return strokes


def on_canvas(text: str, height: int = 150, gap: int = 30) -> list[Stroke]:
    """The same in whole pixels, as a hand draws it on the canvas."""
    strokes = side_by_side(text, gap / height, height, (20, 40))
    return [[(round(x), round(y)) for x, y in stroke.tolist()] for stroke in strokes]


def picture(strokes: Sequence[Points], pen: int = 8) -> Image:
    """Strokes as a picture, black on white, with some paper around them."""
    width, height = (np.concatenate(strokes).max(axis=0) + 20).astype(int).tolist()
    return paint(strokes, pen, height, width)
