"""A bad record becomes a row with its reason; all others are read."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.batch import lines_input, npz_input
from recognizer.batch.inputs import open_input
from recognizer.batch.lines_input import Lines
from recognizer.batch.records import MOST_POINTS
from recognizer.batch.worker import Worker
from tests.batch.samples import (
    all_found,
    line,
    picture,
    some_drawings,
    write_lines,
    write_npz,
    write_parquet,
)

GOOD = some_drawings(1)[0]
BAD_LINES: list[tuple[str | bytes, str]] = [
    ("{", "is not JSON"),
    (b"\xff\xfe\x00", "is not JSON"),
    ("[" * 100_000, "is not JSON"),
    ("[1, 2]", "not an object"),
    ("null", "not an object"),
    ("{}", 'no list "drawing"'),
    ('{"drawing": {"x": [1]}}', 'no list "drawing"'),
    ('{"drawing": []}', "no strokes"),
    ('{"drawing": [[[], []]]}', "no strokes"),
    ('{"drawing": [[[1, 2], [3]]]}', "as many x as y"),
    ('{"drawing": [[[1, 2]]]}', "as many x as y"),
    ('{"drawing": [1, 2]}', "as many x as y"),
    ('{"drawing": [[["a"], ["b"]]]}', "as many x as y"),
    ('{"drawing": [[[[1]], [[2]]]]}', "as many x as y"),
    ('{"drawing": [[[NaN, 1], [2, 3]]]}', "not a finite number"),
    ('{"drawing": [[[null, 1], [2, 3]]]}', "not a finite number"),
    ('{"drawing": [[[1e400, 1], [2, 3]]]}', "not a finite number"),
    (f'{{"drawing": [[[{"9" * 400}], [2]]]}}', "as many x as y"),
    ('{"drawing": [[[1e300, -1e300], [2, 3]]]}', "beyond"),
    (line([np.zeros((MOST_POINTS + 1, 2))]), "more than 100,000 points"),
    ('{"key_id": "\\ud800", "drawing": 1}', 'no list "drawing"'),
]


def test_bad_lines_become_rows(tmp_path: Path, worker: Worker) -> None:
    lines = [each for bad, _ in BAD_LINES for each in (bad, line(GOOD, key_id="good"))]
    (shard,) = open_input(write_lines(tmp_path / "a.ndjson", lines)).shards(1000)
    part = worker.read(shard.load())
    rows = pq.read_table(io.BytesIO(part.content)).to_pylist()
    assert len(rows) == len(lines)
    assert part.counts == {"failed": len(BAD_LINES), "digit": len(BAD_LINES)}
    for (bad, reason), row in zip(BAD_LINES, rows[::2], strict=True):
        assert (row["status"], row["digit"], row["confidence"]) == ("failed", None, None), bad
        assert reason in row["reason"]
        assert len(row["reason"]) <= 300
        assert row["probabilities"] is None
    assert all(row["digit"] == 0 and row["reason"] is None for row in rows[1::2])


def test_a_line_that_is_too_long_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_input, "LONGEST_LINE", 5000)
    long = line([np.zeros((20_000, 2))])
    path = write_lines(tmp_path / "a.ndjson", [long, "", line(GOOD), "   ", long, line(GOOD)])
    (shard,) = open_input(path).shards(100)
    records: Any = shard.load()
    assert max(map(len, records.lines)) == 5001
    assert [each.drawing is not None for each in all_found(path)] == [False, True, False, True]
    assert "longer than" in all_found(path)[0].reason


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@settings(max_examples=50)
@given(st.one_of(st.binary(max_size=40), json_values.map(lambda v: json.dumps(v).encode())))
def test_no_line_raises(content: bytes) -> None:
    found = Lines(0, [content]).found(0)
    assert found.reason or found.drawing


@settings(max_examples=50)
@given(json_values, st.none() | json_values)
def test_no_drawing_raises(value: Any, id: Any) -> None:
    content = json.dumps({"key_id": id, "drawing": [value, [[1, 2], [3, 4]]]}).encode()
    found = Lines(7, [content]).found(0)
    assert found.id == (str(id) if id is not None else "7") or isinstance(id, float)
    assert found.reason or found.drawing


def test_bad_drawings_of_an_npz_become_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz_input, "SHARD_BYTES", 2000)
    monkeypatch.setattr(npz_input, "MOST_POINTS", 300)
    drawings = [
        GOOD,
        [np.array([[0.0, np.nan]])],
        [],
        [np.zeros((400, 2))],  # too many points
        [np.zeros((1, 2))] * 500,  # too many strokes
        GOOD,
    ]
    found = all_found(write_npz(tmp_path / "a.npz", drawings), 4)
    assert [each.id for each in found] == list("012345")
    reasons = ["", "not a finite", "no strokes", "more than", "more than", ""]
    for each, reason in zip(found, reasons, strict=True):
        assert reason in each.reason
        assert bool(each.drawing) == (not reason)


def test_bad_rows_of_parquet_become_rows(tmp_path: Path) -> None:
    points = [stroke.tolist() for stroke in GOOD]
    strokes = [points, None, [], [None], [[[1.0]]], [[[1.0, None]]], [[[1.0, 2.0, 3.0]]], points]
    path = write_parquet(tmp_path / "a.parquet", strokes=strokes, id=[None, *"1234567"])
    found = all_found(path)
    assert [each.id for each in found] == list("01234567")
    assert [bool(each.drawing) for each in found] == [True, *[False] * 6, True]
    assert all(each.drawing or each.reason for each in found)


def test_bad_pictures_become_rows(tmp_path: Path, worker: Worker) -> None:
    good = picture(GOOD)
    contents = [good, None, b"", b"GIF89a", good[:100], good]
    write_parquet(tmp_path / "a.parquet", image=contents)
    (shard,) = open_input(tmp_path / "a.parquet").shards(100)
    assert worker.read(shard.load()).counts == {"failed": 4, "digit": 2}
    folder = tmp_path / "folder"
    folder.mkdir()
    for number, content in enumerate(contents):
        (folder / f"{number}.png").write_bytes(content or b"")
    (folder / "6.png").symlink_to(folder / "nowhere")
    (folder / "7.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * (21 * 2**20))
    found = all_found(folder)
    assert [each.id for each in found] == [f"{n}.png" for n in (0, 1, 2, 3, 4, 5, 7)]
    assert [bool(each.drawing) for each in found] == [True, *[False] * 4, True, False]
    assert "at most 20 MB" in found[-1].reason


def test_a_picture_that_goes_while_it_is_read_becomes_a_row(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(picture(GOOD))
    (shard,) = open_input(tmp_path).shards(100)
    (tmp_path / "a.png").unlink()
    records = shard.load()
    assert "No such file" in records.found(0).reason
    assert records.found(1).drawing
