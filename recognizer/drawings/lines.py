"""The lines of a drawing, each with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recognizer.drawings.arrays import Points
from recognizer.drawings.boxes import boxes_of
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.layout import NumberInk, cut_out_numbers
from recognizer.drawings.opencv import shrunk

APART = 0.15  # heights of a line: so much paper is between two lines of strokes
FULL = 0.6  # of the highest line: what is lower is a part of a digit, such as the bar of a 5
MOST = 60  # lines: so many are a scribble, not lines of numbers
POINTS = 10_000  # of all strokes: of a drawing of more, not every point is needed
PIXELS = 1_000_000  # of a number's box: a larger one is reduced
LONG = 1.6  # heights: what is narrower is one digit, though it may have paper across


@dataclass(frozen=True, eq=False)
class Region:
    """One number of a drawing, and where it is.

    Attributes:
        drawing: The number by itself.
        x, y: What is added to its pixels to get to those of the drawing.
    """

    drawing: Drawing
    x: float = 0.0
    y: float = 0.0


def regions(drawing: Drawing) -> list[list[Region]]:
    """The numbers of a drawing: line by line, each from left to right; none without ink.

    All strokes of a line are one number; in a picture, numbers have room between them.
    """
    if drawing.ink is not None:
        found = cut_out_numbers(drawing.ink)
        return [[_region(number, drawing.scale) for number in line] for line in found]
    lines = _lines(_thinned_out(drawing.strokes)) if drawing.strokes else []
    return [[Region(Drawing(tuple(line), drawing.pen_width))] for line in lines]


def _region(number: NumberInk, scale: float) -> Region:
    x, y, _, _ = number.box
    ink, by = shrunk(number.ink, PIXELS)
    return Region(Drawing(ink=ink, scale=scale * by), x / by, y / by)


def _thinned_out(strokes: Sequence[Points]) -> Sequence[Points]:
    """Every second point of strokes, or fewer, where there are very many; with both ends."""
    step = -(-sum(map(len, strokes)) // POINTS)
    if step <= 1:
        return strokes
    return [np.concatenate([stroke[:-1:step], stroke[-1:]]) for stroke in strokes]


def _lines(strokes: Sequence[Points]) -> list[list[Points]]:
    """Strokes in lines, from top to bottom, each in the order of time."""
    boxes = boxes_of([[stroke] for stroke in strokes])
    lines: list[list[int]] = []
    begun = reached = -np.inf
    order = np.argsort(boxes[:, 1], kind="stable")
    for index, (top, bottom) in zip(order.tolist(), boxes[order][:, 1::2].tolist(), strict=True):
        if not lines or top > reached + APART * (reached - begun):
            lines.append([])
            begun = top
        lines[-1].append(index)
        reached = max(reached, bottom)
    found = [[strokes[index] for index in sorted(line)] for line in lines]
    return found if 1 < len(found) <= MOST and _are_lines(found) else [list(strokes)]


def _are_lines(lines: Sequence[Sequence[Points]]) -> bool:
    """Whether each could be a line of its own: about as high as the others, and long enough."""
    boxes = boxes_of(lines)
    widths, heights = (boxes[:, 2:] - boxes[:, :2]).T
    return bool((heights >= FULL * heights.max()).all() and widths.max() >= LONG * heights.max())
