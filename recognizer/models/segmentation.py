"""Segmentation: which parts of a drawing are its digits.

Each candidate has a score; the score of a segmentation is the sum of those of its digits. The
weights of the features are fitted so that of all segmentations of a drawing the right one is
likely: a semi-Markov conditional random field (S. Sarawagi, W. Cohen, 2004), but that its
segments are sets of strokes, which need not follow each other in time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.boxes import Boxes, Pieces, members
from recognizer.models.segment_features import FEATURES

WEIGHTS = Path(__file__).with_name("segmentation.json")  # made by `train.py --numbers`
BEAM = 24  # segmentations that are followed at the same time


@dataclass(frozen=True)
class Segmentation:
    """Candidates, by their indices, that are all of a drawing; and the sum of their scores."""

    score: float
    digits: tuple[int, ...]


@cache
def weights(kind: str) -> NDArray[np.float64]:
    """The weights of FEATURES, for "strokes" or for "pictures"."""
    known = json.loads(WEIGHTS.read_text(encoding="utf-8"))[kind]
    return np.array([known[name] for name in FEATURES])


def segmentations(
    candidates: Sequence[Pieces], scores: NDArray[np.float64], boxes: Boxes, count: int = BEAM
) -> list[Segmentation]:
    """Find the best segmentations, the best one first, by dynamic programming.

    Candidates are taken by their leftmost part; of all ways to take the same parts, and of those
    that have come as far to the right, the best are followed.
    """
    order = np.argsort(boxes[:, 0], kind="stable").tolist()
    place = {index: rank for rank, index in enumerate(order)}
    starting: list[list[int]] = [[] for _ in order]  # candidates by their leftmost part
    for index, pieces in enumerate(candidates):
        starting[min(place[part] for part in members(pieces))].append(index)
    waiting: list[list[tuple[Pieces, Segmentation]]] = [[] for _ in [*order, None]]
    waiting[0].append((0, Segmentation(0.0, ())))
    for rank in range(len(order)):
        for taken, so_far in _best(waiting[rank], count):
            for index in starting[rank]:
                if not taken & candidates[index]:
                    more = Segmentation(so_far.score + scores[index], (*so_far.digits, index))
                    now = taken | candidates[index]
                    free = (at for at in range(rank + 1, len(order)) if not now >> order[at] & 1)
                    waiting[next(free, len(order))].append((now, more))
    return [found for _, found in _best(waiting[-1], count)]


def _best(
    found: list[tuple[Pieces, Segmentation]], count: int
) -> list[tuple[Pieces, Segmentation]]:
    return sorted(found, key=lambda each: -each[1].score)[:count]
