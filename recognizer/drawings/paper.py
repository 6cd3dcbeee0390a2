"""What a photograph shows of its paper: how bright it is around the ink, how noisy, and the pen."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Image
from recognizer.drawings.opencv import as_image, connected, reduced

REACHES = (2, 4, 8, 16, 32, 64)  # pixels, half the widths at which strokes are looked for
NOISE = 4  # standard deviations of the paper's noise: less contrast than this is paper
LIGHT = 190  # gray level: paper that is darker may be a blackboard
MORE = 1.08  # times as much light as dark in narrow strokes makes it one
CLEAR = 20  # gray levels: strokes that differ less from what is beside them do not tell
DESK = 0.45  # of the paper's brightness: corners darker than this are not on the paper
BLACK = 24  # gray level: darker is no paper


def find_pen(gray: Image) -> tuple[float, bool]:
    """Estimate the width of the widest strokes, in pixels, and whether ink is light on dark."""
    small = reduced(gray, 700)
    blackboard = _is_blackboard(small)
    lines = _narrow(255 - small if blackboard else small, REACHES)
    floor = noise_floor(lines)
    seen = lines[lines > floor]
    if not len(seen):
        return 3.0, blackboard
    mask = lines > max(0.5 * usual(seen), floor)
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)
    ridge = depth[(depth >= cv2.dilate(depth, np.ones((3, 3)))) & (depth > 0)]
    width = max(2 * _wide(ridge) - 1, 1.0)
    return width * max(gray.shape) / max(small.shape), blackboard


def _is_blackboard(gray: Image) -> bool:
    """Whether light ink is on dark paper: strokes are narrower than the gaps between them."""
    dark, light = (_energy(_narrow(each, REACHES[:3])) for each in (gray, 255 - gray))
    return float(np.median(gray)) < LIGHT and light > MORE * dark


def _wide(depths: NDArray[Any]) -> float:
    """The depth of the ink that most others do not exceed, each counting as much as its area."""
    return float(np.quantile(depths, 0.8, method="inverted_cdf", weights=depths**2))


def _narrow(gray: Image, reaches: Sequence[int]) -> Image:
    """How much darker each pixel is than two that face each other across it.

    That is so in a stroke, but not in a shadow, however hard its edge is.
    """
    height, width = gray.shape
    found = np.zeros_like(gray)
    for reach in reaches:
        if 2 * reach > min(gray.shape):
            break
        padded = np.pad(gray, reach, mode="edge")
        for right, down in ((1, 0), (0, 1), (1, 1), (1, -1)):
            one, other = (
                padded[y : y + height, x : x + width]
                for y, x in (
                    (reach + reach * down, reach + reach * right),
                    (reach - reach * down, reach - reach * right),
                )
            )
            found = np.maximum(found, cv2.subtract(cv2.min(one, other), gray))
    return as_image(found)


def _energy(lines: Image) -> float:
    return float(lines[lines > max(noise_floor(lines), CLEAR)].sum(dtype=np.float64))


def find_paper(gray: Image, reach: float) -> Image:
    """The paper: what stays when everything dark and narrower than `reach` pixels is filled."""
    size = 2 * int(max(reach, 9) // 2) + 1
    paper = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    return np.maximum(as_image(paper), BLACK)


def on_paper(gray: Image) -> NDArray[np.bool_]:
    """Where the paper is: everywhere, unless all four corners are of something much darker."""
    small = cv2.GaussianBlur(reduced(gray, 200), (0, 0), 2)
    bright = small > DESK * np.percentile(small, 90)
    if bright[[0, 0, -1, -1], [0, -1, 0, -1]].any():
        return np.ones(gray.shape, dtype=bool)
    labels, stats = connected(bright)
    if len(stats) < 2:
        return np.ones(gray.shape, dtype=bool)
    sheet = (labels == 1 + int(stats[1:, 4].argmax())).astype(np.uint8)
    outline = cv2.convexHull(np.argwhere(sheet)[:, ::-1].astype(np.int32))
    cv2.fillConvexPoly(sheet, outline, (1,))
    inside = cv2.erode(sheet, np.ones((5, 5), np.uint8), borderValue=0)
    return cv2.resize(inside, gray.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def noise_floor(darker: Image) -> float:
    """Gray levels up to which darker pixels are paper, by the noise of the lighter ones."""
    counts = np.bincount(darker.ravel(), minlength=256)
    levels, tenths = np.arange(256), [0.1, 0.2, 0.3]
    low, middle, high = np.quantile(levels, tenths, method="inverted_cdf", weights=counts)
    deviation = max((high - low) / 0.76, 0.5)  # of a normal distribution
    return float(middle + (0.84 + NOISE) * deviation)


def usual(contrast: NDArray[np.uint8]) -> float:
    """The contrast that most ink has, not misled by a larger area of something fainter."""
    counts = np.bincount(contrast, minlength=256) * np.arange(256.0) ** 2
    return float((counts * np.arange(256)).sum() / counts.sum())
