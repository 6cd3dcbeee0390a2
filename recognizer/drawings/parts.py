"""The parts of a drawing, whether it is one of strokes or a picture."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol, Self

from recognizer.drawings.boxes import MOST, Boxes, Pieces
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.ink_parts import InkParts
from recognizer.drawings.preprocessing import Prepared
from recognizer.drawings.stroke_parts import StrokeParts


class Parts(Protocol):
    """What `StrokeParts` and `InkParts` have in common: see there."""

    @property
    def boxes(self) -> Boxes: ...

    @property
    def kind(self) -> str: ...

    @property
    def edge(self) -> float: ...

    def effort(self, pieces: Pieces) -> float: ...

    def drawing(self, pieces: Pieces) -> Drawing: ...

    def prepared(self, pieces: Pieces) -> Prepared: ...

    def cut(self, indices: Collection[int], height: float) -> tuple[Self, list[Pieces]]: ...


def parts_of(drawing: Drawing, most: int = MOST) -> Parts:
    """The parts of a drawing; one part, if there would be more than `most`."""
    return (StrokeParts if drawing.ink is None else InkParts).of(drawing, most)
