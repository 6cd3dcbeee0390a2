"""Damaged files of drawings: refused, and nothing added."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer import Collection
from recognizer.collection.tables import drawings
from recognizer.datasets.strokes import save_strokes
from recognizer.errors import DamagedDatasetError, MissingDatasetError
from tests.collection.samples import LINE, rows
from tests.stroke_data import digits

FORMS = pytest.mark.parametrize("ending", [".npz", ".ndjson"])


def text(third: str) -> Callable[[Path], Path]:
    """A file whose third line is this; the first two are good."""

    def create(folder: Path) -> Path:
        path = folder / "a.ndjson"
        other = LINE | {"contributor": "b"}
        path.write_text(f"{json.dumps(LINE)}\n{json.dumps(other)}\n{third}\n", encoding="utf-8")
        return path

    return create


def line(**changes: Any) -> Callable[[Path], Path]:
    return text(json.dumps(LINE | changes))


def npz(**changes: Any) -> Callable[[Path], Path]:
    """A file of drawings with other arrays in it; None: without that one."""

    def create(folder: Path) -> Path:
        save_strokes(folder / "a.npz", digits(["tos"]))
        with np.load(folder / "a.npz") as archive:
            arrays = {name: archive[name] for name in archive} | changes
        np.savez(folder / "a.npz", **{k: v for k, v in arrays.items() if v is not None})
        return folder / "a.npz"

    return create


def cut(folder: Path) -> Path:
    path = npz()(folder)
    path.write_bytes(path.read_bytes()[:-200])
    return path


def bytes_(content: bytes, name: str = "a.ndjson") -> Callable[[Path], Path]:
    def create(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return create


DAMAGES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no JSON": (text('{"word": "3", "drawing": [[[1'), "line 3"),
    "no object": (text("[1, 2]"), "line 3"),
    "no word": (text('{"drawing": [[[1], [2]]]}'), "line 3"),
    "no drawing": (text('{"word": "3"}'), "line 3"),
    "nothing drawn": (line(drawing=[]), "line 3"),
    "no points": (line(drawing=[[[], []]]), "line 3"),
    "no strokes": (line(drawing=7), "line 3"),
    "null": (line(drawing=None), "line 3"),
    "no number": (line(drawing=[[[1, "x"], [2, 3]]]), "line 3"),
    "not finite": (line(drawing=[[[1, float("nan")], [2, 3]]]), "line 3"),
    "infinite": (line(drawing=[[[1, float("inf")], [2, 3]]]), "line 3"),
    "ragged": (line(drawing=[[[1, 2], [3]]]), "line 3"),
    "one row": (line(drawing=[[[1, 2]]]), "line 3"),
    "too deep": (line(drawing=[[[[1], [2]], [[3], [4]]]]), "line 3"),
    "much too deep": (text("[" * 100_000), "line 3"),
    "huge number": (line(drawing=[[[1, 10**400], [2, 3]]]), "line 3"),
    "endless number": (text('{"word": "3", "drawing": [[[' + "9" * 9999 + "], [1]]]}"), "line 3"),
    "no text": (bytes_(b"\xff\xfe\x00"), "cannot be read"),
    "truncated": (cut, "truncated"),
    "no archive": (bytes_(b"hello", "a.npz"), "no npz archive"),
    "nothing": (bytes_(b"", "a.npz"), "truncated"),
    "no writers": (npz(writer=None), "lacks writer"),
    "other lengths": (npz(label=np.zeros(3)), "do not match"),
    "not finite in npz": (npz(xy=np.full((99, 2), np.nan)), "not"),
    "text for points": (npz(xy=np.full((99, 2), "x")), "not a valid file"),
    "no offsets": (npz(stroke_offsets=np.zeros(0, int)), "not a valid file"),
    "fractions": (npz(label=np.arange(10) / 2), "its labels are float64"),
    "one label": (npz(label=np.array(3)), "not a valid file"),
    "other offsets": (npz(drawing_offsets=np.zeros((2, 2))), "not a valid file"),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_file_is_refused_and_nothing_added(
    empty: Collection, tmp_path: Path, what: str
) -> None:
    create, reason = DAMAGES[what]
    path = create(tmp_path)
    with pytest.raises(DamagedDatasetError, match=reason) as refused:
        empty.import_(path)
    assert str(path) in str(refused.value)
    assert rows(empty, drawings) == []


@FORMS
def test_a_missing_file_is_reported(empty: Collection, tmp_path: Path, ending: str) -> None:
    with pytest.raises(MissingDatasetError, match="no file"):
        empty.import_(tmp_path / f"nowhere{ending}")
