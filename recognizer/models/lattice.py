"""The candidates of a drawing, read, and the best ways to make a number of them.

All candidates are read in one call of the network. Only where a part is unusually wide, or the
best segmentation leaves doubts about it, it is cut, and what that adds is read in a second one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES, SIDE
from recognizer.drawings import candidates
from recognizer.drawings.boxes import Pieces, line_height, members, union
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.parts import Parts
from recognizer.drawings.preprocessing import Prepared
from recognizer.models import cut_digits
from recognizer.models.reading import Reading
from recognizer.models.segment_features import Line
from recognizer.models.segmentation import Segmentation, segmentations, weights

WIDE = 1.15  # heights: a part that is wider may be two digits
DOUBTFUL = 0.8  # confidence: a part that is read with less may be, too,
BROAD = 0.5  # heights: if it is wider
WIDEST = 12  # heights: what is wider is no row of digits that touch
MOST_CUT = 8  # parts, the widest ones: a scribble may have many

# What reading takes is counted in images of a few lines.
BUDGET = 500  # for all candidates of a drawing, see Parts.effort
CUT = 5  # for cutting a part
LINES = 3_000  # that take as long to draw as it takes to read an image


class DigitReader(Protocol):
    """What is needed of a recognizer."""

    def read(self, drawing: Drawing) -> Reading: ...

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]: ...

    def reading(self, probabilities: NDArray[np.float32], prepared: Prepared) -> Reading: ...


@dataclass(frozen=True, eq=False)
class Lattice:
    """The candidates of a drawing, what is read in each, and the best segmentations.

    Attributes:
        line: The parts and where they are.
        parts: The same, as drawings.
        pieces: Of each candidate.
        prepared: Each candidate in MNIST's format.
        probabilities: Of each candidate, (n, 10).
        whole: The log-odds that each candidate is a whole digit, (n,).
        best: Segmentations, the best one first.
        left: Of the budget.
    """

    line: Line
    parts: Parts
    pieces: list[Pieces]
    prepared: list[Prepared]
    probabilities: NDArray[np.float32]
    whole: NDArray[np.float32]
    best: list[Segmentation]
    left: float

    @cached_property
    def _middles(self) -> list[float]:
        """Of each candidate, its left and right side added up: twice its middle."""
        boxes = [union(self.line.boxes, pieces) for pieces in self.pieces]
        return [float(left + right) for left, _, right, _ in boxes]

    def is_doubtful(self, candidate: int) -> bool:
        """Whether a candidate is perhaps no digit, or not a whole one."""
        return bool(self.probabilities[candidate].max() < DOUBTFUL or self.whole[candidate] < 0)

    def in_order(self, segmentation: Segmentation) -> list[int]:
        """The candidates of a segmentation from left to right."""
        return sorted(segmentation.digits, key=self._middles.__getitem__)

    def text(self, segmentation: Segmentation) -> str:
        """What a segmentation reads, with the likeliest digit of each candidate."""
        return "".join(str(self.probabilities[i].argmax()) for i in self.in_order(segmentation))


def lattice(
    parts: Parts, reader: DigitReader, *, cut_all: bool = False, budget: float = BUDGET
) -> Lattice:
    """Read all candidates and find the best segmentations of them.

    Args:
        parts: The parts of a drawing.
        reader: Reads them.
        cut_all: Cut all parts that may be cut at all, as fitting the weights needs it.
        budget: What it may take, in images. Each part is read, whatever it takes.
    """
    line = Line(parts.boxes, 0, line_height(parts.boxes))
    no_digits, no_odds = np.zeros((0, CLASSES), np.float32), np.zeros(0, np.float32)
    nothing = Lattice(line, parts, [], [], no_digits, no_odds, [], budget)
    found = candidates.whole(line.boxes, line.height, int(budget))
    first = _extended(nothing, found, reader, least=len(parts.boxes))
    wide = _to_cut(first, cut_all=cut_all)[: max(int(first.left / CUT), 0)]
    return _with_cuts(first, wide, reader) if wide else first


def _prepared(
    parts: Parts, found: Sequence[Pieces], budget: float, least: int
) -> tuple[list[Prepared], float]:
    """The first candidates, and what is left of the budget: at least `least` are prepared."""
    prepared: list[Prepared] = []
    for pieces in found:
        if budget <= 0 and len(prepared) >= least:
            break
        prepared.append(parts.prepared(pieces))
        budget -= parts.effort(pieces) + prepared[-1].lines / LINES
    return prepared, budget


def _extended(
    known: Lattice, found: Sequence[Pieces], reader: DigitReader, least: int = 0
) -> Lattice:
    """Read more candidates, as many as the budget is enough for, and `least` in any case."""
    prepared, left = _prepared(known.parts, found, known.left, least)
    more = found[: len(prepared)]
    images = np.array([each.image for each in prepared], dtype=np.uint8).reshape(-1, SIDE, SIDE)
    read = reader.probabilities(images)
    odds, digits = cut_digits.judge(images)
    if known.line.joints and known.parts.kind == "pictures":
        read = cut_digits.combined(read, digits)
    probabilities = np.concatenate([known.probabilities, read])
    whole = np.concatenate([known.whole, odds])
    pieces = [*known.pieces, *more]
    *each, sharing = weights(known.parts.kind)
    scores = known.line.features(pieces, probabilities, whole) @ np.array(each)
    return replace(
        known,
        pieces=pieces,
        prepared=[*known.prepared, *prepared],
        probabilities=probabilities,
        whole=whole,
        best=segmentations(pieces, scores, known.line, sharing),
        left=left,
    )


def _to_cut(known: Lattice, *, cut_all: bool) -> list[int]:
    """The parts that may be two digits: the wide ones, and those that are read with doubts."""
    widths = (known.line.boxes[:, 2] - known.line.boxes[:, 0]) / known.line.height
    doubtful = {
        part
        for candidate in known.best[0].digits
        if cut_all or known.is_doubtful(candidate)
        for part in members(known.pieces[candidate])
    }
    found = [
        part
        for part, width in enumerate(widths)
        if WIDE < width < WIDEST or (BROAD < width < WIDEST and part in doubtful)
    ]
    return sorted(found, key=lambda part: -widths[part])[:MOST_CUT]


def _with_cuts(known: Lattice, wide: Sequence[int], reader: DigitReader) -> Lattice:
    """Cut some parts, and read what that adds."""
    parts, became = known.parts.cut(wide, known.line.height)
    joints = sum(run & run >> 1 for run in became)
    line = Line(parts.boxes, joints, known.line.height)
    pieces = [sum(became[part] for part in members(each)) for each in known.pieces]
    found = [
        each for part in wide for each in candidates.cut_off(became[part], line.boxes, line.height)
    ]
    more = list(dict.fromkeys(found))[: candidates.ENOUGH]
    cut = _extended(replace(known, line=line, parts=parts, pieces=pieces), more, reader)
    # Of a scribble, all that are followed may end where no candidate goes on.
    return cut if cut.best else known
