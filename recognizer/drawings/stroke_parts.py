"""What a drawing of a number consists of: strokes or, where some are cut, parts of strokes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from recognizer.drawings import pen_cuts
from recognizer.drawings.arrays import Points
from recognizer.drawings.boxes import Boxes, Pieces, boxes_of, members, owners
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import Prepared, prepare


@dataclass(frozen=True, eq=False)
class StrokeParts:
    """Strokes in the order of time, each with the specks that belong to it."""

    groups: Sequence[Sequence[Points]]
    boxes: Boxes
    pen_width: float
    kind: str = "strokes"

    @classmethod
    def of(cls, drawing: Drawing) -> StrokeParts:
        """The strokes of a drawing."""
        strokes = drawing.strokes
        if not strokes:
            return cls([], boxes_of([]), drawing.pen_width)
        owner = owners(boxes_of([[stroke] for stroke in strokes]))
        # A speck comes after what it belongs to.
        of_each = [(index, np.flatnonzero(owner == index)) for index in np.unique(owner)]
        groups = [
            [strokes[index], *(strokes[each] for each in mine if each != index)]
            for index, mine in of_each
        ]
        return cls(groups, boxes_of(groups), drawing.pen_width)

    @property
    def edge(self) -> float:
        """How far ink extends beyond the boxes, in pixels."""
        return self.pen_width / 2

    def drawing(self, pieces: Pieces) -> Drawing:
        """Some of the parts by themselves."""
        chosen = (stroke for index in members(pieces) for stroke in self.groups[index])
        return Drawing(tuple(chosen), self.pen_width)

    def prepared(self, pieces: Pieces) -> Prepared:
        """Some of the parts in MNIST's format."""
        return prepare(self.drawing(pieces))

    def cut(self, indices: Collection[int], height: float) -> tuple[StrokeParts, list[Pieces]]:
        """Cut some parts; return all parts, and which of them each of the old ones now is."""
        groups: list[Sequence[Points]] = []
        became: list[Pieces] = []
        for index, (stroke, *specks) in enumerate(self.groups):
            strokes = pen_cuts.cut(stroke, height) if index in indices else [stroke]
            became.append(((1 << len(strokes)) - 1) << len(groups))
            groups += [[strokes[0], *specks], *([each] for each in strokes[1:])]
        return StrokeParts(groups, boxes_of(groups), self.pen_width), became
