"""What a canvas shows of strokes: for judging, testing and making pictures of drawings."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawing import Points

SIDE = 280  # pixels, a side of the canvas
_SHIFT = 4  # bits after the binary point in the coordinates that OpenCV draws


def place(strokes: Sequence[NDArray[np.floating]], size: float, side: int = SIDE) -> list[Points]:
    """Scale strokes to `size` (0 to 1) of a canvas, the longer way; put them in its middle."""
    points = np.concatenate(strokes).astype(np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    extent = (high - low).max() or 1.0  # a dot keeps its size
    return [(stroke - (low + high) / 2) * (size * side / extent) + side / 2 for stroke in strokes]


def paint(
    strokes: Sequence[NDArray[np.floating]], pen_width: float, side: int = SIDE
) -> NDArray[np.uint8]:
    """Draw strokes as a canvas does, black on white: (side, side) uint8, antialiased."""
    image = np.full((side, side), 255, dtype=np.uint8)
    # A stroke of one point is given twice: OpenCV would draw nothing of it.
    lines = [stroke if len(stroke) > 1 else stroke.repeat(2, axis=0) for stroke in strokes]
    whole = [np.rint(line * 2**_SHIFT).astype(np.int32) for line in lines]
    cv2.polylines(image, whole, False, 0, max(round(pen_width), 1), cv2.LINE_AA, _SHIFT)
    return image
