"""Drawings as bytes for the database, and the size from which on they are refused."""

from __future__ import annotations

import hashlib
import zlib
from itertools import accumulate

import cv2
import numpy as np

from recognizer.drawings.drawing import Drawing
from recognizer.errors import LimitError

# Larger than what anybody draws by hand; a drawing of UniPen has 9 strokes and 700 points at most.
MAX_STROKES = 500
MAX_POINTS = 20_000
MAX_PIXELS = 4_000_000
MAX_COORDINATE = 1e7  # of points, from 0; files of drawings have single precision
MAX_BYTES = 500_000  # as it is stored
_LEVEL = 1  # of zlib: the fastest; points are hard to compress


def check_size(drawing: Drawing) -> None:
    """Check that a drawing may be kept, before anything is done with it.

    Raises:
        LimitError: It has too many strokes, points or pixels, or is too far out.
    """
    points = sum(map(len, drawing.strokes[: MAX_STROKES + 1]))
    pixels = 0 if drawing.ink is None else drawing.ink.size
    for number, most, what in (
        (len(drawing.strokes), MAX_STROKES, "strokes"),
        (points, MAX_POINTS, "points"),
        (pixels, MAX_PIXELS, "pixels"),
    ):
        if number > most:
            raise LimitError(
                f"This drawing is too large to keep: it has more than {most:,} {what}."
            )
    if any(np.abs(stroke).max() > MAX_COORDINATE for stroke in drawing.strokes):
        raise LimitError(
            f"This drawing is too large to keep: it has coordinates over {MAX_COORDINATE:,.0f}."
        )


def to_bytes(drawing: Drawing) -> bytes:
    """The strokes, or the picture as PNG.

    Strokes: their number, the number of points of each (int32), then all points (float64), in
    little-endian order, compressed by zlib.

    Raises:
        LimitError: They are too many bytes.
    """
    if drawing.ink is not None:
        packed = cv2.imencode(".png", drawing.ink)[1].tobytes()
    else:
        packed = zlib.compress(_stroke_bytes(drawing, "<f8"), _LEVEL)
    if len(packed) > MAX_BYTES:
        raise LimitError(f"This drawing is too large to keep: more than {MAX_BYTES / 1e6} MB.")
    return packed


def _stroke_bytes(drawing: Drawing, kind: str) -> bytes:
    lengths = [len(stroke) for stroke in drawing.strokes]
    points = [stroke.astype(kind).tobytes() for stroke in drawing.strokes]
    return np.array([len(lengths), *lengths], dtype="<i4").tobytes() + b"".join(points)


def from_bytes(strokes: bytes | None, picture: bytes | None, pen_width: float) -> Drawing:
    """The drawing that was stored: exactly what was kept."""
    if strokes is None:
        ink = cv2.imdecode(np.frombuffer(picture or b"", dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
        return Drawing(pen_width=pen_width, ink=np.asarray(ink, dtype=np.uint8))
    content = zlib.decompress(strokes)
    count = int(np.frombuffer(content, "<i4", 1)[0])
    lengths = np.frombuffer(content, "<i4", count, 4)
    points = np.frombuffer(content, "<f8", offset=4 * (count + 1)).reshape(-1, 2).astype(float)
    parts = np.split(points, list(accumulate(lengths.tolist()))[:-1]) if count else []
    return Drawing(tuple(parts), pen_width)


def digest_of(drawing: Drawing) -> str:
    """SHA-256 of the strokes or the picture, without the pen, in 64 hexadecimal characters.

    Of strokes in single precision: files of drawings have no more.
    """
    if drawing.ink is None:
        return hashlib.sha256(_stroke_bytes(drawing, "<f4")).hexdigest()
    size = "×".join(map(str, drawing.ink.shape)).encode()
    return hashlib.sha256(size + drawing.ink.tobytes()).hexdigest()
