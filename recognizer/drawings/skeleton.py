"""From a picture to the lines that a pen followed.

The ink is thinned to lines one pixel wide. Where it is wider than the pen it is kept: a small
loop that a thick pen has filled is more than a line.
"""

import cv2
import numpy as np

from recognizer.drawings.arrays import Image, Lines
from recognizer.drawings.outline import depth_of, is_blob, mask_of

THIN_PART = 10  # percentile of the ink's width along its lines that is taken for the pen's
FILLED = 1.1  # pen widths: ink wider than this is more than one stroke


def trace(ink: Image, size: int) -> tuple[Lines, float]:
    """Find the lines in cropped ink, (height, width) uint8, and the width of the pen.

    Both are in pixels of the ink enlarged or reduced so that its longer side is `size`.
    """
    if is_blob(ink):
        return np.zeros((1, 2, 2)), size
    mask = np.pad(mask_of(ink, size), 1)
    depth = depth_of(mask)
    # Thinning can lose something round altogether: its deepest place stays.
    thin = _thinned(mask.astype(np.uint8)) | ((depth == depth.max()) & mask)
    pen_width = 2 * float(np.percentile(depth[thin > 0], THIN_PART))
    thin |= depth > FILLED * pen_width / 2
    return _joined(thin), pen_width


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


def _joined(thin: Image) -> Lines:
    """Turn lines of pixels into segments: from each pixel to its neighbors, and to itself."""
    y, x = np.nonzero(thin)
    pixels = np.stack([x, y], axis=1).astype(np.float64)
    segments = []
    for step in ((0, 0), (1, 0), (0, 1), (1, 1), (-1, 1)):
        near = thin[y + step[1], x + step[0]] > 0  # the mask has a border of zeros
        segments.append(np.stack([pixels[near], pixels[near] + step], axis=1))
    return np.concatenate(segments)
