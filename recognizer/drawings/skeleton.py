"""From a picture to the lines that a pen followed.

The ink is thinned to lines one pixel wide. Where it is wider than the pen it is kept: a small
loop that a thick pen has filled is more than a line.
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Image, Lines
from recognizer.drawings.ink import FAINT
from recognizer.drawings.opencv import as_image

TRACE_SIZE = 96  # pixels, the longer side of the ink while its lines are looked for
THIN_PART = 10  # percentile of the ink's width along its lines that is taken for the pen's
FILLED = 1.1  # pen widths: ink wider than this is more than one stroke
BLOB = 0.75  # of the ink's longer side: ink with room for such a disc is a dot


def trace(ink: Image, size: int = TRACE_SIZE, *, full: bool = False) -> tuple[Lines, float]:
    """Find the lines in cropped ink, (height, width) uint8, and the width of the pen.

    Both are in pixels of the ink enlarged or reduced so that its longer side is `size`. `full`
    fills areas with lines; else there are only as many as a pen needs to fill them.
    """
    if is_blob(ink):
        return np.zeros((1, 2, 2)), size
    mask = np.pad(_mask(ink, size), 1)
    depth = _depth(mask)
    # Thinning can lose something round altogether: its deepest place stays.
    thin = _thinned(mask.astype(np.uint8)) | ((depth == depth.max()) & mask)
    pen_width = 2 * float(np.percentile(depth[thin > 0], THIN_PART))
    thin |= depth > FILLED * pen_width / 2
    return _joined(thin if full else _hollow(thin)), pen_width


def is_blob(ink: Image) -> bool:
    """Whether there is room in cropped ink for a disc nearly as large as all of it."""
    return bool(2 * _depth(ink > FAINT).max() > BLOB * max(ink.shape))


def _depth(mask: NDArray[np.bool_]) -> NDArray[Any]:
    """How far each pixel of a mask is from what is not in it, in pixels."""
    padded = np.pad(mask, 1).astype(np.uint8)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    # OpenCV's last bit depends on where in memory the mask is; equal depths have to be equal.
    return np.round(depth, 3)


def _mask(ink: Image, size: int) -> NDArray[np.bool_]:
    """Bring ink to a size and say where it is, without gaps in thin lines."""
    scale = size / max(ink.shape)
    width, height = (max(round(side * scale), 1) for side in ink.shape[::-1])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = np.asarray(cv2.resize(ink, (width, height), interpolation=way))
    mask: NDArray[np.bool_] = resized > 127
    # Lines that come out thinner than a pixel or so would have gaps: there, any ink counts.
    reach = np.ones([math.ceil(1 / scale)] * 2, dtype=np.uint8)
    reached = cv2.resize(cv2.dilate(ink, reach), (width, height), interpolation=cv2.INTER_NEAREST)
    touched: NDArray[np.bool_] = reached > 127
    if not touched.any():  # all of it is pale, but for a speck perhaps
        return resized > (FAINT if resized.max() > FAINT else 0)
    return touched if mask.sum() < 0.6 * touched.sum() else mask


def _thinned(mask: Image) -> Image:
    """Thin a mask of 0 and 1 to lines one pixel wide.

    Source: Z. Guo, R. W. Hall: Parallel thinning with two-subiteration algorithms,
    Communications of the ACM 32 (1989). The better known Zhang-Suen eats diagonal
    lines from their ends. The eight neighbors of a pixel make a code from 0 to
    255; two tables say which codes may be removed.

    Why it is our own: scikit-image's `thin` takes six times as long, and its lines end
    elsewhere. OpenCV's `ximgproc.thinning` gives these very pixels, in 1.4 times the time, but
    only in opencv-contrib, which cannot be installed beside opencv-python-headless.
    """
    weights = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], dtype=np.float32)
    while True:
        before = mask
        for table in _REMOVABLE:
            code = cv2.filter2D(mask, cv2.CV_8U, weights, borderType=cv2.BORDER_CONSTANT)
            mask = mask & ~np.asarray(cv2.LUT(code, table), dtype=np.uint8)
        if np.array_equal(mask, before):
            return mask


def _removable(first_pass: bool) -> Image:
    """For each code of the neighbors N, NE, E, SE, S, SW, W, NW (bits 0 to 7): 1 if removable."""
    code = np.arange(256)
    n, ne, e, se, s, sw, w, nw = ((code >> bit) & 1 == 1 for bit in range(8))
    sides = [(n, ne, e), (e, se, s), (s, sw, w), (w, nw, n)]
    crossings = sum((~a & (b | c)).astype(int) for a, b, c in sides)
    pairs = sum((a | b).astype(int) for a, b, _ in sides)
    other_pairs = sum((b | c).astype(int) for _, b, c in sides)
    fewest = np.minimum(pairs, other_pairs)
    kept = (s | sw | ~nw) & w if first_pass else (n | ne | ~se) & e
    return ((crossings == 1) & (fewest >= 2) & (fewest <= 3) & ~kept).astype(np.uint8)


_REMOVABLE = (_removable(first_pass=True), _removable(first_pass=False))


def _hollow(thin: Image) -> Image:
    """Leave out most pixels in the middle of areas: any pen covers the gaps between the others."""
    middle = cv2.erode(thin, np.ones((5, 5), np.uint8), borderValue=0)
    middle[::2, ::2] = 0
    return thin & ~as_image(middle)


def _joined(thin: Image) -> Lines:
    """Turn lines of pixels into segments: from each pixel to its neighbors, and to itself."""
    y, x = np.nonzero(thin)
    pixels = np.stack([x, y], axis=1).astype(np.float64)
    segments = []
    for step in ((0, 0), (1, 0), (0, 1), (1, 1), (-1, 1)):
        near = thin[y + step[1], x + step[0]] > 0  # the mask has a border of zeros
        segments.append(np.stack([pixels[near], pixels[near] + step], axis=1))
    return np.concatenate(segments)
