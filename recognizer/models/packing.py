"""A model's folder as bytes, for processes that cannot see it, such as those of a cluster."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

Files = dict[str, bytes]  # their contents by name; there are no folders in a model's folder


def pack(folder: Path, names: Iterable[str] | None = None) -> Files:
    """Take files of a folder, by default all; raises OSError."""
    wanted = sorted(path.name for path in folder.iterdir()) if names is None else names
    return {name: (folder / name).read_bytes() for name in wanted}


def unpack(files: Files, folder: Path) -> None:
    """Write files into a folder, which is made if it is missing; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
