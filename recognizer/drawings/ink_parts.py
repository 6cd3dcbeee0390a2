"""What a picture of a number consists of: connected ink or, where some is cut, parts of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings import ink_cuts
from recognizer.drawings.arrays import Image, Lines
from recognizer.drawings.boxes import MOST, Boxes, Pieces, around, members, owners, union
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.opencv import connected
from recognizer.drawings.preprocessing import LARGE, Prepared, prepare, prepare_lines
from recognizer.drawings.skeleton import trace

SOLID = 90  # gray levels: paler ink is the edge of something, and connects nothing
FAR = 16  # pixels: where a part reaches further, it is looked at in a smaller picture
REACH = 0.5  # pen widths: a line so near to a part is in it
TRACED = 96  # pixels, the height of a digit while the lines of what was cut are looked for
PIXELS = 100_000  # of the box of a digit that takes twice as long to read as a small one
PartLabels = NDArray[np.int32]  # which part each is of, from 0 on; -1 for paper


@dataclass(frozen=True, eq=False)
class CutLines:
    """The lines in ink that was cut, found once for all that is made of its parts.

    Attributes:
        lines: (n, 2, 2).
        pen_width: In the unit of the lines.
        near: (n, parts), in which parts each is, or nearly: where two digits touch, the line
            between them is of both.
    """

    lines: Lines
    pen_width: float
    near: NDArray[np.bool_]

    def prepared(self, pieces: Pieces) -> Prepared:
        """Some of the parts in MNIST's format."""
        mine = self.near[:, list(members(pieces))].any(axis=1)
        return prepare_lines(self.lines[mine], self.pen_width)


@dataclass(frozen=True, eq=False)
class InkParts:
    """Connected ink from left to right, each piece with the specks that belong to it.

    Attributes:
        ink: The picture, (height, width) uint8.
        scale: What its pixels are multiplied by to get to those of the given picture.
        labels: Of each pixel.
        boxes: Of each part.
        cuts: The parts that were one, and their lines.
    """

    kind: ClassVar[str] = "pictures"
    edge: ClassVar[float] = 0.0  # pixels: how far ink extends beyond the boxes

    ink: Image
    scale: float
    labels: PartLabels
    boxes: Boxes
    cuts: Sequence[tuple[Pieces, CutLines]] = ()

    @classmethod
    def of(cls, drawing: Drawing, most: int = MOST) -> InkParts:
        """The ink of a picture; one part, if there would be more than `most`."""
        ink = drawing.ink
        assert ink is not None
        solid = ink > SOLID
        labels, stats = connected(solid if solid.any() else ink > 0)  # all of it may be pale
        if len(stats) == 1:
            return cls(ink, drawing.scale, labels - 1, np.zeros((0, 4)))
        left, top, width, height = stats[1:, :4].astype(np.float64).T
        boxes = np.stack([left, top, left + width, top + height], axis=1)
        large, part = np.unique(owners(boxes, most), return_inverse=True)
        own = np.array([around(boxes[part == each]) for each in range(len(large))])
        order = np.argsort(own[:, 0], kind="stable")
        new = np.concatenate([[-1], np.argsort(order)[part]]).astype(np.int32)
        return cls(ink, drawing.scale, new[labels], own[order])

    def effort(self, pieces: Pieces) -> float:
        """About what reading some of the parts takes, but for drawing lines; 1 for a digit."""
        left, top, right, bottom = union(self.boxes, pieces).tolist()
        return 1 + (right - left) * (bottom - top) / PIXELS

    def drawing(self, pieces: Pieces) -> Drawing:
        """Some of the parts by themselves, with as little paper around them as there can be."""
        left, top, right, bottom = union(self.boxes, pieces).astype(int).tolist()
        place = np.s_[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1]
        labels = self.labels[place]
        chosen = np.isin(labels, list(members(pieces)))
        near = cv2.dilate(chosen.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        mine = chosen | (near & (labels < 0))
        ink = np.where(mine, self.ink[place], 0).astype(np.uint8)
        return Drawing(ink=ink, scale=self.scale)

    def prepared(self, pieces: Pieces) -> Prepared:
        """Some of the parts in MNIST's format."""
        for run, lines in self.cuts:
            if pieces & ~run == 0 and pieces != run:
                return lines.prepared(pieces)
        return prepare(self.drawing(pieces))

    def cut(self, indices: Collection[int], height: float) -> tuple[InkParts, list[Pieces]]:
        """Cut some parts; return all parts, and which of them each of the old ones now is."""
        labels = np.full_like(self.labels, -1)
        boxes: list[list[float]] = []
        became: list[Pieces] = []
        cuts: list[tuple[Pieces, CutLines]] = []
        for index, (left, top, right, bottom) in enumerate(self.boxes.astype(int).tolist()):
            inside = np.s_[top:bottom, left:right]
            mask = self.labels[inside] == index
            parts = ink_cuts.cut(mask, height) if index in indices else [mask]
            became.append(((1 << len(parts)) - 1) << len(boxes))
            for part in parts:
                labels[inside][part] = len(boxes)
                x, y, wide, high = cv2.boundingRect(part.astype(np.uint8))
                boxes.append([left + x, top + y, left + x + wide, top + y + high])
            if len(parts) > 1 and height * self.scale >= LARGE:
                here = np.where(mask, labels[inside], -1)
                cuts.append((became[-1], _lines(np.where(mask, self.ink[inside], 0), here, height)))
        cut = InkParts(self.ink, self.scale, labels, np.array(boxes, dtype=np.float64), cuts)
        return cut, became


def _lines(ink: Image, labels: PartLabels, height: float) -> CutLines:
    """The lines of connected ink, and the parts that they are in."""
    size = round(max(ink.shape) * TRACED / height)
    lines, pen_width = trace(ink, size)
    scale = size / max(ink.shape)
    at = ((lines.mean(axis=1) - 0.5) / scale).astype(int)  # the lines are in a frame of one pixel
    columns, rows = (
        axis.clip(0, size - 1) for axis, size in zip(at.T, ink.shape[::-1], strict=True)
    )
    reach = max(round(REACH * pen_width / scale), 1)
    near = np.zeros((len(lines), int(labels.max()) + 1), dtype=bool)
    by = -(-reach // FAR)  # a dilation takes the square of its reach
    small, reach = labels[::by, ::by], reach // by
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    for index in np.unique(small[small >= 0]).tolist():
        wider = cv2.dilate((small == index).astype(np.uint8), disk)
        near[:, index] = wider[rows // by, columns // by] > 0
    return CutLines(lines, pen_width, near)
