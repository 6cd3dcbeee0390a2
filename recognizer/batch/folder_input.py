"""A folder of pictures: PNG, JPEG and WebP files, in it and in the folders below it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from recognizer.batch.records import (
    SHARD_BYTES,
    Found,
    Shard,
    attempt,
    drawing_of_picture,
    file_identity,
)
from recognizer.drawings.picture_files import ENDINGS, MEGABYTES

MOST = MEGABYTES * 2**20 + 1  # bytes of a file that are read: one too many for a larger one


@dataclass(frozen=True, eq=False)
class Pictures:
    """The files of pictures with their names in the folder; a text says why one is missing."""

    files: list[tuple[str, bytes | str]]
    photo: bool

    def __len__(self) -> int:
        return len(self.files)

    def place(self, index: int) -> str:
        return self.files[index][0]

    def found(self, index: int) -> Found:
        name, content = self.files[index]
        if isinstance(content, str):
            return Found(name, None, content)
        return attempt(name, lambda: drawing_of_picture(content, photo=self.photo))


@dataclass(frozen=True)
class FolderInput:
    """A folder of pictures, in the order of their names; the id is the path in the folder."""

    path: Path
    photo: bool = True
    shard_size: int = 500

    def identity(self) -> dict[str, Any]:
        return self._identity

    def total(self) -> int:
        return int(self._identity["files"])

    @cached_property
    def _identity(self) -> dict[str, Any]:
        """Found out once: there may be millions of files."""
        return file_identity((stat for _, stat in files_in(self.path)), self.path)

    def shards(self, size: int) -> Iterator[Shard]:
        numbers = count()
        names: list[str] = []
        room = SHARD_BYTES
        for name, stat in files_in(self.path):
            if names and (len(names) == size or stat.st_size > room):
                yield self._shard(next(numbers), names)
                names, room = [], SHARD_BYTES
            names.append(name)
            room -= stat.st_size
        if names:
            yield self._shard(next(numbers), names)

    def _shard(self, number: int, names: list[str]) -> Shard:
        return Shard(number, lambda: Pictures([*map(self._file, names)], self.photo))

    def _file(self, name: str) -> tuple[str, bytes | str]:
        try:
            with (self.path / name).open("rb") as file:
                return name, file.read(MOST)
        except OSError as error:
            return name, f"The file cannot be read ({error.strerror})."


def files_in(folder: Path, below: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """The pictures in a folder and below, each with its path from there; hidden ones are left out.

    The names in one folder at a time are held, as they are sorted.
    """
    with os.scandir(folder / below) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from files_in(folder, f"{below}{entry.name}/")
        elif entry.name.lower().endswith(ENDINGS) and entry.is_file():
            yield f"{below}{entry.name}", entry.stat()
