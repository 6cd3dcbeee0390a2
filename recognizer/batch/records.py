"""Raw records, as a reader takes them from the input, and the drawings that they become.

The process that reads the input parses nothing: it hands records on in shards, and a worker makes
drawings of them. A record that cannot be read becomes a reason, never an error.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recognizer.drawings.drawing import Drawing
from recognizer.drawings.picture_files import read_picture
from recognizer.drawings.rasterize import place
from recognizer.errors import RecognizerError

MOST_POINTS = 100_000  # of a drawing; one with more is not read
SHARD_BYTES = 16 * 2**20  # of raw records in a shard, whatever their number
SIZE = 0.5  # of the canvas that strokes are scaled to: their unit is not known
LONGEST = 300  # characters of a reason
NO_STROKES = "It has no strokes."
TOO_MANY_POINTS = f"It has more than {MOST_POINTS:,} points."


@dataclass(frozen=True, eq=False)
class Found:
    """What a record holds: a drawing, or else the reason why there is none."""

    id: str
    drawing: Drawing | None
    reason: str = ""


class Records(Protocol):
    """Some raw records; they can be pickled."""

    def __len__(self) -> int: ...

    def place(self, index: int) -> str:
        """The id of a record that has none: its position from 0, or its file's name."""

    def found(self, index: int) -> Found:
        """What the record at an index holds; never raises."""


@dataclass(frozen=True)
class Shard:
    """Some records of the input that are read in one go, into one file.

    Attributes:
        number: From 0, without gaps.
        load: Gives the records; called before the next shard is asked for, or never.
    """

    number: int
    load: Callable[[], Records]


def read_shard(number: int, records: Records) -> Shard:
    """A shard whose records have been read already."""
    return Shard(number, lambda: records)


class Source(Protocol):
    """An input that can be read from its beginning, in shards; it can be pickled.

    Attributes:
        shard_size: The usual number of records in a shard.
    """

    @property
    def shard_size(self) -> int: ...

    def identity(self) -> dict[str, Any]:
        """What is different if the input is another one: for JSON."""

    def total(self) -> int | None:
        """How many records there are, perhaps estimated; None if that is not known."""

    def shards(self, size: int) -> Iterator[Shard]:
        """All shards, with at most `size` records each; always the same ones.

        Raises:
            DatasetError: The input ends too early, or is damaged.
        """


@dataclass(frozen=True)
class Unreadable:
    """One record that is not even given to a worker."""

    id: str
    reason: str

    def __len__(self) -> int:
        return 1

    def place(self, _index: int) -> str:
        return self.id

    def found(self, _index: int) -> Found:
        return Found(self.id, None, self.reason)


def attempt(id: str, make: Callable[[], Drawing]) -> Found:
    """Make a drawing; whatever is wrong with it becomes the reason."""
    try:
        return Found(id, make())
    except Exception as error:
        return Found(id, None, reason_of(error))


def reason_of(error: Exception) -> str:
    """An error in a line of at most LONGEST characters."""
    known = isinstance(error, RecognizerError | ValueError) and str(error)
    words = str(error) if known else f"{type(error).__name__}: {error}"
    return " ".join(words.split())[:LONGEST]


def drawing_of(strokes: Iterable[ArrayLike]) -> Drawing:
    """Make a drawing of strokes, each (n, 2) in any unit, y down.

    They are scaled to SIZE of a canvas, as their unit, and so the width of the pen, is unknown.

    Raises:
        ValueError: There is no point, there are too many, or one is not finite or too far away.
    """
    drawing = Drawing.from_strokes(strokes)
    if not drawing.strokes:
        raise ValueError(NO_STROKES)
    if sum(map(len, drawing.strokes)) > MOST_POINTS:
        raise ValueError(TOO_MANY_POINTS)
    return replace(drawing, strokes=tuple(place(drawing.strokes, SIZE)))


def drawing_of_picture(content: bytes, *, photo: bool) -> Drawing:
    """Make a drawing of a picture's file: as a photograph of paper, or as clean pixels.

    Raises:
        PictureError: It is not a picture, or is broken or too large.
    """
    pixels = read_picture(content)
    return Drawing.from_photo(pixels) if photo else Drawing.from_image(pixels)


def split(sizes: NDArray[np.integer], most: int) -> Iterator[slice]:
    """Split items into runs whose sizes add up to at most `most`; a larger item is alone."""
    ends = np.cumsum(sizes, dtype=np.int64)
    start = 0
    while start < len(sizes):
        before = int(ends[start] - sizes[start])
        stop = max(int(np.searchsorted(ends, before + most, side="right")), start + 1)
        yield slice(start, stop)
        start = stop


def pieces(length: int, size_in_bytes: int) -> Iterator[slice]:
    """Split so many items, of so many bytes together, into equal runs of SHARD_BYTES or less."""
    step = math.ceil(length / max(math.ceil(size_in_bytes / SHARD_BYTES), 1))
    return (slice(start, min(start + step, length)) for start in range(0, length, max(step, 1)))


def file_identity(stats: Iterable[os.stat_result], path: Path) -> dict[str, Any]:
    """Tell files by their sizes in bytes and the times of their last changes, in nanoseconds."""
    files = size = modified = 0
    for stat in stats:
        files, size, modified = files + 1, size + stat.st_size, max(modified, stat.st_mtime_ns)
    return {"path": str(path), "files": files, "bytes": size, "modified": modified}
