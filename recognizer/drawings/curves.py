"""Points along a line: between those that are known, and smoothed."""

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Points

Places = NDArray[np.floating] | NDArray[np.integer]  # (n,), along a line


def interpolated(points: NDArray[np.floating], known: Places, at: Places) -> Points:
    """The points (n, 2) of a line at other places (m,), when theirs are `known` (n,): (m, 2)."""
    return np.stack([np.interp(at, known, axis) for axis in points.T], axis=1)


def moving_mean(points: Points, width: int) -> Points:
    """The means of each `width` neighbors: (n, 2) -> (n - width + 1, 2)."""
    kernel = np.ones(width) / width
    return np.stack([np.convolve(axis, kernel, mode="valid") for axis in points.T], axis=1)
