"""OpenCV's results, typed as what they are here."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Image

Labels = NDArray[np.int32]  # which connected part each pixel is of, from 1 on; 0 for none
# For each label: left, top, width, height and area, in pixels, (labels, 5).
Stats = NDArray[np.int32]
WORKING = 4_000_000  # pixels at which ink is looked for: larger pictures are reduced
BAND = 64  # rows of what a transparent picture is reduced to, at once: floats take memory


def as_image(array: object) -> Image:
    """An image that OpenCV has made."""
    return np.asarray(array, dtype=np.uint8)


def connected(mask: NDArray[np.bool_]) -> tuple[Labels, Stats]:
    """The connected parts of a mask, also those that only touch at a corner."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def shrunk(pixels: NDArray[np.uint8], most: int) -> tuple[NDArray[np.uint8], int]:
    """Reduce a picture to at most `most` pixels, and say by which whole number.

    A whole number, as OpenCV is ten times as fast then. Of transparent pictures, the colors of
    what is more opaque count more.
    """
    height, width = pixels.shape[:2]
    by = math.ceil(math.sqrt(height * width / most))
    if by == 1:
        return pixels, 1
    whole = pixels[: height // by * by, : width // by * by]
    if pixels.shape[2:] != (4,):
        return _shrunk(whole, by), by
    bands = range(0, len(whole), BAND * by)
    return np.concatenate([_shrunk_rgba(whole[at : at + BAND * by], by) for at in bands]), by


def _shrunk(pixels: NDArray[np.uint8], by: int) -> NDArray[np.uint8]:
    size = pixels.shape[1] // by, pixels.shape[0] // by
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return as_image(small).reshape(size[1], size[0], *pixels.shape[2:])


def _shrunk_rgba(pixels: NDArray[np.uint8], by: int) -> NDArray[np.uint8]:
    weighted = pixels.astype(np.float32)
    weighted[..., :3] *= weighted[..., 3:] / 255
    size = pixels.shape[1] // by, pixels.shape[0] // by
    small = np.asarray(cv2.resize(weighted, size, interpolation=cv2.INTER_AREA))
    small = small.reshape(size[1], size[0], 4)
    alpha = small[..., 3:]
    colors = small[..., :3] / np.maximum(alpha / 255, 1e-3)
    return np.rint(np.concatenate([colors, alpha], axis=2)).astype(np.uint8)


def reduced(image: Image, side: int) -> Image:
    """An image whose longer side is at most `side` pixels."""
    scale = side / max(image.shape)
    if scale >= 1:
        return image
    width, height = (max(round(each * scale), 1) for each in image.shape[::-1])
    return as_image(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA))
