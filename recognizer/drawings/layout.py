"""Where the numbers of a page are: lines from top to bottom, numbers from left to right."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Image
from recognizer.drawings.boxes import Box
from recognizer.drawings.opencv import Labels, Stats, connected

FAINT = 80  # gray levels: fainter ink connects nothing
MOST = 200  # parts of ink that are looked at, the largest ones
SPECK = 0.2  # of the usual height: what is smaller is a speck, or a period
LONG = 2.5, 0.35  # of the usual height: what is this long and this thin is a lone line
WHOLE = 0.5  # of the usual height: what is lower is a piece of a digit, such as a 5's bar
DASH = 4  # times as wide as high: no digit, but it may be a piece of one
GAP = 0.8  # of the digits' height: numbers are further apart
PIECE_GAP = 0.3  # of the usual height: a piece of a digit is not further away from it
BESIDE = 0.4  # of the lower one's height: parts that share this much are in one line
SLOPE = 0.2  # pixels down per pixel to the right: lines slope less


@dataclass(frozen=True, eq=False)
class NumberInk:
    """A number on a page: where it is, and its ink alone, (height, width) uint8 of the box."""

    box: Box  # in pixels of all of the ink
    ink: Image


@dataclass(frozen=True, eq=False)
class _Parts:
    """Connected parts of ink: their labels in the picture, and their sides, each (n,)."""

    labels: NDArray[np.int32]
    left: NDArray[np.float64]
    top: NDArray[np.float64]
    right: NDArray[np.float64]
    bottom: NDArray[np.float64]

    @property
    def height(self) -> NDArray[np.float64]:
        return self.bottom - self.top


def cut_out_numbers(ink: Image) -> list[list[NumberInk]]:
    """Find the numbers in ink, (height, width) uint8: line by line, each from left to right.

    Each has its own ink, without that of neighbors which reach into its box.
    """
    image, stats = connected(ink > FAINT)
    parts, usual = _parts(stats)
    if not len(parts.labels):
        return []
    groups = _groups(parts, usual)
    count = int(groups.max(initial=-1)) + 1
    numbers = [np.flatnonzero(groups == group) for group in range(count)]
    return [
        [_cut_out(ink, image, parts, number) for number in line]
        for line in _lines(parts, numbers, usual)
    ]


def _parts(stats: Stats) -> tuple[_Parts, float]:
    """The parts that may belong to digits, and the usual height of a digit."""
    sizes = stats[1:, 2:4].max(axis=1, initial=0)
    labels = (1 + np.argsort(-sizes, kind="stable")[:MOST]).astype(np.int32)
    left, top, width, height, area = stats[labels].T.astype(np.float64)
    usual = _usual(height, width, area)
    long, thin = LONG[0] * usual, LONG[1] * usual
    lone = ((width > long) & (height < thin)) | ((height > long) & (width < thin))
    keep = (np.maximum(width, height) >= SPECK * usual) & ~lone
    left, top, right, bottom = (side[keep] for side in (left, top, left + width, top + height))
    return _Parts(labels[keep], left, top, right, bottom), usual


def _usual(
    height: NDArray[np.float64], width: NDArray[np.float64], area: NDArray[np.float64]
) -> float:
    """The height that half of the ink is above, without parts that are no digits by their shape."""
    likely = (width < 3 * height) & (height < 12 * width)
    height, area = (height[likely], area[likely]) if likely.any() else (height, area)
    if not len(height):
        return 0.0
    return float(np.quantile(height, 0.5, method="inverted_cdf", weights=area))


def _groups(parts: _Parts, usual: float) -> NDArray[np.int64]:
    """Which number each part belongs to, from 0; -1: none."""
    whole = (parts.height >= WHOLE * usual) & (parts.right - parts.left < DASH * parts.height)
    if not whole.any():
        return np.full(len(whole), -1)
    gap = _distances(parts.left, parts.right)
    apart = _distances(parts.top, parts.bottom)
    low = np.minimum.outer(parts.height, parts.height)
    tall = np.maximum.outer(parts.height, parts.height)
    linked = (gap < GAP * np.minimum(tall, 1.5 * usual)) & (apart < -BESIDE * low)
    linked &= np.logical_and.outer(whole, whole)
    groups = np.where(whole, _connected_groups(linked), -1)
    near = np.where(whole, np.hypot(np.maximum(gap, 0), np.maximum(apart, 0)), np.inf)
    closest = near.argmin(axis=1)
    close = near.min(axis=1) < PIECE_GAP * usual
    groups = np.where(~whole & close, groups[closest], groups)
    return np.unique(groups, return_inverse=True)[1] - int((groups < 0).any())


def _distances(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distance between each two intervals, (n, n); negative where they overlap."""
    return np.maximum.outer(low, low) - np.minimum.outer(high, high)


def _connected_groups(linked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Of which group each of n is, if (n, n) says which two are linked."""
    groups = np.arange(len(linked))
    linked = linked | np.eye(len(linked), dtype=bool)
    while True:
        lowest = np.where(linked, groups, len(groups)).min(axis=1)
        if np.array_equal(lowest, groups):
            return groups
        groups = lowest[lowest]  # what that one is linked to: a chain takes few rounds


def _lines(
    parts: _Parts, numbers: list[NDArray[np.int64]], usual: float
) -> list[list[NDArray[np.int64]]]:
    """Numbers in lines, of which all slope alike."""
    slope = _slope(parts, numbers)
    middle = (parts.top + parts.bottom) / 2 - slope * (parts.left + parts.right) / 2
    heights = [float(np.median(middle[number])) for number in numbers]
    lines: list[list[int]] = []
    for at in np.argsort(heights).tolist():
        if lines and heights[at] - np.mean([heights[each] for each in lines[-1]]) < usual / 2:
            lines[-1].append(at)
        else:
            lines.append([at])
    return [
        [numbers[at] for at in sorted(line, key=lambda at: float(parts.left[numbers[at]].min()))]
        for line in lines
    ]


def _slope(parts: _Parts, numbers: list[NDArray[np.int64]]) -> float:
    """How far the lines go down per pixel to the right, by neighbors of one number."""
    slopes = []
    for number in numbers:
        order = number[np.argsort(parts.left[number])]
        across = np.diff((parts.left[order] + parts.right[order]) / 2)
        down = np.diff((parts.top[order] + parts.bottom[order]) / 2)
        far = across > 0.3 * parts.height[order[1:]]
        slopes.extend((down[far] / across[far]).tolist())
    return float(np.clip(np.median(slopes), -SLOPE, SLOPE)) if slopes else 0.0


def _cut_out(ink: Image, image: Labels, parts: _Parts, number: NDArray[np.int64]) -> NumberInk:
    left, top = int(parts.left[number].min()), int(parts.top[number].min())
    right, bottom = int(parts.right[number].max()), int(parts.bottom[number].max())
    own = np.isin(image[top:bottom, left:right], parts.labels[number]).astype(np.uint8)
    near = cv2.dilate(own, np.ones((3, 3), np.uint8)) > 0  # the faint edges of its strokes
    box = (float(left), float(top), float(right - left), float(bottom - top))
    return NumberInk(box, np.where(near, ink[top:bottom, left:right], 0).astype(np.uint8))
