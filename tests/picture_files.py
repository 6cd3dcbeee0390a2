"""Pictures as files, made for the tests."""

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from recognizer.drawings.rasterize import paint
from tests.digits import DIGITS

SIDE = 280  # pixels


def digit(number: int, pen_width: float = 14) -> NDArray[np.uint8]:
    """A digit, black on white: (280, 280) uint8."""
    return paint([np.array(stroke, float) for stroke in DIGITS[number]], pen_width, SIDE)


def encoded(picture: NDArray[Any] | Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """A picture as a file."""
    content = BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(content, kind, **options)
    return content.getvalue()


def turned(orientation: int) -> Image.Exif:
    """What a camera writes into a file when it is turned."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif
