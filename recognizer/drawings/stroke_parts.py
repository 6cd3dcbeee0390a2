"""What a drawing of a number consists of: strokes or, where some are cut, parts of strokes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from recognizer.drawings import pen_cuts
from recognizer.drawings.arrays import Points
from recognizer.drawings.boxes import MOST, Boxes, Pieces, boxes_of, members, owners
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import Prepared, prepare

POINTS = 300  # of a digit that takes twice as long to read as one of a few points

Group = Sequence[Points]  # a stroke, and the specks that belong to it


@dataclass(frozen=True, eq=False)
class StrokeParts:
    """Strokes in the order of time, each with the specks that belong to it.

    Attributes:
        groups: The parts.
        boxes: Of each part.
        whole: What was drawn without a cut, and which parts it now is.
        pen_width: In pixels.
    """

    kind: ClassVar[str] = "strokes"

    groups: Sequence[Group]
    boxes: Boxes
    whole: Sequence[tuple[Pieces, Group]]
    pen_width: float

    @classmethod
    def of(cls, drawing: Drawing, most: int = MOST) -> StrokeParts:
        """The strokes of a drawing; one part, if there would be more than `most`."""
        strokes = drawing.strokes
        groups: list[Group] = []
        if strokes:
            owner = owners(boxes_of([[stroke] for stroke in strokes]), most)
            for index in np.unique(owner):
                specks = (each for each in np.flatnonzero(owner == index) if each != index)
                groups.append([strokes[index], *(strokes[each] for each in specks)])
        whole = [(1 << index, group) for index, group in enumerate(groups)]
        return cls(groups, boxes_of(groups), whole, drawing.pen_width)

    @property
    def edge(self) -> float:
        """How far ink extends beyond the boxes, in pixels."""
        return self.pen_width / 2

    def effort(self, pieces: Pieces) -> float:
        """About what reading some of the parts takes; 1 for a digit."""
        return 1 + sum(self._lengths[index] for index in members(pieces)) / POINTS

    @cached_property
    def _lengths(self) -> list[int]:
        return [sum(map(len, group)) for group in self.groups]

    def drawing(self, pieces: Pieces) -> Drawing:
        """Some of the parts by themselves; strokes of which all is there are as they were drawn."""
        strokes: list[Points] = []
        for run, group in self.whole:
            strokes += group if pieces & run == run else self._joined(pieces & run)
        return Drawing(tuple(strokes), self.pen_width)

    def _joined(self, pieces: Pieces) -> list[Points]:
        """Parts of one stroke; those that follow each other are one again."""
        strokes: list[Points] = []
        specks: list[Points] = []
        last = -2
        for index in members(pieces):
            stroke, *more = self.groups[index]
            if index == last + 1:
                strokes[-1] = np.concatenate([strokes[-1], stroke[1:]])
            else:
                strokes.append(stroke)
            specks += more
            last = index
        return strokes + specks

    def prepared(self, pieces: Pieces) -> Prepared:
        """Some of the parts in MNIST's format."""
        return prepare(self.drawing(pieces))

    def cut(self, indices: Collection[int], height: float) -> tuple[StrokeParts, list[Pieces]]:
        """Cut some parts; return all parts, and which of them each of the old ones now is."""
        groups: list[Group] = []
        whole: list[tuple[Pieces, Group]] = []
        for index, group in enumerate(self.groups):
            stroke, *specks = group
            strokes = pen_cuts.cut(stroke, height) if index in indices else [stroke]
            whole.append((((1 << len(strokes)) - 1) << len(groups), group))
            groups += [[strokes[0], *specks], *([each] for each in strokes[1:])]
        return StrokeParts(groups, boxes_of(groups), whole, self.pen_width), [
            run for run, _ in whole
        ]
