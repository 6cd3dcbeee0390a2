"""Kept drawings as files, and files of drawings that become kept ones; damaged ones are refused."""

import json
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizer import Collection, Drawing
from recognizer.collection import database, files, writing
from recognizer.collection.files import Imported
from recognizer.collection.tables import drawings, labels, reviews
from recognizer.datasets.strokes import StrokeDataset, load_drawings, pack, save_strokes
from recognizer.errors import DiskError
from tests.collection.samples import LINE, drawing, picture, reading, rows, same, write
from tests.stroke_data import HANDS, crosses, digits

FORMS = pytest.mark.parametrize("ending", [".npz", ".ndjson"])


def fill(collection: Collection) -> Collection:
    """Add ten accepted digits, a cross and a picture, and a drawing that nobody has reviewed."""
    for number in range(10):
        collection.add(drawing(number), number, contributor=f"c{number}", accepted=True)
    collection.add(drawing(10), None, contributor="c10", accepted=True)
    collection.add(picture(), 1, contributor="c0", accepted=True)
    collection.add(drawing(11), 1, contributor="c0")
    return collection


@pytest.fixture
def filled(file_collection: Collection) -> Collection:
    return fill(file_collection)


# Exported


def test_an_npz_file_is_what_a_training_takes(filled: Collection, tmp_path: Path) -> None:
    exported = filled.export(tmp_path / "mine.npz")
    assert exported.paths == (tmp_path / "mine.npz", tmp_path / "mine-others.npz")
    assert (exported.drawings, exported.left_out) == (11, 1)
    found = load_drawings(*exported.paths)
    assert found.digits.labels.tolist() == list(range(10))
    assert found.digits.writers.tolist() == [f"c{number}" for number in range(10)]
    assert found.non_digits.labels.tolist() == ["not a digit"]
    for number, strokes in enumerate(found.digits):
        for one, other in zip(strokes, drawing(number).strokes, strict=True):
            np.testing.assert_array_equal(one, other.astype(np.float32))


def test_without_non_digits_it_is_one_file(collection: Collection, tmp_path: Path) -> None:
    collection.add(drawing(), 0, contributor="a", accepted=True)
    assert collection.export(tmp_path / "mine.npz").paths == (tmp_path / "mine.npz",)


def test_nothing_is_exported_as_an_empty_file(collection: Collection, tmp_path: Path) -> None:
    assert collection.export(tmp_path / "mine.npz").drawings == 0
    assert len(load_drawings(tmp_path / "mine.npz").digits) == 0
    collection.export(tmp_path / "mine.ndjson")
    assert (tmp_path / "mine.ndjson").read_text() == ""


def test_lines_are_in_the_form_of_quick_draw(collection: Collection, tmp_path: Path) -> None:
    strokes: list[list[list[float]]] = [[[1, 2], [3.5, 4.1]], [[5, 6]]]
    given = Drawing.from_strokes(strokes)
    id = collection.add(given, 7, contributor="a", reading=reading(7), accepted=True)
    collection.add(given, None, contributor="b", reading=reading(7), accepted=True)
    collection.export(tmp_path / "mine.ndjson")
    first, second = map(json.loads, (tmp_path / "mine.ndjson").read_text().splitlines())
    assert (first["key_id"], first["word"], first["recognized"]) == (id, "7", True)
    assert first["drawing"] == [[[1, 3.5], [2, 4.1]], [[5], [6]]]
    assert first["timestamp"].endswith(" UTC")
    assert (second["word"], second["recognized"]) == ("not a digit", False)


@FORMS
def test_other_endings_are_refused(empty: Collection, tmp_path: Path, ending: str) -> None:
    for use in (empty.export, empty.import_):
        with pytest.raises(ValueError, match=r"ends in \.npz or \.ndjson"):
            use(tmp_path / f"mine{ending}.csv")


@FORMS
def test_a_file_that_cannot_be_written_is_reported(
    filled: Collection, tmp_path: Path, ending: str
) -> None:
    with pytest.raises(DiskError, match="cannot be written"):
        filled.export(tmp_path / "nowhere" / f"mine{ending}")


@FORMS
def test_an_export_that_fails_leaves_the_file_as_it_was(
    filled: Collection, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"mine{ending}"
    filled.export(path)
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_line", fail)
    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(DiskError, match="No space left"):
        filled.export(path)
    assert path.read_bytes() == before


# Imported


@FORMS
def test_what_was_exported_is_imported_once(
    collection: Collection, empty: Collection, tmp_path: Path, ending: str
) -> None:
    filled = fill(collection)
    paths = filled.export(tmp_path / f"mine{ending}").paths
    found = [empty.import_(path, accepted=True) for path in paths]
    assert sum(each.added for each in found) == 11
    again = [each.import_(path) for path in paths for each in (empty, filled)]
    assert sum(each.added for each in again) == 0
    assert sum(each.known for each in again) == 22
    original, copies = (
        {each.contributor: each for each in collection.drawings() if each.picture is None}
        for collection in (filled, empty)
    )
    for name, copy in copies.items():
        assert (copy.label, copy.digest) == (original[name].label, original[name].digest)
        assert same(copy.drawing, original[name].drawing)  # its eighths fit in single precision


anything = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
numbers = st.floats(-1e6, 1e6)
points = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4)


@FORMS
@anything
@given(drawn=st.lists(st.lists(points, min_size=1, max_size=3), min_size=1, max_size=4))
def test_any_drawing_is_known_again(tmp_path: Path, ending: str, drawn: list[Any]) -> None:
    collection = Collection.open(f"sqlite:///{tmp_path / 'any.sqlite3'}")
    for strokes in drawn:
        collection.add(Drawing.from_strokes(strokes), 1, contributor="a", accepted=True)
    number = len(collection.drawings())
    assert collection.import_(*collection.export(tmp_path / f"any{ending}").paths) == Imported(
        0, number
    )


def test_imported_drawings_wait_for_a_review_unless_accepted(
    collection: Collection, tmp_path: Path
) -> None:
    save_strokes(tmp_path / "a.npz", digits(["tos"]))
    save_strokes(tmp_path / "b.npz", digits(["art"]))
    assert collection.import_(tmp_path / "a.npz") == Imported(10)
    assert collection.drawings() == []
    assert collection.import_(tmp_path / "b.npz", accepted=True) == Imported(10)
    assert {each.contributor for each in collection.drawings()} == {"art-1"}
    assert {row.source for row in rows(collection, drawings)} == {"import"}
    said = rows(collection, labels)
    assert sorted(each.value for each in said) == sorted([*range(10)] * 2)
    assert {each.by for each in said} == {"tos-1", "art-1"}
    assert {each.by for each in rows(collection, reviews)} == {"art-1"}
    save_strokes(tmp_path / "c.npz", digits(["cea"]))
    assert collection.import_(tmp_path / "c.npz", accepted=True, by="ada") == Imported(10)
    assert {each.by for each in rows(collection, reviews)} == {"art-1", "ada"}


def test_the_same_drawing_twice_in_a_file_is_added_once(
    collection: Collection, tmp_path: Path
) -> None:
    other = LINE | {"contributor": "b"}
    path = write(tmp_path / "a.ndjson", LINE, LINE, other, LINE | {"word": "5"})
    assert collection.import_(path) == Imported(2, 2)


def test_unipens_other_characters_are_not_digits(collection: Collection, tmp_path: Path) -> None:
    save_strokes(tmp_path / "a.npz", crosses(["tos", "art"]))
    assert collection.import_(tmp_path / "a.npz").added == 2
    assert [each.label for each in collection.drawings(accepted=False)] == [None, None]


def test_a_real_file_of_other_characters(
    pen_non_digits: StrokeDataset, collection: Collection, tmp_path: Path
) -> None:
    some = pen_non_digits.subset(np.arange(len(pen_non_digits)) % 10 == 0)
    save_strokes(tmp_path / "a.npz", some)
    imported = collection.import_(tmp_path / "a.npz")
    assert imported.added + imported.known == len(some) > 100
    assert {each.label for each in collection.drawings(accepted=False)} == {None}


def test_lines_of_quick_draw_itself(collection: Collection, tmp_path: Path) -> None:
    """Times as a third row, a country and no contributor, a word of their own, empty lines."""
    line = {
        "key_id": "5891796615823360",
        "word": "nose",
        "countrycode": "AE",
        "timestamp": "2017-03-01 20:41:36.70725 UTC",
        "recognized": True,
        "drawing": [[[129, 128, 129], [0, 10, 20], [0, 70, 100]]],
    }
    path = tmp_path / "a.ndjson"
    text = json.dumps(line | {"by": "a\u2028b"}, ensure_ascii=False)
    path.write_text(f"{text}\r\n\n{json.dumps(LINE | {'contributor': ''})}", encoding="utf-8")
    assert collection.import_(path) == Imported(2)
    kept = {each.label: each for each in collection.drawings(accepted=False)}
    assert kept[None].contributor == "AE"
    assert kept[None].strokes[0].tolist() == [[129, 0], [128, 10], [129, 20]]
    assert kept[3].contributor == "unknown"


def test_names_become_ones_that_can_be_kept(collection: Collection, tmp_path: Path) -> None:
    lines = [LINE | {"contributor": name} for name in ("a\0b", "\ud800", "x" * 99)]
    assert collection.import_(write(tmp_path / "a.ndjson", *lines)).added == 3
    names = {each.contributor for each in collection.drawings(accepted=False)}
    assert names == {"a?b", "?", "x" * 64}


def test_drawings_too_large_to_keep_are_counted(collection: Collection, tmp_path: Path) -> None:
    large = LINE | {"drawing": [[list(range(30_000)), list(range(30_000))]]}
    far = LINE | {"drawing": [[[0, 1e300], [0, 0]]]}
    path = write(tmp_path / "a.ndjson", large, LINE, far)
    assert collection.import_(path) == Imported(1, refused=2)
    assert len(rows(collection, drawings)) == 1


def test_a_long_import_keeps_nobody_waiting(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is read and its drawings are prepared before the database is locked."""
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    save_strokes(tmp_path / "a.npz", pack(HANDS, range(10), ["a"] * 10))
    prepared, added = Event(), Event()
    prepare = writing.row_of

    def row_of(*arguments: Any) -> dict[str, Any]:
        prepared.set()
        added.wait(10)
        return prepare(*arguments)

    monkeypatch.setattr("recognizer.collection.files.row_of", row_of)
    thread = Thread(target=collection.import_, args=[tmp_path / "a.npz"])
    thread.start()
    prepared.wait(10)
    collection.add(drawing(), 3, contributor="b")
    added.set()
    thread.join()
    assert len(rows(collection, drawings)) == 11
