"""The gate: what comes from outside becomes arrays within limits, or an error that says why not.

What is too large is refused by its length, before anything is made of it. The limits are far
beyond what anybody draws: a minute with a pen makes some thousand points.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Points
from recognizer.errors import DrawingError, TooLargeError

MOST_STROKES = 5_000
MOST_POINTS = 100_000  # of all strokes together
FARTHEST = 1e9  # pixels: how far a point is from the corner
PEN_WIDTHS = (1e-6, 1e9)  # pixels
MOST_PIXELS = 24_000_000  # of a picture: 24 megapixels
SHORT = 40  # characters of what is repeated in an error; bits of a whole number
LONGEST = 20_000  # pixels, a side of a picture: what thins lines takes its square in memory


_MOST = {"strokes": MOST_STROKES, "objects": MOST_STROKES, "points": MOST_POINTS}


def strokes(given: Iterable[Any]) -> tuple[Points, ...]:
    """Strokes as arrays (n, 2) float64 in pixels; empty ones are left out.

    Raises:
        DrawingError: They are not strokes, too many, too long or too far away.
    """
    found, left = [], MOST_POINTS
    for stroke in items(given, MOST_STROKES, "strokes"):
        points = _points_of(stroke, left)
        left -= len(points)
        if len(points):
            found.append(_placed(_numbers(points, "A stroke")))
    return tuple(found)


def pen_width(given: Any) -> float:
    """A pen width in pixels.

    Raises:
        DrawingError: It is no number, or none that a pen could have.
    """
    width = _real(given)
    least, most = PEN_WIDTHS
    if not least <= width <= most:
        raise DrawingError(
            f"pen_width is {_shortened(given)}; give a number of pixels from {least:g} to {most:g}."
        )
    return width


def picture(given: Any, what: str = "The picture", channels: tuple[int, ...] = (1, 3, 4)) -> Any:
    """A picture as an array (height, width) or (height, width, channels) uint8.

    Args:
        given: The array.
        what: It is called in errors.
        channels: How many it may have.

    Raises:
        DrawingError: It is no such array, or too large.
    """
    pixels = _array(given, what)
    if pixels.dtype != np.uint8:
        raise DrawingError(f"{what} is {pixels.dtype}; give uint8, 0 to 255.")
    if pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), *((n,) for n in channels)):
        *less, last = map(str, channels)
        number = f"{', '.join(less)} or {last}" if less else last
        raise DrawingError(
            f"{what} has the shape {pixels.shape}; give (height, width), or (height, width, "
            f"channels) with {number} channels."
        )
    height, width = pixels.shape[:2]
    if not pixels.size:
        raise DrawingError(f"{what} has the shape {pixels.shape}: there is no pixel in it.")
    if height * width > MOST_PIXELS or max(height, width) > LONGEST:
        raise TooLargeError(
            f"{what} has {width:,} × {height:,} pixels; give at most {MOST_PIXELS / 1e6:.0f} "
            f"megapixels, and {LONGEST:,} pixels in a row: reduce it first."
        )
    return pixels


def items(given: Any, most: int, what: str) -> Iterator[Any]:
    """What is in a list or what else can be gone through, one after the other.

    Raises:
        DrawingError: It cannot be gone through, or there are more than `most`.
    """
    if isinstance(given, (str, bytes, Mapping)):
        raise DrawingError(f"The drawing has no {what}, but {_shortened(given)}.")
    long = isinstance(given, (list, tuple)) and len(given) > most
    try:
        for number, each in enumerate(given):
            if long or number == most:
                raise TooLargeError(
                    f"The drawing has more than {_MOST[what]:,} {what}. Draw it with fewer."
                )
            yield each
    except (DrawingError, GeneratorExit):
        raise
    except Exception as error:  # what is no list may raise anything
        raise DrawingError(f"The drawing has no {what}, but {_shortened(given)}.") from error


def _points_of(stroke: Any, most: int) -> Any:
    """The points of a stroke as a list or, if it is one, an array."""
    if isinstance(stroke, np.ndarray) and stroke.ndim and len(stroke) <= most:
        return stroke
    return list(items(stroke, most, "points"))


def _numbers(points: Any, what: str) -> NDArray[np.float64]:
    """An array of numbers; what is nested deeper than points is not gone through."""
    if not isinstance(points, np.ndarray) and not all(map(_is_pair, points)):
        raise DrawingError(f"{what} has not the shape (n, 2): give pairs of numbers, x and y.")
    array = _array(points, what)
    if array.dtype.kind not in "iuf":
        raise DrawingError(f"{what} has {array.dtype} in it; give numbers: x and y.")
    if array.ndim != 2 or array.shape[1] != 2:
        raise DrawingError(f"{what} has the shape {array.shape}; give (n, 2): x and y.")
    with np.errstate(all="ignore"):  # what is too large for a float becomes infinite
        return np.array(array, dtype=np.float64)


def _is_pair(point: Any) -> bool:
    if isinstance(point, np.ndarray):
        return point.shape == (2,)
    return isinstance(point, (list, tuple)) and len(point) == 2 and all(map(_is_real, point))


def _is_real(number: Any) -> bool:
    return isinstance(number, (Real, np.number)) and not isinstance(number, np.complexfloating)


def _placed(points: Points) -> Points:
    if not np.isfinite(points).all():
        raise DrawingError("A stroke has a coordinate that is not a finite number.")
    if np.abs(points).max() > FARTHEST:
        raise TooLargeError(
            f"A stroke has a coordinate beyond {FARTHEST:,.0f} pixels. Scale the drawing down."
        )
    return points


def _array(given: Any, what: str) -> NDArray[Any]:
    try:
        return np.asarray(given)
    except Exception as error:  # whatever an object raises when it is asked for its numbers
        raise DrawingError(f"{what} is no array of numbers, but {_shortened(given)}.") from error


def _real(given: Any) -> float:
    try:
        return float(given) if _is_real(given) else math.nan
    except (OverflowError, TypeError, ValueError):
        return math.nan


def _shortened(given: Any) -> str:
    """What something is, in a few words whatever it is."""
    if isinstance(given, str):
        return repr(given) if len(given) <= SHORT else f"{given[:SHORT]!r} and so on"
    if isinstance(given, int) and given.bit_length() > SHORT:
        return "a huge number"
    if isinstance(given, (int, float)):
        return repr(given)
    return f"of the type {type(given).__name__}"


def real(given: Any, what: str) -> float:
    """A finite number that the canvas has sent.

    Raises:
        DrawingError: It is none.
    """
    number = _real(given)
    if not math.isfinite(number):
        raise DrawingError(f"{what} is {_shortened(given)}, not a finite number.")
    return number


def objects(given: Any) -> Iterator[dict[str, Any]]:
    """The objects in a list of the canvas.

    Raises:
        DrawingError: It is no list of objects, or there are too many.
    """
    for each in items(given, MOST_STROKES, "objects"):
        if not isinstance(each, dict):
            raise DrawingError(f"The drawing has {_shortened(each)} among its objects.")
        yield each
