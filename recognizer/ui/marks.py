"""What was found in a picture, marked on it."""

from collections.abc import Iterable
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.models.reading import Box, NumberReading, Reading

WIDEST, TALLEST = 1200, 2400  # pixels, of a picture that is shown
SMALLEST = 600  # pixels, the longer way: smaller ones are enlarged, so that marks fit
# Readable on any paper: each line has a dark and a light side, each label is filled.
DARK, LIGHT = (11, 20, 25), (255, 255, 255)
SURE, UNSURE = (86, 180, 233), (240, 228, 66)  # differ for color-blind readers too
DASH = 9  # pixels
ROOM = 4  # pixels between the ink and its box
EDGE = 3  # pixels, half a line: no box is cut by the picture's edge
LOWEST_LABEL, HIGHEST_LABEL = 20, 44  # pixels


def marked(picture: NDArray[np.uint8], numbers: Iterable[NumberReading]) -> NDArray[np.uint8]:
    """Draw a box around every digit, and the digit above it; dashed, with "?", if unsure.

    Args:
        picture: (height, width, 3) uint8 RGB.
        numbers: What was read in it.

    Returns:
        A picture of a size to be shown, (height, width, 3) uint8 RGB.
    """
    height, width = picture.shape[:2]
    scale = min(WIDEST / width, TALLEST / height, max(SMALLEST / max(width, height), 1.0))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    shown = np.ascontiguousarray(cv2.resize(picture, size, interpolation=way), dtype=np.uint8)
    digits = [(digit, unsure) for number in numbers for digit, unsure in doubts(number)]
    for digit, unsure in digits:
        if digit.box:
            _draw_box(shown, _corners(digit.box, scale, size), unsure=unsure)
    for digit, unsure in digits:  # over the boxes of neighbors
        if digit.box:
            text = f"{digit.digit}?" if unsure else str(digit.digit)
            _draw_label(shown, _corners(digit.box, scale, size), text, unsure=unsure)
    return shown


def doubts(number: NumberReading) -> list[tuple[Reading, bool]]:
    """The digits of a number, and whether each is unsure: all, if only the whole number is."""
    unsure = [digit.status != "digit" for digit in number.digits]
    if number.status == "unsure" and not any(unsure):
        unsure = [True] * len(unsure)
    return list(zip(number.digits, unsure, strict=True))


def _corners(box: Box, scale: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a box in the shown picture, with some room around it."""
    x, y, width, height = (side * scale for side in box)
    return (
        max(round(x) - ROOM, EDGE),
        max(round(y) - ROOM, EDGE),
        min(round(x + width) + ROOM, size[0] - EDGE),
        min(round(y + height) + ROOM, size[1] - EDGE),
    )


def _draw_box(
    shown: NDArray[np.uint8], corners: tuple[int, int, int, int], *, unsure: bool
) -> None:
    left, top, right, bottom = corners
    ends = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    for (x, y), (to_x, to_y) in pairwise(ends):
        length = max(abs(to_x - x), abs(to_y - y))
        dashes = max(length // DASH | 1, 1) if unsure else 1  # odd: a dash at both ends
        at = np.linspace((x, y), (to_x, to_y), dashes + 1).round().astype(int).tolist()
        for start, end in list(pairwise(at))[::2]:
            cv2.line(shown, start, end, DARK, 5)
            cv2.line(shown, start, end, UNSURE if unsure else SURE, 2)


def _draw_label(
    shown: NDArray[np.uint8], corners: tuple[int, int, int, int], text: str, *, unsure: bool
) -> None:
    """Write a digit above its box; where the picture ends, below, or else in it."""
    left, top, right, bottom = corners
    height = min(max((bottom - top) // 3, LOWEST_LABEL), HIGHEST_LABEL)
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, height / 34
    (width, _), _ = cv2.getTextSize(text, font, scale, 2)
    width += 8
    x = min(max((left + right - width) // 2, 0), max(shown.shape[1] - width, 0))
    y = top - height
    if y < 0:
        y = bottom if bottom + height < shown.shape[0] else top
    end = (x + width, y + height)
    cv2.rectangle(shown, (x, y), end, DARK, cv2.FILLED)
    cv2.rectangle(shown, (x, y), end, UNSURE if unsure else SURE, 1)
    origin = (x + 4, y + round(0.82 * height))
    cv2.putText(shown, text, origin, font, scale, LIGHT, 2, cv2.LINE_AA)
