"""Lines -> pixels: drawn as precisely as OpenCV can, and as a canvas shows strokes."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Image, Lines, Points

CANVAS = 280  # pixels, a side of the canvas that drawings are evaluated and rendered on
NOTHING = 1e-200  # no extent: to scale by what is smaller would overflow
_SHIFT = 4  # bits after the binary point in the coordinates that OpenCV draws


def draw_lines(
    image: Image,
    lines: Sequence[NDArray[np.floating]] | Lines,
    ink: int,
    thickness: int,
    *,
    smooth: bool = False,
) -> None:
    """Draw lines, each (n, 2) in pixels, into an image, to a sixteenth of a pixel.

    (0, 0) is the center of the first pixel. Segments (n, 2, 2) are converted all at once, as
    there may be hundreds.
    """
    fixed = list(_fixed(lines)) if isinstance(lines, np.ndarray) else [*map(_fixed, lines)]
    kind = cv2.LINE_AA if smooth else cv2.LINE_8
    cv2.polylines(image, fixed, False, ink, thickness, kind, _SHIFT)


def _fixed(points: NDArray[np.floating]) -> NDArray[np.int32]:
    return np.rint(points * 2**_SHIFT).astype(np.int32)


def place(strokes: Sequence[NDArray[np.floating]], size: float, side: int = CANVAS) -> list[Points]:
    """Scale strokes to `size` (0 to 1) of a canvas, the longer way; put them in its middle."""
    return fit(strokes, size, (side, side))


def fit(
    strokes: Sequence[NDArray[np.floating]], size: float, box: tuple[float, float]
) -> list[Points]:
    """Scale strokes to `size` (0 to 1) of a box, (width, height); put them in its middle."""
    points = np.concatenate(strokes).astype(np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    extents = zip(box, high - low, strict=True)
    sides = [side / extent for side, extent in extents if extent > NOTHING]
    scale = size * min(sides, default=1.0)  # a dot stays one
    return [(stroke - (low + high) / 2) * scale + np.array(box) / 2 for stroke in strokes]


def paint(
    strokes: Sequence[NDArray[np.floating]],
    pen_width: float,
    side: int = CANVAS,
    width: int | None = None,
) -> NDArray[np.uint8]:
    """Draw strokes as a canvas does, black on white: (side, width) uint8, antialiased.

    `side` is its height, and its width, too, unless that is given; in pixels.
    """
    image = np.full((side, width or side), 255, dtype=np.uint8)
    # A stroke of one point is given twice: OpenCV would draw nothing of it.
    lines = [stroke if len(stroke) > 1 else stroke.repeat(2, axis=0) for stroke in strokes]
    draw_lines(image, lines, ink=0, thickness=max(round(pen_width), 1), smooth=True)
    return image
