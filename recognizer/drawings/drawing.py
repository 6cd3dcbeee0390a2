"""A drawing: the strokes of a pen, or the pixels of a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from recognizer.drawings import fabric, gate
from recognizer.drawings.arrays import Image, Points
from recognizer.drawings.ink import find_ink
from recognizer.drawings.opencv import WORKING, shrunk
from recognizer.drawings.photo import Stages, read_photo

DEFAULT_PEN_WIDTH = 20.0  # pixels, on a canvas of about 300


@dataclass(frozen=True, eq=False)
class Drawing:
    """Strokes or pixels; made by one of the class methods.

    Attributes:
        strokes: Each (n, 2) float64 in pixels, y down, n >= 1. Empty for a picture.
        pen_width: Width of the pen that drew the strokes, in pixels.
        ink: The picture as (height, width) uint8, ink 255 on paper 0; None for strokes.
        scale: How many pixels of the given picture one pixel of `ink` is: over 1 for a large
            picture, which is reduced, under 1 for a small photograph, which is enlarged. A box in
            `ink` times this is a box in the picture.
        photo: Whether it was made from a photograph.
        stages: Of a photograph, what was found before the ink: each a caption and an image
            (height, width) uint8, as large as `ink`.
    """

    strokes: tuple[Points, ...] = ()
    pen_width: float = DEFAULT_PEN_WIDTH
    ink: Image | None = None
    scale: float = 1.0
    photo: bool = False
    stages: Stages = ()

    @property
    def shows_one_digit(self) -> bool:
        """Whether it is a photograph so small, and so narrow, that it is a crop of one digit."""
        height, width = self.ink.shape if self.ink is not None else (0, 0)
        return self.photo and self.scale < 1 and width <= height

    @classmethod
    def from_strokes(
        cls, strokes: Iterable[ArrayLike], pen_width: float = DEFAULT_PEN_WIDTH
    ) -> Drawing:
        """Take a list of strokes, each (n, 2) in pixels, y down; empty ones are ignored.

        Raises:
            DrawingError: A stroke has another shape or a coordinate that is not finite, the pen
                width is not that of a pen, or there are more than 5,000 strokes, more than 100,000
                points, or coordinates beyond 1e9 pixels.
        """
        return cls(gate.strokes(strokes), gate.pen_width(pen_width))

    @classmethod
    def from_canvas(cls, json_data: Mapping[str, Any] | None) -> Drawing:
        """Take the strokes from streamlit-drawable-canvas's `json_data` (None: nothing drawn).

        What its toolbar did to them (moved, scaled, rotated, flipped) is applied. Objects
        other than freely drawn strokes are ignored.

        Raises:
            DrawingError: The data is not what the canvas sends, or more than anybody draws.
        """
        paths = fabric.paths({} if json_data is None else json_data)
        with np.errstate(all="ignore"):  # what becomes too large for a float is refused below
            strokes = [fabric.points(path) for path in paths]
        widths = [fabric.pen_width(path, DEFAULT_PEN_WIDTH) for path in paths]
        return cls.from_strokes(strokes, max(widths, default=DEFAULT_PEN_WIDTH))

    @classmethod
    def from_image(cls, image: ArrayLike) -> Drawing:
        """Take any uint8 picture, light on dark or dark on light; reduced to 4 megapixels.

        Args:
            image: (height, width) gray, (height, width, 1), (height, width, 3) RGB or
                (height, width, 4) RGBA, uint8. The paper is the color most of the
                border has; transparent parts are paper.

        Raises:
            DrawingError: The array has another shape or dtype, more than 24 megapixels, or a side
                of more than 20,000 pixels.
        """
        pixels, scale = shrunk(gate.picture(image), WORKING)
        ink = find_ink(pixels[..., np.newaxis] if pixels.ndim == 2 else pixels)
        return cls(ink=ink, scale=float(scale))

    @classmethod
    def from_photo(cls, photo: ArrayLike) -> Drawing:
        """Take a photograph of ink on paper: uneven light, shadows, ruled lines, colored ink.

        Ink that the border cuts is left out where other ink is nearer to the middle.

        Args:
            photo: (height, width) gray or (height, width, 3) RGB, uint8, up to 24 megapixels.

        Raises:
            DrawingError: The array has another shape or dtype, or is larger.
        """
        ink, scale, stages = read_photo(photo)
        return cls(ink=ink, scale=scale, stages=stages, photo=True)
