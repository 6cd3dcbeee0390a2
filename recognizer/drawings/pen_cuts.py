"""Where a pen may have gone from one digit to the next without being lifted.

The next digit is on the right, so such a way leads to the right. All long enough ways to the
right are cut in their middle; many of them are inside of a digit, as the top of a 5.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Points
from recognizer.drawings.curves import interpolated

SHORT = 0.12  # heights: a way to the right that is shorter leads to no other digit
STEP = 0.06  # heights: how far apart the points are between which a stroke may be cut
POINTS = 2_000  # between those of a stroke: only a scribble is longer
MOST = 8  # cuts of a stroke: of the longest ways


def cut(stroke: Points, height: float) -> list[Points]:
    """Cut a stroke (n, 2) wherever the pen may have begun another digit.

    `height` is that of a usual digit, in pixels. The parts share the points at which they are cut.
    """
    fine = _with_points_between(stroke, STEP * height)
    ways = _ways_to_the_right(fine[:, 0], SHORT * height)
    longest = sorted(ways, key=lambda way: fine[way[0], 0] - fine[way[1], 0])[:MOST]
    middles = sorted(_middle(fine[:, 0], *way) for way in longest)
    ends = [0, *middles, len(fine) - 1]
    return [fine[start : end + 1] for start, end in pairwise(ends)]


def _with_points_between(stroke: Points, step: float) -> Points:
    """The same line, no two points of it further apart than `step`."""
    lengths = np.hypot(*np.diff(stroke, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    between = np.arange(step, along[-1], max(step, along[-1] / POINTS))
    at = np.union1d(along, between)
    return interpolated(stroke, along, at)


def _ways_to_the_right(x: NDArray[np.float64], least: float) -> list[tuple[int, int]]:
    """First and last index of each part along which x grows by `least`, but for a little jitter."""
    ways, start, top = [], 0, 0
    for index in range(1, len(x)):
        if x[index] > x[top]:
            top = index
        elif x[index] < max(x[top] - least / 4, x[start]):
            ways.append((start, top))
            start = top = index
    ways.append((start, top))
    return [(first, last) for first, last in ways if x[last] - x[first] >= least]


def _middle(x: NDArray[np.float64], first: int, last: int) -> int:
    """The index of the point nearest to the middle of a way, without its ends."""
    inside = np.arange(first + 1, max(last, first + 2))
    return int(inside[np.abs(x[inside] - (x[first] + x[last]) / 2).argmin()])
