"""Where the ink of a picture may be cut: along ways from top to bottom that cross little of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

ROWS = 48  # pixels: the height of a usual digit while ways are looked for
PAPER = 0.02  # what a pixel of paper costs; one of ink costs 1
SPACING = 0.1  # heights: how far apart, sideways, two ways are at least
DENSITY = 5  # ways for each height of the line that the ink is wide

Mask = NDArray[np.bool_]
Costs = NDArray[np.float32]


def cut(mask: Mask, height: float) -> list[Mask]:
    """Cut ink (height, width) from left to right; together the parts are all of it.

    `height` is that of a usual digit, in pixels.
    """
    columns = np.arange(mask.shape[1])
    passed = np.zeros(mask.shape, dtype=int)
    for way in _best_ways(mask, height):
        passed += columns > way[:, np.newaxis]
    parts = (mask & (passed == number) for number in range(int(passed.max()) + 1))
    return [part for part in parts if part.any()]


def _best_ways(mask: Mask, height: float) -> list[NDArray[np.float64]]:
    """The columns at which ways go through each row, (rows,) each."""
    scale = ROWS / height
    rows, columns = (max(round(side * scale), 2) for side in mask.shape)
    small = cv2.resize(mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    cost = np.asarray(small, dtype=np.float32) + PAPER
    middle = rows // 2
    down, up = _reached(cost[: middle + 1]), _reached(cost[middle:][::-1])
    most = round(DENSITY * mask.shape[1] / height)
    found = _cheapest(down[-1] + up[-1] - cost[middle], most)
    ways = [[*_traced(down, at)[::-1], *_traced(up, at)[1:]] for at in found]
    every = (np.arange(mask.shape[0]) + 0.5) * rows / mask.shape[0] - 0.5
    return [(np.interp(every, np.arange(rows), way) + 0.5) / scale - 0.5 for way in ways]


def _reached(cost: Costs) -> Costs:
    """What the cheapest way from the first row to each pixel costs."""
    reached = cost.copy()
    for row in range(1, len(reached)):
        before = reached[row - 1]
        beside = np.pad(before, 1, constant_values=np.inf)
        reached[row] += np.minimum(np.minimum(beside[:-2], beside[2:]) + PAPER, before)
    return reached


def _traced(reached: Costs, column: int) -> list[int]:
    """The columns of the cheapest way, from a column of the last row to the first row."""
    way = [column]
    for row in reached[-2::-1]:
        near = range(max(way[-1] - 1, 0), min(way[-1] + 2, len(row)))
        way.append(min(near, key=lambda at: row[at] + PAPER * (at != way[-1])))
    return way


def _cheapest(costs: Costs, most: int) -> list[int]:
    """The cheapest columns, none close to another."""
    found: list[int] = []
    for column in np.argsort(costs, kind="stable").tolist():
        if len(found) < most and all(abs(column - other) >= SPACING * ROWS for other in found):
            found.append(column)
    return found
