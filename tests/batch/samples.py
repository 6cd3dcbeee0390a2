"""Inputs of every kind with the same drawings in them, and records that misbehave."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from recognizer.batch.inputs import open_input
from recognizer.batch.records import Found, drawing_of
from recognizer.datasets.strokes import pack, save_strokes
from recognizer.drawings.arrays import Points
from recognizer.drawings.rasterize import paint, place
from tests.stroke_data import HANDS

Strokes = Sequence[Points]


def some_drawings(number: int) -> list[list[Points]]:
    """Digits, each a little different."""
    rng = np.random.default_rng(0)
    return [
        [stroke + rng.normal(0, 1, stroke.shape).round(2) for stroke in HANDS[each % 10]]
        for each in range(number)
    ]


def write_npz(path: Path, drawings: Sequence[Strokes]) -> Path:
    save_strokes(path, pack(drawings, [0] * len(drawings), ["x"] * len(drawings)))
    return path


def line(strokes: Strokes, **more: Any) -> str:
    return json.dumps(more | {"drawing": [np.asarray(s).T.tolist() for s in strokes]})


def write_lines(path: Path, lines: Sequence[str | bytes]) -> Path:
    packed = [each if isinstance(each, bytes) else each.encode() for each in lines]
    content = b"".join(each + b"\n" for each in packed)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def write_parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def picture(strokes: Strokes) -> bytes:
    """A PNG of a drawing, black on white."""
    file = io.BytesIO()
    Image.fromarray(paint(place(strokes, 0.7), 14)).save(file, "PNG")
    return file.getvalue()


def write_pictures(folder: Path, drawings: Sequence[Strokes]) -> Path:
    for number, strokes in enumerate(drawings):
        path = folder / f"{number % 3}" / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(strokes))
    return folder


def all_found(path: Path, size: int = 1000, photos: bool | None = None) -> list[Found]:
    """What is found in all records of an input."""
    shards = list(open_input(path, photos).shards(size))
    assert [shard.number for shard in shards] == list(range(len(shards)))
    every = [shard.load() for shard in shards]
    assert all(0 < len(records) <= size for records in every)
    return [records.found(index) for records in every for index in range(len(records))]


@dataclass(frozen=True)
class Deadly:
    """Records that end the process in which some of them are read."""

    length: int
    deadly: frozenset[int]

    def __len__(self) -> int:
        return self.length

    def place(self, index: int) -> str:
        return str(index)

    def found(self, index: int) -> Found:
        if index in self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return Found(str(index), drawing_of(HANDS[index % 10]))


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "recognizer.batch", *map(str, arguments)]


def run(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, **options
    )


def only_progress(printed: str) -> bool:
    """Whether nothing is on stderr but how far it is, which a slow machine reports."""
    return all(" drawings, " in each for each in printed.splitlines() if each)


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet"))
