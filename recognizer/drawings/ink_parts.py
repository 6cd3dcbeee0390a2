"""What a picture of a number consists of: connected ink or, where some is cut, parts of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings import ink_cuts
from recognizer.drawings.arrays import Image, Lines
from recognizer.drawings.boxes import Boxes, Pieces, members, owners, union
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import TRACED, Prepared, prepare, prepare_lines
from recognizer.drawings.skeleton import TRACE_SIZE, trace

SOLID = 90  # gray levels: paler ink is the edge of something, and connects nothing
Labels = NDArray[np.int32]  # which part each is of, from 0 on; -1 for paper


@dataclass(frozen=True, eq=False)
class CutLines:
    """The lines in ink that was cut, found once for all that is made of its parts."""

    lines: Lines
    pen_width: float  # in the unit of the lines
    labels: Labels  # of each line

    def prepared(self, pieces: Pieces) -> Prepared:
        """Some of the parts in MNIST's format."""
        return prepare_lines(
            self.lines[np.isin(self.labels, list(members(pieces)))], self.pen_width
        )


@dataclass(frozen=True, eq=False)
class InkParts:
    """Connected ink from left to right, each piece with the specks that belong to it.

    Attributes:
        ink: The picture, (height, width) uint8.
        labels: Of each pixel.
        boxes: Of each part.
        cuts: The parts that were one, and their lines.
        edge: How far ink extends beyond the boxes, in pixels.
    """

    ink: Image
    labels: Labels
    boxes: Boxes
    cuts: Sequence[tuple[Pieces, CutLines]] = ()
    kind: str = "pictures"
    edge: float = 0.0

    @classmethod
    def of(cls, drawing: Drawing) -> InkParts:
        """The ink of a picture."""
        ink = drawing.ink
        assert ink is not None
        count, labels, stats, _ = cv2.connectedComponentsWithStats((ink > SOLID).astype(np.uint8))
        if count == 1:
            return cls(ink, np.asarray(labels, np.int32) - 1, np.zeros((0, 4)))
        owner = owners(_boxes(stats[1:]))
        large, part = np.unique(owner, return_inverse=True)
        left = [stats[1:][owner == each, 0].min() for each in large]
        rank = np.argsort(np.argsort(left, kind="stable"), kind="stable")
        new = np.concatenate([[-1], rank[part]]).astype(np.int32)
        return cls(ink, new[labels], _boxes_of(new[labels]))

    def drawing(self, pieces: Pieces) -> Drawing:
        """Some of the parts by themselves, with as little paper around them as there can be."""
        left, top, right, bottom = union(self.boxes, pieces).astype(int).tolist()
        around = np.s_[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1]
        labels = self.labels[around]
        chosen = np.isin(labels, list(members(pieces)))
        near = cv2.dilate(chosen.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        mine = chosen | (near & (labels < 0))
        return Drawing(ink=np.where(mine, self.ink[around], 0).astype(np.uint8))

    def prepared(self, pieces: Pieces) -> Prepared:
        """Some of the parts in MNIST's format."""
        for run, lines in self.cuts:
            if pieces & ~run == 0 and pieces != run:
                return lines.prepared(pieces)
        return prepare(self.drawing(pieces))

    def cut(self, indices: Collection[int], height: float) -> tuple[InkParts, list[Pieces]]:
        """Cut some parts; return all parts, and which of them each of the old ones now is."""
        labels = np.full_like(self.labels, -1)
        became: list[Pieces] = []
        cuts: list[tuple[Pieces, CutLines]] = []
        count = 0
        for index, (left, top, right, bottom) in enumerate(self.boxes.astype(int).tolist()):
            inside = np.s_[top:bottom, left:right]
            mask = self.labels[inside] == index
            parts = ink_cuts.cut(mask, height) if index in indices else [mask]
            for number, part in enumerate(parts, start=count):
                labels[inside][part] = number
            became.append(((1 << len(parts)) - 1) << count)
            if len(parts) > 1 and height >= TRACED:
                here = np.where(mask, labels[inside], -1)
                cuts.append((became[-1], _lines(np.where(mask, self.ink[inside], 0), here, height)))
            count += len(parts)
        return InkParts(self.ink, labels, _boxes_of(labels), cuts), became


def _lines(ink: Image, labels: Labels, height: float) -> CutLines:
    """The lines of connected ink, each with the label of the ink that it is in."""
    scale = TRACE_SIZE / height
    lines, pen_width = trace(ink, round(max(ink.shape) * scale))
    scale = round(max(ink.shape) * scale) / max(ink.shape)
    at = ((lines.mean(axis=1) - 0.5) / scale).astype(int)  # the lines are in a frame of one pixel
    rows, columns = (
        axis.clip(0, size - 1) for axis, size in zip(at.T[::-1], ink.shape, strict=True)
    )
    wider = cv2.dilate((labels + 1).astype(np.float32), np.ones((5, 5), np.uint8)).astype(np.int32)
    found = np.where(labels[rows, columns] < 0, wider[rows, columns] - 1, labels[rows, columns])
    return CutLines(lines, pen_width, found)


def _boxes(stats: NDArray[Any]) -> Boxes:
    """Boxes from OpenCV's statistics of components."""
    left, top, width, height = stats[:, :4].astype(np.float64).T
    return np.stack([left, top, left + width, top + height], axis=1)


def _boxes_of(labels: Labels) -> Boxes:
    """The box of each part."""
    masks = ((labels == index).astype(np.uint8) for index in range(int(labels.max()) + 1))
    return _boxes(np.array([cv2.boundingRect(mask) for mask in masks]).reshape(-1, 4))
