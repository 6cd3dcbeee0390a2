"""npz files of drawings or of images, read a little at a time from their beginning."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.batch.records import (
    MOST_POINTS,
    SHARD_BYTES,
    TOO_MANY_POINTS,
    Found,
    Records,
    Shard,
    Unreadable,
    attempt,
    drawing_of,
    file_identity,
    read_shard,
    split,
)
from recognizer.datasets.npz import ADVICE
from recognizer.drawings.drawing import Drawing
from recognizer.errors import DamagedDatasetError, MissingDatasetError

STROKES = ("xy", "stroke_offsets", "drawing_offsets")
IMAGES = ("images", "x_test")  # the first of them that is there
PIECE = 2**20  # bytes that are read at once while skipping


@dataclass(frozen=True, eq=False)
class FlatStrokes:
    """Drawings in flat arrays, as in datasets/strokes.py; `first` is the position of the first."""

    first: int
    xy: NDArray[np.floating]
    stroke_offsets: NDArray[np.integer]
    drawing_offsets: NDArray[np.integer]

    def __len__(self) -> int:
        return len(self.drawing_offsets) - 1

    def place(self, index: int) -> str:
        return str(self.first + index)

    def found(self, index: int) -> Found:
        return attempt(self.place(index), lambda: drawing_of(self.strokes(index)))

    def strokes(self, index: int) -> list[NDArray[np.floating]]:
        first, last = self.drawing_offsets[index : index + 2]
        return [self.xy[a:b] for a, b in pairwise(self.stroke_offsets[first : last + 1].tolist())]


@dataclass(frozen=True, eq=False)
class Images:
    """Images (n, height, width) uint8; `first` is the position of the first."""

    first: int
    images: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.images)

    def place(self, index: int) -> str:
        return str(self.first + index)

    def found(self, index: int) -> Found:
        return attempt(self.place(index), lambda: Drawing.from_image(self.images[index]))


@dataclass(frozen=True)
class NpzInput:
    """A file of drawings (see datasets/strokes.py; no labels needed), or of images."""

    path: Path
    shard_size: int = 5000

    def identity(self) -> dict[str, Any]:
        return file_identity([self.path.stat()], self.path)

    def total(self) -> int:
        """How many drawings or images there are.

        Raises:
            DamagedDatasetError: It holds neither.
        """
        with self._archive() as archive:
            name = self._array(archive)
            length = Array(archive, name).shape[0]
            return max(length - 1, 0) if name == STROKES[2] else length

    def shards(self, size: int) -> Iterator[Shard]:
        numbers = count()
        with self._archive() as archive:
            name = self._array(archive)
            every = self._images(archive, name, size)
            if name == STROKES[2]:
                xy, strokes, drawings = (Array(archive, each) for each in STROKES)
                every = _drawings(xy, strokes, drawings, size)
            for records in every:
                yield read_shard(next(numbers), records)

    @contextmanager
    def _archive(self) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                yield archive
        except FileNotFoundError as error:
            raise MissingDatasetError(f"There is no file {self.path}. Check its name.") from error
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            ValueError,
            RuntimeError,
        ) as error:
            raise DamagedDatasetError(
                f"{self.path} is truncated or damaged ({error}). {ADVICE}"
            ) from error

    def _array(self, archive: zipfile.ZipFile) -> str:
        """The name of the array that has an entry for each record."""
        names = {name.removesuffix(".npy") for name in archive.namelist()}
        if names.issuperset(STROKES):
            return STROKES[2]
        for name in IMAGES:
            if name in names:
                return name
        raise DamagedDatasetError(
            f"{self.path} holds neither drawings ({', '.join(STROKES)}) nor images "
            f"({' or '.join(IMAGES)}). {ADVICE}"
        )

    def _images(self, archive: zipfile.ZipFile, name: str, size: int) -> Iterator[Records]:
        images = Array(archive, name)
        if len(images.shape) != 3 or images.dtype != np.uint8:
            raise ValueError(f"{name} is {images.shape} {images.dtype}, not (n, h, w) uint8")
        room = max(SHARD_BYTES // max(images.row_bytes, 1), 1)
        step, total = min(size, room), images.shape[0]
        for first in range(0, total, step):
            yield Images(first, images.take(min(step, total - first)))


class Array:
    """An array in an npz file, read row by row from its beginning; raises ValueError."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._file = archive.open(f"{name}.npy")
        version = np.lib.format.read_magic(self._file)
        read = np.lib.format.read_array_header_1_0
        if version != (1, 0):
            read = np.lib.format.read_array_header_2_0
        self.shape, by_columns, self.dtype = read(self._file)
        if self.dtype.hasobject or not self.shape or (by_columns and len(self.shape) > 1):
            raise ValueError(f"{name} is no array of numbers, row by row")
        self.row_bytes = int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize

    def take(self, rows: int) -> NDArray[Any]:
        """The next rows."""
        content = self._file.read(rows * self.row_bytes)
        if len(content) != rows * self.row_bytes:
            raise ValueError("an array ends too early")
        return np.frombuffer(content, self.dtype).reshape(rows, *self.shape[1:])

    def skip(self, rows: int) -> None:
        """Leave rows out, whatever their number, without holding them."""
        left = rows * self.row_bytes
        while left > 0:
            got = len(self._file.read(min(left, PIECE)))
            if not got:
                raise ValueError("an array ends too early")
            left -= got


