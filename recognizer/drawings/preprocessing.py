"""From a drawing to the format of MNIST: 28x28 uint8, white ink on black.

As the makers of MNIST did: ink fitted to a 20x20 box with its aspect kept,
then placed in 28x28 with its center of mass in the middle
(Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits).

Strokes are fitted first and drawn afterwards, with a pen width fixed at the
28x28 scale: where a digit was drawn, how large and with which pen then makes
no difference. The ink of a picture is made as thick as if that pen had drawn it. A
picture too small for that is only resized.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from recognizer.drawings.arrays import Image, Lines, Points
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.ink import FAINT
from recognizer.drawings.opencv import as_image
from recognizer.drawings.outline import is_blob, with_pen
from recognizer.drawings.rasterize import draw_lines

SIDE = 28  # pixels, a side of the image
BOX = 20  # pixels, the box in the image that the ink is fitted to
FILLS = 16  # pixels, the longer way: with less ink, a picture of 28x28 is not in MNIST's format
MIDDLE = 14.0  # index of the pixel on which MNIST's centers of mass lie
PEN_WIDTH = 2.0  # pixels at the 28x28 scale
FINE = 8  # ink is drawn this many times larger and averaged, so that edges are smooth
DOT = 0.25  # pen widths: a drawing that extends less is a dot, not a stroke
LARGE = 2 * BOX  # pixels: a picture with less ink than this, the longer way, is only resized


@dataclass(frozen=True, eq=False)
class Step:
    """One stage on the way, as an image to show: (height, width) uint8, white ink on black."""

    caption: str
    image: Image


@dataclass(frozen=True, eq=False)
class Prepared:
    """A drawing in MNIST's format.

    Attributes:
        image: (28, 28) uint8.
        blank: Whether there is nothing to read: no ink, or only a dot.
        lines: How many lines were drawn for it.
    """

    image: Image
    blank: bool
    lines: int = 0


def to_mnist(drawing: Drawing) -> Image:
    """Return the drawing as MNIST would hold it, (28, 28) uint8; all zero without ink."""
    return prepare(drawing).image


def prepare(drawing: Drawing) -> Prepared:
    """Bring a drawing into MNIST's format and say whether it is blank."""
    if drawing.ink is None:
        return prepare_lines(_segments(drawing.strokes), drawing.pen_width)
    if _is_mnist_format(drawing.ink):
        return Prepared(drawing.ink.copy(), blank=False)
    crop = _cropped(drawing.ink)
    if not crop.size:
        return Prepared(np.zeros((SIDE, SIDE), dtype=np.uint8), blank=True)
    if is_blob(crop):
        return prepare_lines(np.zeros((1, 2, 2)), PEN_WIDTH)
    return Prepared(_centered(_fitted_ink(crop, drawing.scale)), blank=False)


def prepare_lines(lines: Lines, pen_width: float) -> Prepared:
    """Bring the lines that a pen followed, in any unit, into MNIST's format."""
    image = _centered(_drawn(_fitted(lines, pen_width)))
    return Prepared(image, not len(lines) or _is_dot(lines, pen_width), len(lines))


def steps(drawing: Drawing) -> list[Step]:
    """The stages between a drawing and its 28x28 image, the last one being that image."""
    last = Step(f"{SIDE}×{SIDE}, center of mass in the middle", to_mnist(drawing))
    fitted = f"Scaled to {BOX}×{BOX}, the pen {PEN_WIDTH:g} px thick"
    if drawing.ink is None:
        lines = _segments(drawing.strokes)
        box = _drawn(_fitted(lines, drawing.pen_width))
        return [Step("The strokes' center lines", _shown(lines)), Step(fitted, box), last]
    crop, found = _cropped(drawing.ink), ink_steps(drawing)
    small = _is_mnist_format(drawing.ink) or not _is_large(crop, drawing.scale)
    if small or is_blob(crop):
        return [*found, last]
    return [*found, Step(fitted, _fitted_ink(crop, drawing.scale)), last]


def ink_steps(drawing: Drawing) -> list[Step]:
    """The stages between a picture and its ink, the last one being the ink; none of strokes."""
    if drawing.ink is None:
        return []
    stages = [Step(*stage) for stage in drawing.stages]
    return [*stages, Step("The ink that was found", drawing.ink)]


# Strokes: fitted, drawn, centered


def _segments(strokes: Sequence[Points]) -> Lines:
    """Cut strokes into segments; a stroke of one point is a segment of no length."""
    ends = [np.stack([s[:-1], s[1:]], axis=1) if len(s) > 1 else s[[[0, 0]]] for s in strokes]
    return np.concatenate(ends) if ends else np.zeros((0, 2, 2))


def _extent(lines: Lines) -> tuple[Points, Points]:
    points = np.ascontiguousarray(lines.reshape(-1, 2).T)  # twenty times as fast as axis=(0, 1)
    return points.min(axis=1), points.max(axis=1)


def _is_dot(lines: Lines, pen_width: float) -> bool:
    low, high = _extent(lines)
    return bool((high - low).max() < DOT * pen_width)


def render(strokes: Sequence[Points], pen: float = PEN_WIDTH) -> Image:
    """Draw strokes in MNIST's format with any pen, in pixels at the 28x28 scale: (28, 28) uint8.

    `to_mnist` draws all in one pen; training wants others too. Strokes are in pixels of
    a canvas: what extends less than a quarter of the pen there is a dot.
    """
    lines = _segments(strokes)
    return _centered(_drawn(_fitted(lines, pen, pen), pen))


def _fitted(lines: Lines, pen_width: float, pen: float = PEN_WIDTH) -> Lines:
    """Scale and move lines into the box, with half a pen's width left on all sides."""
    if not len(lines):
        return lines
    low, high = _extent(lines)
    is_dot = _is_dot(lines, pen_width)
    scale = pen / pen_width if is_dot else (BOX - pen) / (high - low).max()
    fitted: Lines = (lines - (low + high) / 2) * scale + BOX / 2
    return fitted


def _drawn(lines: Lines, pen: float = PEN_WIDTH) -> Image:
    """Draw lines, in pixels of the box, FINE times larger: (20 * FINE, 20 * FINE) uint8."""
    return _draw(lines * FINE, BOX * FINE, round(pen * FINE))


def _draw(lines: Lines, side: int, thickness: int) -> Image:
    image = np.zeros((side, side), dtype=np.uint8)
    # OpenCV's integer coordinates are the centers of pixels, half a pixel in.
    draw_lines(image, lines - 0.5, ink=255, thickness=thickness)
    return image


def _centered(box: Image) -> Image:
    """Put a fine drawing of the box into the image, its center of mass in the middle."""
    fine = np.zeros((SIDE * FINE, SIDE * FINE), dtype=np.uint8)
    height, width = box.shape
    top, left = (round((MIDDLE + 0.5) * FINE - at) for at in _center_of_mass(box))
    # A lopsided drawing is not cut: its box never leaves the image.
    top, left = (
        min(max(top, 0), len(fine) - height),
        min(max(left, 0), len(fine) - width),
    )
    fine[top : top + height, left : left + width] = box
    return as_image(cv2.resize(fine, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def _center_of_mass(image: Image) -> tuple[float, float]:
    """The (y, x) of the ink's center of mass, from the image's corner; its middle without ink."""
    moments = cv2.moments(image)
    if not moments["m00"]:
        return image.shape[0] / 2, image.shape[1] / 2
    return moments["m01"] / moments["m00"] + 0.5, moments["m10"] / moments["m00"] + 0.5


def _shown(lines: Lines, side: int = BOX * FINE) -> Image:
    """Lines in their own proportions, thin, on a square."""
    if not len(lines):
        return np.zeros((side, side), dtype=np.uint8)
    low, high = _extent(lines)
    scale = (side - 8) / max((high - low).max(), 1.0)
    return _draw((lines - (low + high) / 2) * scale + side / 2, side, thickness=3)


# Pictures: cropped, made as thick as the pen, fitted


def _cropped(ink: Image) -> Image:
    x, y, width, height = cv2.boundingRect((ink > FAINT).astype(np.uint8))
    return ink[y : y + height, x : x + width]


def _is_large(crop: Image, scale: float) -> bool:
    """Whether cropped ink is large enough for its outline to be moved.

    What counts is its size in the given picture: enlarging it shows no more of its outline.
    """
    return max(crop.shape) * scale >= LARGE


def _fitted_ink(crop: Image, scale: float) -> Image:
    """Cropped ink, no dot, FINE times larger than the box; as thick as the pen if it is large."""
    if _is_large(crop, scale):
        crop = with_pen(crop, PEN_WIDTH / BOX)
    scale = BOX * FINE / max(crop.shape)
    width, height = (max(round(side * scale), 1) for side in crop.shape[::-1])
    return as_image(cv2.resize(crop, (width, height), interpolation=cv2.INTER_LINEAR))


def _is_mnist_format(ink: Image) -> bool:
    """Whether a picture is 28x28, its ink fills 20x20 and its center of mass is in the middle."""
    if ink.shape != (SIDE, SIDE) or not ink.any():
        return False
    _, _, width, height = cv2.boundingRect(ink)
    off = np.abs(np.array(_center_of_mass(ink)) - (MIDDLE + 0.5)).max()
    return FILLS <= max(width, height) <= BOX and off <= 0.75
