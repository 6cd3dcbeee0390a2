"""The canvas's JSON: the paths of Fabric.js 7, brought to where the canvas shows them.

What is not as Fabric.js writes it ends in a DrawingError.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings import gate
from recognizer.drawings.arrays import Points
from recognizer.errors import DrawingError

Path = dict[str, Any]  # one object of the canvas, of the type "path"

CURVE_POINTS = 6  # points put on each quadratic curve of a path, its end included

# Commands of a path, and how many numbers each has.
_NUMBERS = {"M": 2, "L": 2, "Q": 4, "Z": 0}

# What is known of a path, and how it looks.
_LOOKS = "stroke strokeWidth strokeLineCap strokeLineJoin fill"
_PLACE = "left top originX originY scaleX scaleY angle flipX flipY skewX skewY"
_KEYS = frozenset(f"type path {_PLACE} {_LOOKS}".split())
_LONGEST = 100  # characters of such a value

# What an axis's origin adds, in object sizes, to get to the center.
_TO_CENTER = {"left": 0.5, "top": 0.5, "center": 0.0, "right": -0.5, "bottom": -0.5}


def paths(json_data: Any) -> list[Path]:
    """The freely drawn strokes among the canvas's objects.

    Raises:
        DrawingError: The data is not what the canvas sends, or more than anybody draws.
    """
    if not isinstance(json_data, Mapping):
        raise DrawingError("This is not a drawing from the canvas: it has no objects.")
    found = [item for item in gate.objects(json_data.get("objects", [])) if _is_path(item)]
    left = gate.MOST_POINTS // CURVE_POINTS
    for each in found:
        left -= sum(1 for _ in gate.items(each["path"], left, "points"))
    return found


def cleaned(objects: Any) -> list[Path]:
    """The paths among the canvas's objects, and of each only what the canvas needs to show it.

    Raises:
        DrawingError: It is no list of objects, or there are too many.
    """
    return [
        {key: value for key, value in each.items() if key in _KEYS and _is_short(key, value)}
        for each in gate.objects(objects)
        if _is_path(each)
    ]


def points(path: Path) -> Points:
    """Put a path where the canvas shows it, by the order in which Fabric.js transforms.

    Its own coordinates, centered; skewed and scaled; rotated; moved to the object's center.
    Source: calcDimensionsMatrix and composeMatrix of Fabric.js 7.

    Returns:
        (n, 2), in pixels of the canvas.

    Raises:
        DrawingError: It is not as Fabric.js writes it.
    """
    flat = _flatten(path["path"])
    low, high = flat.min(axis=0), flat.max(axis=0)
    rotation, dimensions = _rotation(path), _dimensions(path)
    size = high - low + _real(path, "strokeWidth", 0)
    origin = [_to_center(path.get(key, "center")) for key in ("originX", "originY")]
    corner = np.array([_real(path, "left"), _real(path, "top")])
    center = corner + rotation @ (np.array(origin) * (np.abs(dimensions) @ size))
    placed: Points = (flat - (low + high) / 2) @ (rotation @ dimensions).T + center
    return placed


def _to_center(origin: Any) -> float:
    if not isinstance(origin, str) or origin not in _TO_CENTER:
        raise DrawingError("A path of the canvas has an unknown origin.")
    return _TO_CENTER[origin]


def to_path(stroke: Points, width: float, color: str) -> dict[str, Any]:
    """A stroke (n, 2) as the canvas itself would describe it, drawn with a round pen."""
    first, *rest = stroke.tolist()
    left, top = (stroke.min(axis=0) + stroke.max(axis=0)) / 2
    return {
        "type": "Path",
        "path": [["M", *first], *(["L", *point] for point in rest or [first])],
        "left": left,
        "top": top,
        "originX": "center",
        "originY": "center",
        "stroke": color,
        "strokeWidth": width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "fill": None,
    }


def pen_width(path: Path, default: float) -> float:
    """The width of its line in pixels of the canvas; scaling a path scales its pen."""
    scale = math.sqrt(abs(_real(path, "scaleX", 1) * _real(path, "scaleY", 1))) or 1.0
    return _real(path, "strokeWidth", default) * scale


def _is_path(item: Path) -> bool:
    kind = item.get("type")
    path = item.get("path")
    is_empty = path is None or (isinstance(path, (list, str)) and not path)
    return isinstance(kind, str) and kind.lower() == "path" and not is_empty


def _is_short(key: str, value: Any) -> bool:
    return key == "path" or not isinstance(value, (str, list, dict)) or len(value) <= _LONGEST


def _flatten(commands: Sequence[Any]) -> Points:
    """Turn the commands M, L and Q of a path into points, all at once: there may be thousands."""
    letters = [letter for command in commands if (letter := _letter(command)) != "Z"]
    if not letters or letters[0] == "Q":
        raise DrawingError("A path of the canvas does not begin with a point.")
    is_curve = np.array(letters) == "Q"
    numbers = np.array([gate.real(x, "A coordinate") for each in commands for x in each[1:]])
    ends = numbers.reshape(-1, 2)  # and the control point of each curve before its end
    last = np.where(is_curve, 2, 1).cumsum() - 1
    counts = np.where(is_curve, CURVE_POINTS, 1)
    found: Points = np.repeat(ends[last], counts, axis=0)
    curves = np.flatnonzero(is_curve)
    start, control, end = ends[last[curves - 1]], ends[last[curves] - 1], ends[last[curves]]
    found[np.repeat(is_curve, counts)] = _curves(start, control, end).reshape(-1, 2)
    return found


def _letter(command: Any) -> str:
    """Which command it is, if it has as many numbers as such a command has."""
    try:
        letter, length = command[0], len(command) - 1
    except (TypeError, IndexError, KeyError) as error:
        raise DrawingError("A path of the canvas has a command that is none.") from error
    if not isinstance(letter, str) or _NUMBERS.get(letter) != length:
        raise DrawingError("A path of the canvas has an unknown command.")
    return letter


def _curves(start: Points, control: Points, end: Points) -> NDArray[np.float64]:
    """Points on n quadratic Bézier curves, without their starts: (n, CURVE_POINTS, 2)."""
    t = np.linspace(0, 1, CURVE_POINTS + 1)[1:, np.newaxis]
    first, middle, last = (each[:, np.newaxis] for each in (start, control, end))
    return (1 - t) ** 2 * first + 2 * t * (1 - t) * middle + t**2 * last


def _rotation(path: Path) -> Points:
    angle = math.radians(_real(path, "angle", 0))
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _dimensions(path: Path) -> Points:
    """The 2x2 matrix of an object's scale, flips and skews."""
    x = _real(path, "scaleX", 1) * (-1 if path.get("flipX") is True else 1)
    y = _real(path, "scaleY", 1) * (-1 if path.get("flipY") is True else 1)
    skew_x, skew_y = (math.tan(math.radians(_real(path, key, 0))) for key in ("skewX", "skewY"))
    matrix: Points = np.diag([x, y]) @ [[1, skew_x], [0, 1]] @ [[1, 0], [skew_y, 1]]
    return matrix


def _real(path: Path, key: str, default: float | None = None) -> float:
    """A finite number of an object; `default` where it has none."""
    return gate.real(path.get(key, default), key)
