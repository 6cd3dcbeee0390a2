"""Where the ink of a picture may be cut: along ways from top to bottom that cross little of it."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

ROWS = 48  # pixels: the height of a usual digit while ways are looked for
PAPER = 0.02  # what a pixel of paper costs; one of ink costs 1
SPACING = 0.1  # heights: from one band to the next
BAND = 0.2  # heights: the width of a band, of which the cheapest way is taken
LEAST = 0.01  # squared heights: ways that have less ink between them are one

Mask = NDArray[np.bool_]
Costs = NDArray[np.float32]


def cut(mask: Mask, height: float) -> list[Mask]:
    """Cut ink (height, width) from left to right; together the parts are all of it.

    `height` is that of a usual digit, in pixels.
    """
    columns = np.arange(mask.shape[1])
    left = np.zeros(mask.shape, dtype=bool)  # of the last way
    parts = []
    for way in _ways(mask, height):
        passed = columns <= way[:, np.newaxis]
        part = mask & passed & ~left
        if part.sum() >= LEAST * height**2:
            parts.append(part)
            left |= passed
    rest = mask & ~left
    if parts and rest.sum() < LEAST * height**2:
        parts[-1] |= rest
        return parts
    return [*parts, rest]


def _ways(mask: Mask, height: float) -> list[NDArray[np.float64]]:
    """The columns at which ways go through each row, (rows,) each, from left to right."""
    scale = ROWS / height
    rows, columns = (max(round(side * scale), 2) for side in mask.shape)
    small = cv2.resize(mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    cost = np.asarray(small, dtype=np.float32) + PAPER
    band = round(BAND * ROWS)
    starts = np.arange(0, max(columns - band, 0) + 1, round(SPACING * ROWS)).tolist()
    ways = [start + _cheapest_way(cost[:, start : start + band]) for start in starts]
    every = (np.arange(mask.shape[0]) + 0.5) * rows / mask.shape[0] - 0.5
    return [(np.interp(every, np.arange(rows), way) + 0.5) / scale - 0.5 for way in ways]


def _cheapest_way(cost: Costs) -> NDArray[np.int_]:
    """The columns of the cheapest way from the first row to the last one, (rows,)."""
    reached = np.pad(cost, ((0, 0), (1, 1)), constant_values=np.inf)
    for before, row in pairwise(reached):
        row[1:-1] += np.minimum(np.minimum(before[:-2], before[2:]) + PAPER, before[1:-1])
    way = [int(reached[-1].argmin())]
    for above in reached[-2::-1]:
        first = way[-1] - 1
        way.append(first + int(above[first : first + 3].argmin()))
    return np.array(way[::-1]) - 1
