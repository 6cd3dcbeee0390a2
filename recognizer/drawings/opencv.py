"""OpenCV's results, typed as what they are here."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Image

Labels = NDArray[np.int32]  # which connected part each pixel is of, from 1 on; 0 for none
# For each label: left, top, width, height and area, in pixels, (labels, 5).
Stats = NDArray[np.int32]


def as_image(array: object) -> Image:
    """An image that OpenCV has made."""
    return np.asarray(array, dtype=np.uint8)


def connected(mask: NDArray[np.bool_]) -> tuple[Labels, Stats]:
    """The connected parts of a mask, also those that only touch at a corner."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def reduced(image: Image, side: int) -> Image:
    """An image whose longer side is at most `side` pixels."""
    scale = side / max(image.shape)
    if scale >= 1:
        return image
    width, height = (max(round(each * scale), 1) for each in image.shape[::-1])
    return as_image(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA))
