"""A drawing: the strokes of a pen, or the pixels of a picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]  # (n, 2), pixels, x to the right, y down

DEFAULT_PEN_WIDTH = 20.0  # pixels, on a canvas of about 300
CURVE_POINTS = 6  # points put on each quadratic curve of a canvas path, its end included
FAINT = 24  # grey levels: less contrast than this is paper, not ink

# What an axis's origin in the canvas's JSON adds, in object sizes, to get to the centre.
_TO_CENTRE = {"left": 0.5, "top": 0.5, "center": 0.0, "right": -0.5, "bottom": -0.5}


@dataclass(frozen=True, eq=False)
class Drawing:
    """Strokes or pixels; made by one of the three class methods.

    Attributes:
        strokes: Each (n, 2) float64 in pixels, y down, n >= 1. Empty for a picture.
        pen_width: Width of the pen that drew the strokes, in pixels.
        ink: The picture as (height, width) uint8, ink 255 on paper 0; None for strokes.
    """

    strokes: tuple[Points, ...] = ()
    pen_width: float = DEFAULT_PEN_WIDTH
    ink: NDArray[np.uint8] | None = None

    @classmethod
    def from_strokes(
        cls, strokes: Iterable[ArrayLike], pen_width: float = DEFAULT_PEN_WIDTH
    ) -> Drawing:
        """Take a list of strokes, each (n, 2) in pixels, y down; empty ones are passed over.

        Raises:
            ValueError: A stroke has another shape or a coordinate that is not finite,
                or the pen width is not a positive number.
        """
        if not (math.isfinite(pen_width) and pen_width > 0):
            raise ValueError(f"pen_width is {pen_width}; give a positive number of pixels.")
        points = (np.array(stroke, dtype=np.float64) for stroke in strokes)
        return cls(
            tuple(_checked(stroke) for stroke in points if stroke.size),
            float(pen_width),
        )

    @classmethod
    def from_canvas(cls, json_data: Mapping[str, Any] | None) -> Drawing:
        """Take the strokes from streamlit-drawable-canvas's `json_data` (None: nothing drawn).

        What its toolbar did to them (moved, scaled, rotated, flipped) is applied. Objects
        other than freely drawn strokes are passed over.

        Raises:
            ValueError: The data is not what the canvas sends.
        """
        try:
            objects = [o for o in (json_data or {}).get("objects", []) if _is_path(o)]
            strokes = [_placed(o, _flatten(o["path"])) for o in objects]
            widths = [float(o.get("strokeWidth", DEFAULT_PEN_WIDTH)) * _scale(o) for o in objects]
        except (TypeError, KeyError, IndexError, AttributeError, ValueError) as error:
            raise ValueError(f"This is no drawing of the canvas: {error!r}") from error
        return cls.from_strokes(strokes, max(widths, default=DEFAULT_PEN_WIDTH))

    @classmethod
    def from_image(cls, image: ArrayLike) -> Drawing:
        """Take any uint8 picture, light on dark or dark on light.

        Args:
            image: (height, width) grey, (height, width, 1), (height, width, 3) RGB or
                (height, width, 4) RGBA, uint8. The paper is the colour most of the
                border has; transparent parts are paper.

        Raises:
            ValueError: The array has another shape or dtype.
        """
        pixels = np.asarray(image)
        if pixels.dtype != np.uint8:
            raise ValueError(f"The picture is {pixels.dtype}; give uint8, 0 to 255.")
        if pixels.ndim == 2:
            pixels = pixels[..., np.newaxis]
        if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or 0 in pixels.shape:
            raise ValueError(
                f"The picture has the shape {np.shape(image)}; give (height, width), or "
                "(height, width, channels) with 1, 3 or 4 channels."
            )
        if _is_ink_on_nothing(pixels):
            return cls(ink=_stretched(pixels[..., 3]))
        return cls(ink=_ink(_grey(pixels)))


def _checked(stroke: Points) -> Points:
    if stroke.ndim != 2 or stroke.shape[1] != 2:
        raise ValueError(f"A stroke has the shape {stroke.shape}; give (n, 2): x and y.")
    if not np.isfinite(stroke).all():
        raise ValueError("A stroke has a coordinate that is not a finite number.")
    return stroke


def _is_path(item: Mapping[str, Any]) -> bool:
    return str(item.get("type", "")).lower() == "path" and bool(item.get("path"))


def _flatten(path: list[list[Any]]) -> Points:
    """Turn the commands M, L and Q of a canvas path into points."""
    points: list[NDArray[np.float64]] = []
    for command, *numbers in path:
        ends = np.asarray(numbers, dtype=np.float64).reshape(-1, 2)
        if command in ("M", "L"):
            points.extend(ends)
        elif command == "Q":
            points.extend(_curve(points[-1], *ends))
        elif command != "Z":
            raise ValueError(f"The canvas path has an unknown command {command!r}.")
    return np.array(points)


def _curve(start: Points, control: Points, end: Points) -> Points:
    """Points on a quadratic Bézier curve, without its start."""
    t = np.linspace(0, 1, CURVE_POINTS + 1)[1:, np.newaxis]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end


def _placed(item: Mapping[str, Any], points: Points) -> Points:
    """Put a path where the canvas shows it, by the order in which Fabric.js transforms.

    Its own coordinates, centred; skewed and scaled; rotated; moved to the object's centre.
    Source: calcDimensionsMatrix and composeMatrix of Fabric.js 7.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    rotation, dimensions = _rotation(item), _dimensions(item)
    matrix = rotation @ dimensions
    size = high - low + item.get("strokeWidth", 0)
    origin = [_TO_CENTRE[item.get(key, "center")] for key in ("originX", "originY")]
    corner = np.array([item["left"], item["top"]], dtype=np.float64)
    centre = corner + rotation @ (np.array(origin) * (np.abs(dimensions) @ size))
    placed: Points = (points - (low + high) / 2) @ matrix.T + centre
    return placed


