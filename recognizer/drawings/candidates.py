"""Which parts of a drawing could together be a digit.

Whether they are one is decided elsewhere, by what a network reads in them.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from recognizer.drawings.boxes import Boxes, Pieces, members, union

MOST = 4  # parts of a digit
NEAR = 0.3  # heights: parts that are further apart, sideways, are not of one digit
WIDE = 1.7  # heights: what several parts of one digit extend sideways at most
TALL, APART = 0.6, 0.12  # heights: parts so tall, and so far apart, are not of one digit
ENOUGH = 300  # candidates: a number has fewer, a scribble could have many more
LOW = 0.3  # heights: what was cut off and is lower is no digit
INSIDE = 0.5  # of the narrower one's width: parts that overlap so much could be of one digit


def whole(boxes: Boxes, height: float, most: int = ENOUGH) -> list[Pieces]:
    """Each part by itself and, as long as there are not `most`, those near each other together."""
    most = min(max(most, len(boxes)), ENOUGH)
    near = _neighbors(boxes, height)
    found = {1 << index for index in range(len(boxes))}
    grown = set(found)
    for _ in range(MOST - 1):
        if len(found) >= most:
            break
        grown = {
            more
            for pieces in grown
            for index in members(pieces)
            for other in near[index]
            if (more := pieces | 1 << other) != pieces and _is_narrow(boxes, more, height)
        }
        found |= grown
    return sorted(found, key=lambda pieces: (pieces.bit_count(), pieces))[:most]


def cut_off(run: Pieces, boxes: Boxes, height: float) -> list[Pieces]:
    """What may have been cut off from one part, which now is a run of several.

    Any of them that follow each other; also with one of the other parts above or below them.
    """
    first, last = min(members(run)), max(members(run))
    ends = combinations(range(first, last + 2), 2)
    shorter = [pieces for start, end in ends if (pieces := (1 << end) - (1 << start)) != run]
    tall = [each for each in shorter if _extent(boxes, each)[1] >= LOW * height]
    joined = [
        one | 1 << other for one in tall for other in _over(boxes, one) if not run >> other & 1
    ]
    return [each for each in tall + joined if _is_narrow(boxes, each, height)][:ENOUGH]


def _neighbors(boxes: Boxes, height: float) -> list[list[int]]:
    """Of each part, those that could be of the same digit."""
    near: list[list[int]] = [[] for _ in boxes]
    tall = boxes[:, 3] - boxes[:, 1] > TALL * height
    for one, other in combinations(range(len(boxes)), 2):
        gap = max(boxes[one, 0], boxes[other, 0]) - min(boxes[one, 2], boxes[other, 2])
        if gap < (APART if tall[one] and tall[other] else NEAR) * height:
            near[one].append(other)
            near[other].append(one)
    return near


def _extent(boxes: Boxes, pieces: Pieces) -> tuple[float, float]:
    left, top, right, bottom = union(boxes, pieces).tolist()
    return right - left, bottom - top


def _is_narrow(boxes: Boxes, pieces: Pieces, height: float) -> bool:
    return _extent(boxes, pieces)[0] <= WIDE * height


def _over(boxes: Boxes, pieces: Pieces) -> list[int]:
    """The parts that are above or below some parts, these among them."""
    left, _, right, _ = union(boxes, pieces)
    shared = np.minimum(right, boxes[:, 2]) - np.maximum(left, boxes[:, 0])
    narrow = np.minimum(right - left, boxes[:, 2] - boxes[:, 0])
    return np.flatnonzero(shared >= INSIDE * narrow).tolist()
