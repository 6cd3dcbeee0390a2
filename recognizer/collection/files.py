"""Kept drawings as files: the npz that a training takes, and ndjson in the form of Quick, Draw!.

An npz file of drawings has digits or other characters, so what is not a digit goes into another
one beside it (NAME-others.npz). A line of ndjson is an object with key_id, word ("0" to "9", or
"not a digit"), countrycode, timestamp, recognized, and drawing: [[[x, …], [y, …]], …]
(https://github.com/googlecreativelab/quickdraw-dataset). Neither form can hold a picture.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sqlalchemy import Connection, insert, select

from recognizer.collection.records import KeptDrawing, Origin
from recognizer.collection.tables import (
    ACCEPTED,
    NOT_A_DIGIT,
    PENDING,
    drawings,
    labels,
    reviews,
)
from recognizer.collection.writing import parts, row_of
from recognizer.datasets.quick_draw import strokes_of
from recognizer.datasets.strokes import StrokeDataset, load_strokes, pack, save_strokes
from recognizer.drawings.arrays import Points
from recognizer.drawings.drawing import Drawing
from recognizer.errors import (
    DamagedDatasetError,
    DiskError,
    LimitError,
    MissingDatasetError,
    TooLargeError,
)

Row = dict[str, Any]  # of the table `drawings`, with `value`: its label
NO_DIGIT = "not a digit"  # the word for it, and its label in a file of other characters
DIGITS = tuple("0123456789")
UNKNOWN = "unknown"  # who drew what names nobody
_NOT_A_DRAWING = (
    *(ValueError, TypeError, KeyError, AttributeError),
    *(OverflowError, RecursionError),
)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # in a name


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Attributes:
        paths: The files.
        drawings: How many are in them.
        left_out: How many pictures are not.
    """

    paths: tuple[Path, ...]
    drawings: int
    left_out: int = 0


@dataclass(frozen=True)
class Imported:
    """What an import added; how many were there already, and how many are too large to keep."""

    added: int
    known: int = 0
    refused: int = 0


@dataclass(frozen=True, eq=False)
class Labeled:
    """A drawing in a file."""

    drawing: Drawing | None = field(repr=False)  # None: it is too large
    value: int  # 0 to 9, or NOT_A_DIGIT
    contributor: str


def export(kept: Iterable[KeptDrawing], path: Path) -> Exported:
    """Write kept drawings; raises ValueError for another ending, DiskError if it fails."""
    check_ending(path)
    everything = list(kept)
    strokes = [each for each in everything if each.drawing.strokes]
    try:
        paths = _write_npz(strokes, path) if path.suffix == ".npz" else _write_ndjson(strokes, path)
    except OSError as error:
        raise DiskError(f"{path} cannot be written ({error}).") from error
    return Exported(paths, len(strokes), len(everything) - len(strokes))


def check_ending(path: Path) -> None:
    if path.suffix not in (".npz", ".ndjson"):
        raise ValueError(f"{path.name}: give a name that ends in .npz or .ndjson.")


def _write_npz(kept: list[KeptDrawing], path: Path) -> tuple[Path, ...]:
    digits = [each for each in kept if each.label is not None]
    rest = [each for each in kept if each.label is None]
    save_strokes(path, _packed(digits, [each.label for each in digits], np.uint8))
    if not rest:
        return (path,)
    others = path.with_name(f"{path.stem}-others.npz")
    save_strokes(others, _packed(rest, [NO_DIGIT] * len(rest), np.str_))
    return (path, others)


def _packed(kept: list[KeptDrawing], labels: list[Any], kind: type) -> StrokeDataset:
    strokes = [list(each.drawing.strokes) for each in kept]
    return pack(strokes, np.array(labels, dtype=kind), [each.contributor for each in kept])


def _write_ndjson(kept: list[KeptDrawing], path: Path) -> tuple[Path, ...]:
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(_line(each)) + "\n" for each in kept)
    part.replace(path)
    return (path,)


def _line(kept: KeptDrawing) -> dict[str, Any]:
    return {
        "key_id": kept.id,
        "word": NO_DIGIT if kept.label is None else str(kept.label),
        "countrycode": "",
        "timestamp": f"{datetime.fromtimestamp(kept.time, UTC):%Y-%m-%d %H:%M:%S.%f} UTC",
        "recognized": kept.read_as == kept.label,
        "contributor": kept.contributor,
        "drawing": [[_short(x), _short(y)] for x, y in (stroke.T for stroke in kept.strokes)],
    }


