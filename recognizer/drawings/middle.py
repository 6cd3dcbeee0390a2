"""The digit in the middle of a photograph, beside neighbors and remains of them.

Handwriting slants, so the ink is first set upright. Then it is cut wherever a digit may end, and
neighboring pieces make candidates: a network says which of them is a digit, and its place
how likely it is the one that is meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Image
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.opencv import as_image, connected, reduced

SIDE = 240  # pixels, the longer side of the picture that is cut
SLANTS = np.arange(-0.3, 1.01, 0.1)  # pixels to the right per pixel up
UPRIGHT = 0.6  # share of the slant that is taken away
FAINT = 80  # gray levels: fainter ink connects nothing
SHALLOW = 0.6  # of the ink on both sides: a digit may end where there is less
MOST = 40  # pieces, those nearest to the middle: a crop of a digit has fewer
PIECES = 5  # of which a digit is made, at most
SPECK = 0.12  # of the tallest piece: what is smaller is none
DOT = 0.3, 0.55  # of a candidate's height: a low piece this small and this far down is a period
LOW = 0.4  # of the tallest piece: what is lower is no digit


# What the place of a candidate counts for, against the logarithm of the network's probability.
# Chosen on crops of digits from real paper.
OFF_MIDDLE = 1.4  # for the square of its distance from the middle, in widths of the picture
TALL = 0.17  # for its height, in heights of the tallest piece
CUT = 0.5  # for the ink cut through, in its own heights
CENTRAL = 0.1  # for the logarithm of its share of the ink near the middle
AT_EDGE = 0.06  # for its ink at the left and right edge, in its own heights


@dataclass(frozen=True, eq=False)
class Candidate:
    """What may be the digit in the middle, and the logarithm of how well it is placed."""

    drawing: Drawing
    prior: float


@dataclass(frozen=True, eq=False)
class _Piece:
    mask: NDArray[np.bool_]
    left: int
    top: int
    right: int
    bottom: int
    cut: tuple[float, float]  # pixels of ink cut through at its left and right

    @property
    def size(self) -> int:
        return max(self.right - self.left, self.bottom - self.top)


@dataclass(frozen=True, eq=False)
class _Scene:
    """The upright ink, with what places are judged by."""

    ink: Image
    edge: NDArray[np.bool_]  # the picture's own left and right edge
    near: NDArray[np.float64]  # its ink, that near the middle counting most
    width: int  # of the picture, before it was set upright
    tallest: int  # piece


def candidates(drawing: Drawing) -> list[Candidate]:
    """What may be the digit in the middle of a picture; the picture itself if nothing else."""
    if drawing.ink is None or not drawing.ink.any():
        return [Candidate(drawing, 0.0)]
    ink = reduced(drawing.ink, SIDE)
    scale = drawing.scale * max(drawing.ink.shape) / max(ink.shape)
    slant = UPRIGHT * _slant(ink)
    upright = _upright(ink, slant)
    pieces = _pieces(upright)
    scene = _scene(upright, _upright(_sides(ink), slant) > 0, ink.shape[1], pieces)
    pieces = _nearest(pieces, upright.shape[1] / 2)
    rows = [
        pieces[first:last]
        for first in range(len(pieces))
        for last in range(first + 1, min(first + PIECES, len(pieces)) + 1)
    ]
    found = [
        Candidate(Drawing(ink=_ink_of(row, scene.ink), scale=scale), _prior(row, scene))
        for row in rows
        if _may_be_a_digit(row, scene.tallest)
    ]
    return found or [Candidate(drawing, 0.0)]


def _nearest(pieces: Sequence[_Piece], middle: float) -> list[_Piece]:
    """The pieces nearest to the middle, in their order."""
    away = np.array([abs((piece.left + piece.right) / 2 - middle) for piece in pieces])
    return [pieces[index] for index in np.sort(np.argsort(away, kind="stable")[:MOST])]


def _slant(ink: Image) -> float:
    """How far ink leans to the right, in pixels per pixel up: upright, its columns differ most."""
    small = reduced(ink, SIDE // 2)
    spread = [(_upright(small, s).sum(axis=0, dtype=np.float64) ** 2).sum() for s in SLANTS]
    return float(SLANTS[int(np.argmax(spread))])


def _upright(ink: Image, slant: float) -> Image:
    """Shear ink by its slant about its middle row; it gets wider on both sides."""
    height, width = ink.shape
    margin = int(abs(slant) * height) + 2
    wide = cv2.copyMakeBorder(ink, 0, 0, margin, margin, cv2.BORDER_CONSTANT)
    shear = np.array([[1, slant, -slant * height / 2], [0, 1, 0]])
    return as_image(cv2.warpAffine(wide, shear, (width + 2 * margin, height)))


def _sides(ink: Image) -> Image:
    """The left and right edge of a picture."""
    sides = np.zeros_like(ink)
    sides[:, :3] = sides[:, -3:] = 255
    return sides


def _scene(
    ink: Image, edge: NDArray[np.bool_], picture_width: int, pieces: Sequence[_Piece]
) -> _Scene:
    height, width = ink.shape
    y, x = np.mgrid[:height, :width]
    off_x, off_y = (x - width / 2) / (0.22 * picture_width), (y - height / 2) / (0.4 * height)
    near = np.exp(-(off_x**2) - off_y**2) * ink
    tallest = max((piece.bottom - piece.top for piece in pieces), default=0)
    return _Scene(ink, edge, near, picture_width, tallest)


def _pieces(ink: Image) -> list[_Piece]:
    """Connected ink, cut wherever there is little in a column; from left to right."""
    labels, stats = connected(ink > FAINT)
    found = []
    for label, (left, _, width, *_) in enumerate(stats[1:].tolist(), start=1):
        mask = labels == label
        columns = cv2.GaussianBlur(mask.sum(axis=0)[None].astype(np.float32), (0, 0), 2)[0]
        bounds = [left, *_valleys(columns, left, left + width), left + width]
        ends = [0.0, *(float(columns[x]) for x in bounds[1:-1]), 0.0]
        for at in range(len(bounds) - 1):
            part = np.zeros_like(mask)
            part[:, bounds[at] : bounds[at + 1]] = mask[:, bounds[at] : bounds[at + 1]]
            x, y, wide, high = cv2.boundingRect(part.astype(np.uint8))
            found.append(_Piece(part, x, y, x + wide, y + high, (ends[at], ends[at + 1])))
    size = SPECK * max((piece.bottom - piece.top for piece in found), default=0)
    return sorted(
        (piece for piece in found if piece.size > size),
        key=lambda piece: np.nonzero(piece.mask)[1].mean(),
    )


def _valleys(columns: NDArray[np.float32], left: int, right: int) -> list[int]:
    """Columns with less ink than those around them, and much less than both sides have."""
    found: list[int] = []
    for x in range(left + 4, right - 4):
        sides = min(columns[left:x].max(), columns[x:right].max())
        lowest = columns[x] <= columns[max(x - 4, 0) : x + 5].min()
        if lowest and columns[x] < SHALLOW * sides and not (found and x - found[-1] <= 4):
            found.append(x)
    return found


def _may_be_a_digit(row: Sequence[_Piece], tallest: int) -> bool:
    """Whether pieces are tall enough, and none of them is a period."""
    top, bottom = min(each.top for each in row), max(each.bottom for each in row)
    height = bottom - top
    periods = [
        each
        for each in row
        if each.size < DOT[0] * height and each.top > top + DOT[1] * height and not any(each.cut)
    ]
    return height >= LOW * tallest and not periods


def _mask(row: Sequence[_Piece]) -> NDArray[np.bool_]:
    return np.asarray(np.any([each.mask for each in row], axis=0))


def _ink_of(row: Sequence[_Piece], ink: Image) -> Image:
    near = cv2.dilate(_mask(row).astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.where(near > 0, ink, 0).astype(np.uint8)


def _prior(row: Sequence[_Piece], scene: _Scene) -> float:
    mask = _mask(row)
    left, right = min(each.left for each in row), max(each.right for each in row)
    height = max(each.bottom for each in row) - min(each.top for each in row)
    off = ((left + right) / 2 - scene.ink.shape[1] / 2) / scene.width
    central = float(scene.near[mask].sum() / max(scene.near.sum(), 1.0))
    return (
        -OFF_MIDDLE * off**2
        + TALL * height / scene.tallest
        - CUT * (row[0].cut[0] + row[-1].cut[1]) / height
        + CENTRAL * float(np.log(central + 0.01))
        - AT_EDGE * float(np.count_nonzero(mask & scene.edge)) / height
    )
