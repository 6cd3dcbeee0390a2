"""Strokes as an image in HTML, sharp at any size."""

import base64
import html
from collections.abc import Sequence

import numpy as np

from recognizer.drawings.arrays import Points
from recognizer.drawings.rasterize import fit

FILLED = 0.7  # of the image, the longer way
PEN = 6  # hundredths of the image's height


def strokes_svg(strokes: Sequence[Points], ink: str, aspect: float = 1.0) -> bytes:
    """Strokes in the middle of an image, 100 high and `aspect` times as wide."""
    width = 100 * aspect
    placed = fit(strokes, FILLED, (width, 100))
    lines = "".join(f'<polyline points="{_points(each)}"/>' for each in placed)
    style = f'fill="none" stroke="{ink}" stroke-width="{PEN}" stroke-linecap="round"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} 100" '
        f'width="{width:g}" height="100"><g {style} stroke-linejoin="round">{lines}</g></svg>'
    ).encode()


def image_tag(content: bytes, kind: str, alt: str, aspect: float = 1.0) -> str:
    """A drawing that comes with the page: many of `st.image` would be as many requests."""
    look = f'class="drawing" style="aspect-ratio: {aspect:g}"'
    return f'<img {look} src="{data_url(content, kind)}" alt="{html.escape(alt)}">'


def data_url(content: bytes, kind: str) -> str:
    """An image as an address; `kind` is "png" or "svg+xml"."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _points(stroke: Points) -> str:
    """The points of a stroke, to a tenth; a dot is a line that ends where it starts."""
    points = stroke.round(1)
    moved = points[1:][(np.diff(points, axis=0) != 0).any(axis=1)]
    return " ".join(f"{x:g},{y:g}" for x, y in (points[0], *(moved if len(moved) else points[:1])))