def _short(numbers: Points) -> list[float]:
    """Numbers with as many digits as single precision has."""
    return [float(str(number)) for number in numbers.astype(np.float32)]


def read(path: Path) -> list[Labeled]:
    """Read a file of drawings.

    Raises:
        ValueError: Its name ends otherwise.
        MissingDatasetError: There is no such file.
        DamagedDatasetError: It is not such a file; the message says where.
    """
    check_ending(path)
    return list(_read_npz(path) if path.suffix == ".npz" else _read_ndjson(path))


def _read_npz(path: Path) -> Iterator[Labeled]:
    try:
        dataset = load_strokes(path)
    except (TypeError, IndexError, ValueError) as error:  # arrays of other kinds
        raise DamagedDatasetError(f"{path} is not a valid file of drawings ({error}).") from error
    if dataset.labels.dtype.kind not in "uiUS":
        raise DamagedDatasetError(
            f"{path}: its labels are {dataset.labels.dtype}. Write digits as integers or texts."
        )
    for strokes, label, writer in zip(dataset, dataset.labels, dataset.writers, strict=True):
        yield Labeled(_drawing(strokes), _value(label), _name(writer))


def _drawing(strokes: Iterable[ArrayLike]) -> Drawing | None:
    """None where it is too large for a drawing; raises DrawingError where it is none."""
    with suppress(TooLargeError):
        return Drawing.from_strokes(strokes)
    return None


def _value(word: object) -> int:
    text = str(word).strip()
    return DIGITS.index(text) if text in DIGITS else NOT_A_DIGIT


def _name(text: object) -> str:
    """A name that can be stored."""
    return _UNSTORABLE.sub("?", str(text or UNKNOWN))[:64] or UNKNOWN


def _read_ndjson(path: Path) -> Iterator[Labeled]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError as error:
        raise MissingDatasetError(f"There is no file {path}. Check its name.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedDatasetError(f"{path} cannot be read ({error}).") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _parsed(json.loads(line))
            except _NOT_A_DRAWING as error:
                raise DamagedDatasetError(
                    f"{path}, line {number}, is not a drawing in the form of Quick, Draw! "
                    f"({error!r}). Nothing was imported."
                ) from error


def _parsed(line: dict[str, Any]) -> Labeled:
    drawing = _drawing(strokes_of(line))
    if drawing and not drawing.strokes:
        raise ValueError("nothing is drawn")
    contributor = line.get("contributor") or line.get("countrycode")
    return Labeled(drawing, _value(line["word"]), _name(contributor))


def prepare(found: Iterable[Labeled], origin: Origin) -> Iterator[Row]:
    """The rows of drawings, but for those that are too large to keep."""
    for each in found:
        if each.drawing is None:
            continue
        with suppress(LimitError):
            row = row_of(each.drawing, each.contributor, origin)
            yield {"id": secrets.token_hex(16), "value": each.value, **row}


def add_all(
    connection: Connection, rows: Iterable[Row], *, accepted: bool, by: str | None = None
) -> int:
    """Add drawings with their labels, but for those that their contributor has added before."""
    columns = (drawings.c.contributor, drawings.c.digest)
    there = {tuple(row) for row in connection.execute(select(*columns))}
    new: dict[tuple[str, str], Row] = {}
    for row in rows:
        new.setdefault((row["contributor"], row["digest"]), row)
    fresh = [row for key, row in new.items() if key not in there]
    _insert(connection, fresh, accepted, by)
    return len(fresh)


def _insert(connection: Connection, rows: list[Row], accepted: bool, by: str | None) -> None:
    """Add rows in one go, with what `add_labels` and `add_reviews` would add."""
    status = ACCEPTED if accepted else PENDING
    said, reviewed = [], []
    for row in rows:
        author = row["contributor"]
        said.append(_said(row, author, value=row["value"], kind="confirmed"))
        if accepted:
            reviewed.append(_said(row, by or author, status=status))
    for row in rows:
        row |= {"label": row.pop("value"), "status": status}
    for table, values in ((drawings, rows), (labels, said), (reviews, reviewed)):
        for part in parts(values):
            connection.execute(insert(table), part)


def _said(row: Row, by: str, **values: object) -> Row:
    return {"drawing_id": row["id"], "time": row["time"], "by": by, **values}