class Offsets:
    """An array of offsets that is read a little at a time: 0 first, and never decreasing."""

    def __init__(self, array: Array, name: str) -> None:
        self._array, self._name = array, name
        if len(array.shape) != 1 or not np.issubdtype(array.dtype, np.integer):
            raise ValueError(f"{name} is no array of whole numbers")
        self.rows = array.shape[0] - 1
        self._last = int(array.take(1)[0]) if array.shape[0] else -1
        if self._last != 0:
            raise ValueError(f"{name} does not begin with 0")

    def sizes(self, rows: int) -> NDArray[np.int64]:
        """How large the next parts are."""
        ends = self._array.take(rows).astype(np.int64)
        sizes = np.diff(ends, prepend=self._last)
        if rows and sizes.min() < 0:
            raise ValueError(f"{self._name} decreases")
        self._last = int(ends[-1]) if rows else self._last
        return sizes

    def skipped(self, rows: int) -> int:
        """How large the next parts are together, which may be too many to hold."""
        before = self._last
        self._array.skip(rows - 1)
        self.sizes(1)
        return self._last - before


def _drawings(xy: Array, strokes: Array, drawings: Array, size: int) -> Iterator[Records]:
    if xy.shape[1:] != (2,) or xy.dtype.kind not in "fiu":
        raise ValueError(f"xy is {xy.shape} {xy.dtype}, not (n, 2) of numbers")
    by_drawing, by_stroke = (
        Offsets(drawings, "drawing_offsets"),
        Offsets(strokes, "stroke_offsets"),
    )
    for first in range(0, by_drawing.rows, size):
        counts = by_drawing.sizes(min(size, by_drawing.rows - first))
        for part in split(counts, SHARD_BYTES // 8):
            yield from _some(first + part.start, counts[part], by_stroke, xy)


def _some(
    first: int, counts: NDArray[np.int64], by_stroke: Offsets, xy: Array
) -> Iterator[Records]:
    """The next drawings, which have so many strokes each."""
    if counts[0] > MOST_POINTS and len(counts) == 1:
        xy.skip(by_stroke.skipped(int(counts[0])))
        yield Unreadable(str(first), TOO_MANY_POINTS)
        return
    lengths = by_stroke.sizes(int(counts.sum()))
    ends = np.concatenate([[0], np.cumsum(counts)])
    points = np.diff(np.concatenate([[0], np.cumsum(lengths)])[ends])
    for part in split(points, SHARD_BYTES // max(xy.row_bytes, 1)):
        total = int(points[part].sum())
        if part.stop - part.start == 1 and total > MOST_POINTS:
            xy.skip(total)
            yield Unreadable(str(first + part.start), TOO_MANY_POINTS)
            continue
        stroke_offsets = np.concatenate(
            [[0], np.cumsum(lengths[ends[part.start] : ends[part.stop]])]
        )
        drawing_offsets = ends[part.start : part.stop + 1] - ends[part.start]
        yield FlatStrokes(first + part.start, xy.take(total), stroke_offsets, drawing_offsets)
