"""Where the parts of a drawing are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Points

Boxes = NDArray[np.float64]  # (n, 4), or (4,): left, top, right and bottom, in pixels
Box = tuple[float, float, float, float]  # x, y, width, height, in pixels
Pieces = int  # some of the parts, a bit each

MOST = 60  # parts of a number: what has more is none, and taken as one part
SPECK = 0.12  # heights of the line: what extends less is no part by itself


def members(pieces: Pieces) -> Iterator[int]:
    """The indices of the parts."""
    return (index for index in range(pieces.bit_length()) if pieces >> index & 1)


def union(boxes: Boxes, pieces: Pieces) -> Boxes:
    """The box of some parts together, (4,)."""
    return around(boxes[list(members(pieces))])


def around(boxes: Boxes) -> Boxes:
    """The box around all boxes, (4,)."""
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def boxes_of(groups: Sequence[Sequence[Points]]) -> Boxes:
    """The box of each group of points."""
    points = [np.concatenate(list(strokes)) for strokes in groups]
    boxes = [[*each.min(axis=0), *each.max(axis=0)] for each in points]
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def line_height(boxes: Boxes) -> float:
    """The height of a usual digit: of the tallest part, unless all are flat."""
    width, height = (boxes[:, 2:] - boxes[:, :2]).max(axis=0)
    return float(max(height, width / 4, 1e-9))


def owners(boxes: Boxes, most: int = MOST) -> NDArray[np.intp]:
    """Of each part, which one it belongs to: itself or, for a speck, the nearest other part.

    All belong to the first one, if there would be more than `most`.
    """
    extents = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    large = np.flatnonzero(extents >= min(SPECK * line_height(boxes), extents.max()))
    if len(large) > most:
        return np.zeros(len(boxes), dtype=np.intp)
    found = np.arange(len(boxes))
    for index in np.setdiff1d(found, large):
        found[index] = large[_nearest(boxes[index], boxes[large])]
    return found


def _nearest(box: Boxes, others: Boxes) -> int:
    apart = np.maximum(others[:, :2] - box[2:], box[:2] - others[:, 2:]).clip(0)
    return int(np.hypot(*apart.T).argmin())
