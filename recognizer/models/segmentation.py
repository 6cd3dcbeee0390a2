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

from recognizer.drawings.boxes import Pieces, members
from recognizer.models.segment_features import FEATURES, SHARED, Line

WEIGHTS = Path(__file__).with_name("segmentation.json")  # made by recognizer.training.segmentation
BEAM = 24  # segmentations that are followed at the same time


@dataclass(frozen=True)
class Segmentation:
    """Candidates, by their indices, that are all of a drawing.

    Attributes:
        score: The sum of their scores, less what the shared parts cost.
        digits: The candidates.
        shared: How many parts two neighbors have in common, such as a wall where two zeros touch.
    """

    score: float = 0.0
    digits: tuple[int, ...] = ()
    shared: int = 0


def weights(kind: str) -> NDArray[np.float64]:
    """The weights of FEATURES and of SHARED, for "strokes" or for "pictures"."""
    return fitted(kind, "digits", (*FEATURES, SHARED))


@cache
def fitted(kind: str, part: str, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Weights by their names: of "digits" or of "texts", for "strokes" or for "pictures"."""
    known = json.loads(WEIGHTS.read_text(encoding="utf-8"))[kind][part]
    return np.array([known[name] for name in names])


def segmentations(
    candidates: Sequence[Pieces],
    scores: NDArray[np.float64],
    line: Line,
    sharing: float,
    count: int = BEAM,
) -> list[Segmentation]:
    """Find the best segmentations, the best one first, by dynamic programming.

    The leftmost part that is not taken yet is taken next, by any candidate that has it and no
    part that is taken; but the part before it may be shared, where these two were cut.

    Args:
        candidates: Which parts each consists of.
        scores: Of the candidates.
        line: The parts.
        sharing: What a shared part adds to the score.
        count: How many are followed of those that have come as far.
    """
    order = np.argsort(line.boxes[:, 0], kind="stable").tolist()
    having: list[list[int]] = [[] for _ in order]  # candidates by their parts
    for index, pieces in enumerate(candidates):
        for part in members(pieces):
            having[part].append(index)
    waiting: list[list[tuple[Pieces, Segmentation]]] = [[] for _ in [*order, None]]
    waiting[0].append((0, Segmentation()))
    for rank, part in enumerate(order):
        may_share = 1 << part - 1 if part and line.joints >> part - 1 & 1 else 0
        for taken, so_far in _best(waiting[rank], count):
            for index in having[part]:
                shared = taken & candidates[index]
                if shared and shared != may_share:
                    continue
                more = Segmentation(
                    so_far.score + float(scores[index]) + (sharing if shared else 0.0),
                    (*so_far.digits, index),
                    so_far.shared + bool(shared),
                )
                now = taken | candidates[index]
                free = (at for at in range(rank + 1, len(order)) if not now >> order[at] & 1)
                waiting[next(free, len(order))].append((now, more))
    return [found for _, found in _best(waiting[-1], count)]


def _best(
    found: list[tuple[Pieces, Segmentation]], count: int
) -> list[tuple[Pieces, Segmentation]]:
    return sorted(found, key=lambda each: -each[1].score)[:count]
