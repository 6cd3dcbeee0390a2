"""What a picture of a number consists of: connected ink or, where some is cut, parts of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings import ink_cuts
from recognizer.drawings.arrays import Image
from recognizer.drawings.boxes import Boxes, Pieces, members, owners, union
from recognizer.drawings.drawing import Drawing

SOLID = 90  # gray levels: paler ink is the edge of something, and connects nothing


@dataclass(frozen=True, eq=False)
class InkParts:
    """Connected ink from left to right, each piece with the specks that belong to it.

    Attributes:
        ink: The picture, (height, width) uint8.
        labels: (height, width), which part each pixel is of, from 0 on; -1 for paper.
        boxes: Of each part.
        edge: How far ink extends beyond the boxes, in pixels.
    """

    ink: Image
    labels: NDArray[np.int32]
    boxes: Boxes
    kind: str = "pictures"
    edge: float = 0.0

    @classmethod
    def of(cls, drawing: Drawing) -> InkParts:
        """The ink of a picture."""
        ink = drawing.ink
        assert ink is not None
        count, found, stats, _ = cv2.connectedComponentsWithStats((ink > SOLID).astype(np.uint8))
        labels = np.asarray(found, dtype=np.int32)
        if count == 1:
            return cls(ink, labels - 1, np.zeros((0, 4)))
        owner = owners(_boxes(stats[1:]))
        left = np.array([stats[1:][owner == each, 0].min() for each in np.unique(owner)])
        rank = np.empty(len(left), dtype=np.int32)
        rank[np.argsort(left, kind="stable")] = np.arange(len(left))
        new = rank[np.searchsorted(np.unique(owner), owner)]
        return cls._labeled(ink, np.concatenate([[-1], new]).astype(np.int32)[labels])

    @classmethod
    def _labeled(cls, ink: Image, labels: NDArray[np.int32]) -> InkParts:
        boxes = [_box_of(labels == index) for index in range(int(labels.max()) + 1)]
        return cls(ink, labels, np.array(boxes, dtype=np.float64).reshape(-1, 4))

    def drawing(self, pieces: Pieces) -> Drawing:
        """Some of the parts by themselves, with as little paper around them as there can be."""
        left, top, right, bottom = union(self.boxes, pieces).astype(int).tolist()
        rows, columns = slice(max(top - 1, 0), bottom + 1), slice(max(left - 1, 0), right + 1)
        labels = self.labels[rows, columns]
        chosen = np.isin(labels, list(members(pieces)))
        near = cv2.dilate(chosen.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        mine = chosen | (near & (labels < 0))
        return Drawing(ink=np.where(mine, self.ink[rows, columns], 0).astype(np.uint8))

    def cut(self, indices: Collection[int], height: float) -> tuple[InkParts, list[Pieces]]:
        """Cut some parts; return all parts, and which of them each of the old ones now is."""
        labels = np.full_like(self.labels, -1)
        became: list[Pieces] = []
        count = 0
        for index, box in enumerate(self.boxes.astype(int).tolist()):
            left, top, right, bottom = box
            inside = np.s_[top:bottom, left:right]
            mask = self.labels[inside] == index
            parts = ink_cuts.cut(mask, height) if index in indices else [mask]
            for number, part in enumerate(parts):
                labels[inside][part] = count + number
            became.append(((1 << len(parts)) - 1) << count)
            count += len(parts)
        return self._labeled(self.ink, labels), became


def _boxes(stats: NDArray[Any]) -> Boxes:
    """Boxes from OpenCV's statistics of components."""
    left, top, width, height = stats[:, :4].astype(np.float64).T
    return np.stack([left, top, left + width, top + height], axis=1)


def _box_of(mask: NDArray[np.bool_]) -> Sequence[int]:
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return left, top, left + width, top + height
