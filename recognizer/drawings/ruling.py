"""Printed lines on paper, ruled or squared: found, so that they can be removed.

A line is a long run of thin ink, nearly level or nearly upright. Strokes that cross it are
thicker than it across its way: they stay.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Image
from recognizer.drawings.opencv import Labels, Stats, as_image, connected, reduced

Mask = NDArray[np.bool_]

SIDE = 800  # pixels, the longer side of the picture that lines are looked for in
SLOPE = 0.12  # pixels down per pixel to the right: lines are at most that steep
SLACK = 2  # pixels that a line may be off its slope
FILLED = 0.85  # share of a line that is ink, as pieces of it may be missing
CROSSED = 0.43  # share of a line that strokes may cross
DARKER = 1.4  # times as dark as the lines is ink on them
SEVERAL = 3  # parallel lines are printed, even if they do not reach the border
THICKNESSES = (2, 3, 4, 6, 8, 11, 15, 20, 27, 36)  # pixels


def find_ruling(contrast: Image, *, crop: bool) -> Mask:
    """Find the printed lines in ink, without the strokes that cross them.

    Args:
        contrast: (height, width) uint8, how much darker than paper the ink is; paper 0.
        crop: Whether the picture is a small one of a digit: lines then run all the way through
            it, and may be thick.

    Returns:
        (height, width) bool: what of the ink is printed.
    """
    mask = (contrast > 0).astype(np.uint8)
    rows, several = _find_lines(mask, crop, short=not crop)
    # Upright lines that are short may be ones: they are printed only where squares are.
    turned = np.ascontiguousarray(mask.T)
    columns, _ = _find_lines(turned, crop, short=several)
    level, upright = _thin_part(mask, rows), _thin_part(turned, columns).T
    lines = level | upright
    if not lines.any():
        return lines
    usual = float(np.median(contrast[lines]))
    if not crop:
        lines &= contrast < DARKER * usual + 8
    lines |= _crossings((mask > 0) & ~lines, rows & columns.T)
    return lines & ~_bridges(mask > 0, lines)


def _crossings(rest: Mask, both: Mask) -> Mask:
    """What is left where two lines cross, and of nothing else."""
    if not both.any():
        return both
    zone = cv2.dilate(both.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    labels, stats = connected(rest)
    inside = np.ones(len(stats), dtype=bool)
    inside[labels[~zone]] = False
    return np.asarray(inside[labels])


def _bridges(ink: Mask, lines: Mask) -> Mask:
    """Where strokes go on across a line: what closes again once the line is gone."""
    side = 2 * int(np.ceil(np.count_nonzero(lines) / max(_length(lines), 1))) + 1
    rest = (ink & ~lines).astype(np.uint8)
    return cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)) > 0


def _length(lines: Mask) -> float:
    """About how long lines are, in pixels: half of their outline."""
    mask = lines.astype(np.uint8)
    return float(np.count_nonzero(mask - cv2.erode(mask, np.ones((3, 3), np.uint8)))) / 2


def _find_lines(mask: Image, crop: bool, short: bool) -> tuple[Mask, bool]:
    """Where lines run from left to right, and whether there are several long ones.

    Lines that do not reach from border to border count if `short`, and there are several.
    """
    small = reduced(mask * np.uint8(255), SIDE) > 50
    height, width = small.shape
    thick = int(0.2 * height) if crop else max(7, int(0.012 * max(height, width)))
    crossing = _opened(small.astype(np.uint8), thick + 1)
    reach = max(int((0.7 if crop else 0.4) * width), 1)
    runs = _runs(small & ~crossing, crossing, reach) & small
    labels, stats = _joined(runs, reach)
    x, wide = stats[:, 0], stats[:, 2]
    margin = 0.02 * width + 2
    full = (x <= margin) & (x + wide >= width - margin)
    long = wide >= reach
    full[0] = long[0] = False
    several = bool(long.sum() >= SEVERAL)
    found = (long if short and several else full)[labels].astype(np.uint8)
    size = mask.shape[1], mask.shape[0]
    return cv2.resize(found, size, interpolation=cv2.INTER_NEAREST) > 0, several


def _opened(mask: Image, tall: int) -> Mask:
    """What of a mask is in upright runs of at least `tall` pixels."""
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((tall, 1), np.uint8)) > 0)


def _runs(thin: Mask, crossing: Mask, reach: int) -> Mask:
    """Where thin ink runs on over `reach` pixels, in any of the slopes that a line may have."""
    found = np.zeros(thin.shape, dtype=np.uint8)
    if not thin.any():
        return found > 0
    count = int(np.ceil(SLOPE * reach / (4 * SLACK)))
    for slope in np.linspace(-SLOPE, SLOPE, 2 * count + 1):
        hit = _level_runs(_sheared(thin, slope), _sheared(crossing, slope), reach)
        if hit.any():
            found |= _sheared(hit, -slope)
    return found > 0


def _sheared(mask: NDArray[np.bool_] | Image, slope: float) -> Image:
    height, width = mask.shape
    shear = np.array([[1, 0, 0], [slope, 1, -slope * width / 2]])
    size = (width, height)
    sheared = cv2.warpAffine(mask.astype(np.uint8), shear, size, flags=cv2.INTER_NEAREST)
    return as_image(sheared)


def _level_runs(thin: Image, crossing: Image, reach: int) -> Image:
    """Where level lines are; strokes that cross them neither count for them nor against."""
    near = np.ones((2 * SLACK + 1, 1), np.uint8)
    line = cv2.dilate(thin, near) * np.uint8(255)
    other = cv2.subtract(cv2.dilate(crossing, near) * np.uint8(255), line)
    on, off = (
        cv2.blur(each, (reach, 1), borderType=cv2.BORDER_CONSTANT).astype(np.float32) / 255
        for each in (line, other)
    )
    hit = (on > FILLED * (1 - off)) & (off < CROSSED)
    return as_image(cv2.dilate(hit.astype(np.uint8), np.ones((1, reach), np.uint8)))


def _joined(runs: Mask, reach: int) -> tuple[Labels, Stats]:
    """Lines with their gaps closed."""
    gap = max(reach // 5, 3)
    padded = np.pad(runs, ((0, 0), (gap, gap))).astype(np.uint8)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))[:, gap:-gap]
    return connected(cv2.dilate(closed, np.ones((3, 1), np.uint8)) > 0)


def _thin_part(mask: Image, band: Mask) -> Mask:
    """What of the ink in a band is no thicker than most of it: the line, not what crosses it."""
    on = band & (mask > 0)
    total = np.count_nonzero(on)
    for thick in THICKNESSES if total else ():
        if np.count_nonzero(on & _opened(mask, thick)) < 0.5 * total:
            return np.asarray(on & ~_opened(mask, int(1.4 * thick) + 1))
    return np.zeros_like(on)
