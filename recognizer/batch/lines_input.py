"""ndjson files of Quick, Draw!: a drawing in a line, raw or simplified; packed by gzip or not."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from itertools import count, islice
from pathlib import Path
from typing import Any

from recognizer.batch.records import (
    SHARD_BYTES,
    Found,
    Shard,
    attempt,
    drawing_of,
    file_identity,
    read_shard,
)
from recognizer.datasets.npz import ADVICE
from recognizer.datasets.quick_draw import strokes_of
from recognizer.errors import DamagedDatasetError

LONGEST_LINE = 4 * 2**20  # bytes; the rest of a longer line is left out
SAMPLE = 2000  # lines by which their number is estimated
PLACES = ("key_id", "id")  # where the id of a drawing is


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines of JSON; `first` is the position of the first."""

    first: int
    lines: list[bytes]

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, index: int) -> str:
        return str(self.first + index)

    def found(self, index: int) -> Found:
        place, line = self.place(index), self.lines[index]
        if len(line) > LONGEST_LINE:
            return Found(place, None, f"The line is longer than {LONGEST_LINE / 2**20:.0f} MB.")
        try:
            record = json.loads(line)
        except Exception as error:
            return Found(place, None, f"The line is not JSON ({type(error).__name__}: {error}).")
        if not isinstance(record, dict):
            return Found(place, None, "The line is not an object of JSON.")
        known = [record[name] for name in PLACES if record.get(name) is not None]
        return attempt(str(known[0]) if known else place, lambda: drawing_of(strokes_of(record)))


@dataclass(frozen=True)
class LinesInput:
    """A file with a drawing in each line; empty lines are left out."""

    path: Path
    shard_size: int = 5000

    def identity(self) -> dict[str, Any]:
        return file_identity([self.path.stat()], self.path)

    def total(self) -> int | None:
        """How many drawings there are, estimated from the first ones."""
        with self._opened() as (file, raw):
            lines = [len(line) for line in islice(_lines(file), SAMPLE)]
            if len(lines) < SAMPLE:
                return len(lines)
            read = raw.tell() if raw is not file else sum(lines)
        return round(self.path.stat().st_size / read * len(lines))

    def shards(self, size: int) -> Iterator[Shard]:
        numbers, first = count(), 0
        with self._opened() as (file, _):
            every = _lines(file)
            while lines := _some(every, size):
                yield read_shard(next(numbers), Lines(first, lines))
                first += len(lines)

    @contextmanager
    def _opened(self) -> Iterator[tuple[BufferedIOBase, BufferedIOBase]]:
        """The file, unpacked, and as it is on the disk."""
        try:
            with self.path.open("rb") as raw:
                if self.path.suffix != ".gz":
                    yield raw, raw
                    return
                with gzip.GzipFile(fileobj=raw) as file:
                    yield file, raw
        except (EOFError, zlib.error, OSError) as error:
            raise DamagedDatasetError(
                f"{self.path} cannot be read, or is damaged ({error}). {ADVICE}"
            ) from error


def _lines(file: BufferedIOBase) -> Iterator[bytes]:
    """The lines that are not empty; of one that is too long, a little more than is allowed."""
    while line := file.readline(LONGEST_LINE + 1):
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST_LINE + 1)
        if line.strip():
            yield line


def _some(lines: Iterator[bytes], size: int) -> list[bytes]:
    """The next lines: at most `size` of them, and not many more bytes than SHARD_BYTES."""
    taken: list[bytes] = []
    room = SHARD_BYTES
    while len(taken) < size and room > 0 and (line := next(lines, None)):
        taken.append(line)
        room -= len(line)
    return taken
