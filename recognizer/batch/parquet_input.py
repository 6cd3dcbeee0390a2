"""Parquet files with a column of strokes, or of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recognizer.batch.npz_input import FlatStrokes
from recognizer.batch.records import (
    Found,
    Shard,
    attempt,
    drawing_of,
    drawing_of_picture,
    file_identity,
    pieces,
)
from recognizer.datasets.npz import ADVICE
from recognizer.drawings.drawing import Drawing
from recognizer.errors import DamagedDatasetError

IDS = ("id", "key_id")  # columns that hold ids; the first of them that is there
COLUMNS = (
    "strokes (lists of strokes, each a list of points [x, y] or {x, y}), or of pictures (the bytes "
    "of a PNG, JPEG or WebP file, or {bytes, path})"
)


@dataclass(eq=False)
class Rows:
    """Rows of a Parquet file, as Arrow writes them to a stream; `first` is their position."""

    first: int
    column: str
    id_column: str | None
    content: bytes
    length: int
    photo: bool

    def __len__(self) -> int:
        return self.length

    def place(self, index: int) -> str:
        return str(self.first + index)

    def found(self, index: int) -> Found:
        id = self.place(index)
        if self.id_column and self._table[self.id_column][index].is_valid:
            id = str(self._table[self.id_column][index].as_py())
        return attempt(id, lambda: self._drawing(index))

    def _drawing(self, index: int) -> Drawing:
        if self._flat is not None:
            return drawing_of(self._flat.strokes(index))
        value = self._table[self.column][index].as_py()
        if isinstance(value, dict):
            value = value["bytes"]
        if value is None:
            raise ValueError("There is nothing in this row.")
        if isinstance(value, bytes):
            return drawing_of_picture(value, photo=self.photo)
        return drawing_of(map(_stroke, value))

    @cached_property
    def _table(self) -> pa.RecordBatch:
        return pa.ipc.open_stream(self.content).read_next_batch()

    @cached_property
    def _flat(self) -> FlatStrokes | None:
        """All strokes at once, where every row is as it should be: much sooner than one by one."""
        return flat_strokes(self._table[self.column])


def _stroke(stroke: Any) -> Any:
    """A stroke as [[x, y], …]; None has no points."""
    if isinstance(stroke, dict):  # {"x": […], "y": […]}
        return list(zip(stroke["x"], stroke["y"], strict=True))
    return [(p["x"], p["y"]) if isinstance(p, dict) else p for p in stroke or ()]


def flat_strokes(drawings: pa.Array) -> FlatStrokes | None:
    """The strokes of a column as flat arrays; None unless all of them are plain points."""
    if not (_is_list(drawings.type) and _is_list(drawings.type.value_type)):
        return None
    strokes = drawings.flatten()
    points = strokes.flatten()
    if drawings.null_count or strokes.null_count or points.null_count:
        return None
    xy = _points(points)
    if xy is None:
        return None
    return FlatStrokes(0, xy, _offsets(strokes), _offsets(drawings))


def _offsets(lists: pa.Array) -> NDArray[np.integer]:
    offsets: NDArray[np.integer] = lists.offsets.to_numpy()
    return offsets - offsets[0]


def _points(points: pa.Array) -> NDArray[np.float64] | None:
    """Points [x, y] or {x, y} as (n, 2); None if there are others."""
    if pa.types.is_struct(points.type):
        sides = [points.field(name) for name in ("x", "y")]
        if any(side.null_count for side in sides):
            return None
        return np.stack([side.to_numpy(zero_copy_only=False) for side in sides], axis=1)
    if not pa.types.is_fixed_size_list(points.type) and (np.diff(_offsets(points)) != 2).any():
        return None
    numbers = points.flatten()
    if numbers.null_count or len(numbers) != 2 * len(points):
        return None
    return numbers.to_numpy(zero_copy_only=False).reshape(-1, 2)


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind)


@dataclass(frozen=True)
class ParquetInput:
    """A Parquet file, or all of those in a folder, in the order of their names."""

    path: Path
    files: tuple[Path, ...]
    column: str
    id_column: str | None
    pictures: bool
    photo: bool = False

    @classmethod
    def of(cls, path: Path, files: list[Path], *, photo: bool = False) -> ParquetInput:
        """Find the columns.

        Raises:
            DamagedDatasetError: There is none to read, or a file is not Parquet.
        """
        schema = _opened(files[0]).schema_arrow
        strokes = [field.name for field in schema if _are_strokes(field.type)]
        pictures = [field.name for field in schema if _are_pictures(field.type)]
        if not strokes + pictures:
            raise DamagedDatasetError(f"{files[0]} has no column of {COLUMNS}.")
        ids = [name for name in IDS if name in schema.names]
        name = (strokes + pictures)[0]
        return cls(path, tuple(files), name, ids[0] if ids else None, not strokes, photo)

    @property
    def shard_size(self) -> int:
        return 500 if self.pictures else 5000

    def identity(self) -> dict[str, Any]:
        stats = (file.stat() for file in self.files)
        return file_identity(stats, self.path) | {"column": self.column}

    def total(self) -> int:
        return sum(_opened(file).metadata.num_rows for file in self.files)

    def shards(self, size: int) -> Iterator[Shard]:
        numbers, first = count(), 0
        columns = [self.column, *([self.id_column] if self.id_column else [])]
        for file in self.files:
            for batch in _batches(file, columns, size):
                for part in pieces(batch.num_rows, batch.nbytes):
                    rows = batch.slice(part.start, part.stop - part.start)
                    load = lambda rows=rows, first=first: self._rows(rows, first)  # noqa: E731
                    yield Shard(next(numbers), load)
                    first += rows.num_rows

    def _rows(self, rows: pa.RecordBatch, first: int) -> Rows:
        stream = pa.BufferOutputStream()
        with pa.ipc.new_stream(stream, rows.schema) as writer:
            writer.write_batch(rows)
        content = stream.getvalue().to_pybytes()
        return Rows(first, self.column, self.id_column, content, rows.num_rows, self.photo)


def _opened(file: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise DamagedDatasetError(f"{file} is no Parquet file ({error}). {ADVICE}") from error


def _batches(file: Path, columns: list[str], size: int) -> Iterator[pa.RecordBatch]:
    opened = _opened(file)
    if missing := set(columns) - set(opened.schema_arrow.names):
        raise DamagedDatasetError(f"{file} lacks the column {', '.join(missing)}.")
    try:
        with opened:
            yield from opened.iter_batches(size, columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise DamagedDatasetError(f"{file} is damaged ({error}). {ADVICE}") from error


def _are_strokes(kind: pa.DataType) -> bool:
    if not _is_list(kind):
        return False
    stroke = kind.value_type
    if pa.types.is_struct(stroke):
        return {"x", "y"} <= set(stroke.names)
    point = stroke.value_type if _is_list(stroke) else None
    if point is None:
        return False
    if pa.types.is_struct(point):
        return {"x", "y"} <= set(point.names)
    return _is_list(point) or pa.types.is_fixed_size_list(point)


def _are_pictures(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind) and "bytes" in kind.names:
        kind = kind.field("bytes").type
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
