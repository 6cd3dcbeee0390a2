"""The canvas's JSON: the paths of Fabric.js 7, brought to where the canvas shows them.

What is not as Fabric.js writes it ends in a TypeError, KeyError, IndexError, AttributeError
or ValueError.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Points

Path = Mapping[str, Any]  # one object of the canvas, of the type "path"

CURVE_POINTS = 6  # points put on each quadratic curve of a path, its end included

# What an axis's origin adds, in object sizes, to get to the center.
_TO_CENTER = {"left": 0.5, "top": 0.5, "center": 0.0, "right": -0.5, "bottom": -0.5}


def paths(json_data: Mapping[str, Any]) -> list[Path]:
    """The freely drawn strokes among the canvas's objects."""
    return [item for item in json_data.get("objects", []) if _is_path(item)]


def points(path: Path) -> Points:
    """Put a path where the canvas shows it, by the order in which Fabric.js transforms.

    Its own coordinates, centered; skewed and scaled; rotated; moved to the object's center.
    Source: calcDimensionsMatrix and composeMatrix of Fabric.js 7.

    Returns:
        (n, 2), in pixels of the canvas.
    """
    flat = _flatten(path["path"])
    low, high = flat.min(axis=0), flat.max(axis=0)
    rotation, dimensions = _rotation(path), _dimensions(path)
    size = high - low + path.get("strokeWidth", 0)
    origin = [_TO_CENTER[path.get(key, "center")] for key in ("originX", "originY")]
    corner = np.array([path["left"], path["top"]], dtype=np.float64)
    center = corner + rotation @ (np.array(origin) * (np.abs(dimensions) @ size))
    placed: Points = (flat - (low + high) / 2) @ (rotation @ dimensions).T + center
    return placed


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
    scale = math.sqrt(abs(path.get("scaleX", 1) * path.get("scaleY", 1))) or 1.0
    return float(path.get("strokeWidth", default)) * scale


def _is_path(item: Mapping[str, Any]) -> bool:
    return str(item.get("type", "")).lower() == "path" and bool(item.get("path"))


def _flatten(commands: list[list[Any]]) -> Points:
    """Turn the commands M, L and Q of a path into points."""
    found: list[NDArray[np.float64]] = []
    for command, *numbers in commands:
        ends = np.asarray(numbers, dtype=np.float64).reshape(-1, 2)
        if command in ("M", "L"):
            found.extend(ends)
        elif command == "Q":
            found.extend(_curve(found[-1], *ends))
        elif command != "Z":
            raise ValueError(f"The canvas path has an unknown command {command!r}.")
    return np.array(found)


def _curve(start: Points, control: Points, end: Points) -> Points:
    """Points on a quadratic Bézier curve, without its start."""
    t = np.linspace(0, 1, CURVE_POINTS + 1)[1:, np.newaxis]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end


def _rotation(path: Path) -> Points:
    angle = math.radians(path.get("angle", 0))
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _dimensions(path: Path) -> Points:
    """The 2x2 matrix of an object's scale, flips and skews."""
    x = path.get("scaleX", 1) * (-1 if path.get("flipX") else 1)
    y = path.get("scaleY", 1) * (-1 if path.get("flipY") else 1)
    skew_x, skew_y = (math.tan(math.radians(path.get(key, 0))) for key in ("skewX", "skewY"))
    matrix: Points = np.diag([x, y]) @ [[1, skew_x], [0, 1]] @ [[1, 0], [skew_y, 1]]
    return matrix
