"""What was found in a picture, marked on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.boxes import Box
from recognizer.models.reading import NumberReading, Reading

WIDEST, TALLEST = 1200, 2400  # pixels, of a picture that is shown
SMALLEST = 600  # pixels, the longer way: smaller ones are enlarged, so that marks fit
# Readable on any paper: each line has a dark and a light side, each label is filled.
DARK, LIGHT = (11, 20, 25), (255, 255, 255)
SURE, UNSURE = (86, 180, 233), (240, 228, 66)  # differ for color-blind readers too
DASH = 9  # pixels
ROOM = 4  # pixels between the ink and its box
EDGE = 3  # pixels, half a line: no box is cut by the picture's edge
LOWEST_LABEL, HIGHEST_LABEL = 24, 56  # pixels


@dataclass(frozen=True)
class Mark:
    """A box around a digit, in pixels of the shown picture, and the label above it."""

    text: str
    unsure: bool
    left: int
    top: int
    right: int
    bottom: int

    @property
    def label(self) -> int:
        """The label's height in pixels."""
        return min(max((self.bottom - self.top) // 3, LOWEST_LABEL), HIGHEST_LABEL)


def marked(picture: NDArray[np.uint8], numbers: Iterable[NumberReading]) -> NDArray[np.uint8]:
    """Draw a box around every digit, and the digit above it; dashed, with "?", if unsure.

    Args:
        picture: (height, width, 3) uint8 RGB.
        numbers: What was read in it.

    Returns:
        A picture of a size to be shown, (height, width, 3) uint8 RGB; continued upwards where
        there is no room above a digit.
    """
    height, width = picture.shape[:2]
    scale = min(WIDEST / width, TALLEST / height, max(SMALLEST / max(width, height), 1.0))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    marks = [
        _mark(digit, digit.box, unsure, scale, size)
        for number in numbers
        for digit, unsure in doubts(number)
        if digit.box
    ]
    above = max((mark.label - mark.top for mark in marks if mark.label > mark.top), default=0)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    shown = cv2.resize(picture, size, interpolation=way)
    shown = cv2.copyMakeBorder(shown, above, 0, 0, 0, cv2.BORDER_REPLICATE)
    for mark in marks:
        _draw_box(shown, mark, above)
    for mark in marks:  # over the boxes of neighbors
        _draw_label(shown, mark, above)
    return np.asarray(shown, dtype=np.uint8)


def doubts(number: NumberReading) -> list[tuple[Reading, bool]]:
    """The digits of a number, and whether each is unsure: all, if only the whole number is."""
    unsure = [digit.status != "digit" for digit in number.digits]
    if number.status == "unsure" and not any(unsure):
        unsure = [True] * len(unsure)
    return list(zip(number.digits, unsure, strict=True))


def _mark(digit: Reading, box: Box, unsure: bool, scale: float, size: tuple[int, int]) -> Mark:
    """Make the mark of a digit, with some room around the ink, within the picture."""
    x, y, width, height = (side * scale for side in box)
    return Mark(
        f"{digit.digit}?" if unsure else str(digit.digit),
        unsure,
        left=max(round(x) - ROOM, EDGE),
        top=max(round(y) - ROOM, EDGE),
        right=min(round(x + width) + ROOM, size[0] - EDGE),
        bottom=min(round(y + height) + ROOM, size[1] - EDGE),
    )


def _draw_box(shown: NDArray[Any], mark: Mark, above: int) -> None:
    left, top, right, bottom = mark.left, mark.top + above, mark.right, mark.bottom + above
    ends = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    for (x, y), (to_x, to_y) in pairwise(ends):
        length = max(abs(to_x - x), abs(to_y - y))
        dashes = length // DASH | 1 if mark.unsure else 1  # odd: a dash at both ends
        at = np.linspace((x, y), (to_x, to_y), dashes + 1).round().astype(int).tolist()
        for start, end in list(pairwise(at))[::2]:
            cv2.line(shown, start, end, DARK, 5)
            cv2.line(shown, start, end, UNSURE if mark.unsure else SURE, 2)


def _draw_label(shown: NDArray[Any], mark: Mark, above: int) -> None:
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, mark.label / 34
    (width, _), _ = cv2.getTextSize(mark.text, font, scale, 2)
    width += 8
    x = min((mark.left + mark.right - width) // 2, shown.shape[1] - width)
    start = (max(x, 0), mark.top + above - mark.label)
    end = (start[0] + width, mark.top + above)
    cv2.rectangle(shown, start, end, DARK, cv2.FILLED)
    cv2.rectangle(shown, start, end, UNSURE if mark.unsure else SURE, 1)
    origin = (start[0] + 4, start[1] + round(0.82 * mark.label))
    cv2.putText(shown, mark.text, origin, font, scale, LIGHT, 2, cv2.LINE_AA)