def _rotation(item: Mapping[str, Any]) -> Points:
    angle = math.radians(item.get("angle", 0))
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _dimensions(item: Mapping[str, Any]) -> Points:
    """The 2x2 matrix of an object's scale, flips and skews."""
    x = item.get("scaleX", 1) * (-1 if item.get("flipX") else 1)
    y = item.get("scaleY", 1) * (-1 if item.get("flipY") else 1)
    skew_x, skew_y = (math.tan(math.radians(item.get(key, 0))) for key in ("skewX", "skewY"))
    matrix: Points = np.diag([x, y]) @ [[1, skew_x], [0, 1]] @ [[1, 0], [skew_y, 1]]
    return matrix


def _scale(item: Mapping[str, Any]) -> float:
    """How many times wider the toolbar made the pen: the mean of both axes."""
    return math.sqrt(abs(item.get("scaleX", 1) * item.get("scaleY", 1))) or 1.0


def _is_ink_on_nothing(pixels: NDArray[np.uint8]) -> bool:
    """Whether a picture is ink of one colour on transparent paper."""
    if pixels.shape[2] != 4:
        return False
    opaque = pixels[..., 3] > 127
    one_colour = opaque.any() and np.ptp(pixels[opaque][:, :3], axis=0).max() < FAINT
    return bool(one_colour and not opaque.all())


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(height, width, 1, 3 or 4) uint8 -> grey (height, width) in 0..255, transparency filled."""
    channels = pixels.shape[2]
    if channels == 1:
        return pixels[..., 0].astype(np.float64)
    grey = pixels[..., :3] @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601 luma
    if channels == 3:
        return grey
    alpha = pixels[..., 3] / 255
    return alpha * grey + (1 - alpha) * _paper_behind(grey, alpha)


def _paper_behind(grey: NDArray[np.float64], alpha: NDArray[np.float64]) -> float:
    """The grey that transparent parts get: the picture's own paper, or what ink stands out on."""
    opaque = alpha > 0.5
    if not opaque.any():
        return 255.0
    if opaque.mean() > 0.5:  # paper was painted, but for its corners perhaps
        return float(np.median(grey[opaque]))
    return 255.0 if grey[opaque].mean() < 128 else 0.0


def _ink(grey: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Grey -> ink 255 on paper 0, whichever of the two is the lighter; faint marks are paper."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return _stretched(np.abs(grey - np.median(border)))


def _stretched(contrast: NDArray[Any]) -> NDArray[np.uint8]:
    """Contrast, 0 to 255, stretched so that the strongest ink is 255; none if all is faint."""
    if contrast.max() < FAINT:
        return np.zeros(contrast.shape, dtype=np.uint8)
    return np.rint(contrast * (255 / contrast.max())).astype(np.uint8)
