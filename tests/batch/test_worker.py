"""A worker's table: the same readings as one by one, whatever the shard."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recognizer import Drawing, Recognizer
from recognizer.batch.inputs import open_input
from recognizer.batch.packed_model import PackedModel
from recognizer.batch.records import drawing_of
from recognizer.batch.worker import Part, Worker, joined
from recognizer.drawings.rasterize import place
from recognizer.errors import ModelError
from recognizer.models import registry
from tests.batch.samples import some_drawings, write_npz, write_pictures
from tests.numbers import side_by_side

DRAWN = [*some_drawings(140), [np.zeros((1, 2))]]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_npz(tmp_path_factory.mktemp("drawings") / "drawings.npz", DRAWN)


def rows_of(path: Path, worker: Worker, size: int) -> list[dict[str, object]]:
    parts = [worker.read(shard.load()) for shard in open_input(path).shards(size)]
    return pa.concat_tables([table(part) for part in parts]).to_pylist()


def table(part: Part) -> pa.Table:
    return pq.read_table(io.BytesIO(part.content))


def test_readings_are_those_of_one_by_one(
    path: Path, worker: Worker, recognizer: Recognizer
) -> None:
    rows = rows_of(path, worker, 1000)
    assert rows_of(path, worker, 13) == rows
    for index, (strokes, row) in enumerate(zip(DRAWN, rows, strict=True)):
        drawing = drawing_of([np.float32(stroke) for stroke in strokes])
        reading = recognizer.read(drawing)
        assert row["id"] == str(index)
        assert (row["digit"], row["status"]) == (reading.digit, reading.status)
        assert row["confidence"] == np.float32(reading.confidence)
        assert row["probabilities"] == reading.probabilities.tolist()
        assert (row["model"], row["digest"]) == (recognizer.name, recognizer.weights)
        assert row["reason"] is None
    assert (rows[-1]["status"], rows[-1]["digit"]) == ("blank", None)


def test_strokes_are_read_as_they_are_whatever_their_unit(recognizer: Recognizer) -> None:
    for strokes in DRAWN[:10]:
        expected = recognizer.read(Drawing.from_strokes(strokes)).probabilities
        for unit in (1e-6, 1.0, 1e6):
            ours = recognizer.read(drawing_of([stroke * unit for stroke in strokes]))
            np.testing.assert_allclose(ours.probabilities, expected, atol=0.02)


def test_numbers_are_read_with_their_alternatives(
    tmp_path: Path, model: PackedModel, recognizer: Recognizer
) -> None:
    drawings = [side_by_side("2047"), side_by_side("31"), [np.zeros((1, 2))]]
    rows = rows_of(write_npz(tmp_path / "n.npz", drawings), Worker(model.load(), numbers=True), 2)
    for row, strokes in zip(rows, drawings, strict=True):
        placed = place([stroke.astype(np.float32) for stroke in strokes], 0.5)
        reading = recognizer.read_number(Drawing.from_strokes(placed))
        assert (row["number"], row["status"]) == (reading.text or None, reading.status)
        assert row["confidence"] == np.float32(reading.confidence)
        assert row["alternatives"] == [
            {"number": text, "probability": np.float32(share)}
            for text, share in reading.alternatives
        ]
    assert [row["number"] for row in rows] == ["2047", "31", None]


def test_photographs_are_read_as_such(
    tmp_path: Path, worker: Worker, recognizer: Recognizer
) -> None:
    write_pictures(tmp_path, DRAWN[:4])
    assert [row["digit"] for row in rows_of(tmp_path, worker, 3)] == [0, 3, 1, 2]


def test_a_drawing_that_cannot_be_read_stops_no_other(
    path: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Recognizer.read_many

    def fragile(self: Recognizer, drawings: list[Drawing]) -> object:
        if any(len(drawing.strokes[0]) == 1 for drawing in drawings):
            raise RuntimeError("no such drawing was thought of")
        return original(self, drawings)

    monkeypatch.setattr(Recognizer, "read_many", fragile)
    rows = rows_of(path, worker, 1000)
    assert [row["status"] for row in rows].count("failed") == 1
    assert rows[-1]["reason"] == "RuntimeError: no such drawing was thought of"


def test_parts_are_joined_in_their_order(path: Path, worker: Worker) -> None:
    (shard,) = open_input(path).shards(1000)
    records = shard.load()
    both = joined([worker.read(records, each) for each in (range(50), range(50, len(records)))])
    whole = worker.read(records)
    assert both.counts == whole.counts
    assert table(both).to_pylist() == table(whole).to_pylist()


def test_a_packed_model_is_the_model_or_says_what_is_wrong(model_copy: Path) -> None:
    entry = registry.find_model("larger-cnn")
    packed = PackedModel.of(entry)
    assert packed.load().weights == Recognizer.load("larger-cnn").weights
    packed.files["model.tflite"] = b"no network"
    with pytest.raises(ModelError, match=r"model\.tflite"):
        packed.load()
    (model_copy / "report.json").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        PackedModel.of(entry)
