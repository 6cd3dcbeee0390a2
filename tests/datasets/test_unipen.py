"""The reader of UniPen's files, on a small collection written for these tests."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.datasets import unipen
from recognizer.datasets.strokes import load_strokes
from recognizer.datasets.unipen import Piece, read_pieces, read_sections, strokes_of
from tests.datasets.collection import collection


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return collection(tmp_path)


def test_the_characters_of_a_section_are_read(archive: Path) -> None:
    skipped: Counter[str] = Counter()
    found = list(read_sections(archive, ["1a"], skipped))
    assert [(c.label, c.writer) for c in found] == [
        ("7", "abc-1"),
        ("4", "abc-1"),
        ("1", "abc-1"),
        ("A", "abc-1"),
        ("6", "abc-1"),
        ("0", "abc-1"),
        ("8", "abc-2"),
    ]
    seven, four, one, _, six, zero, eight = (c.strokes for c in found)
    assert ([len(stroke) for stroke in six], len(zero)) == ([3, 2], 1)
    assert [s.tolist() for s in seven] == [[[10, -100], [20, -90], [30, -80]]]  # y downwards
    assert [len(stroke) for stroke in four] == [3, 2]  # the pen-up piece is no stroke
    assert [s.tolist() for s in one] == [[[20, -90], [30, -80]], [[40, -70]], [[60, -50]]]
    assert [s.tolist() for s in eight] == [[[50, -6]]]  # columns in another order
    assert skipped == {
        "no stroke": 1,
        "pieces that are not in the recording": 1,
        "no recording": 1,
        "no label of one character": 2,
    }


def test_the_command_writes_a_file_of_digits(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "digits.npz"
    assert unipen.main([str(archive), "-o", str(target)]) == 0
    drawings = load_strokes(target)
    assert drawings.labels.tolist() == [7, 4, 1, 6, 0, 8]
    assert drawings.labels.dtype == np.uint8
    assert drawings.institutions.tolist() == ["abc"] * 6
    said = capsys.readouterr().out
    assert "6 drawings of abc" in said
    assert "no recording: 1" in said


def test_the_command_writes_a_file_of_letters_and_signs(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "letters.npz"
    assert unipen.main([str(archive), "-o", str(target), "--others"]) == 0
    drawings = load_strokes(target)
    assert drawings.labels.tolist() == ["A", "A", "A"]
    assert drawings.writers.tolist() == ["abc-1"] * 3  # one recording, named by three sections


def test_a_folder_without_the_collection_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unipen.main([str(tmp_path), "-o", str(tmp_path / "x.npz")]) == 1
    assert "unpacked" in capsys.readouterr().err
    assert not (tmp_path / "x.npz").exists()


def test_a_file_that_cannot_be_written_is_reported(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unipen.main([str(archive), "-o", str(tmp_path / "no" / "folder" / "x.npz")]) == 1
    assert "unipen: " in capsys.readouterr().err


PIECES = tuple(
    Piece(down=number % 2 == 0, points=np.full((number + 1, 2), number, dtype=np.float32))
    for number in range(4)
)


@pytest.mark.parametrize("where", ["4", "0-9", "2:3", "2-1:2", "", "a", "1-2-3", "2:2-2:1", "-1"])
def test_missing_pieces_are_an_error(where: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        strokes_of(where, PIECES)


@given(st.text(alphabet="0123456789:-,", max_size=12))
def test_any_text_names_strokes_or_is_refused(where: str) -> None:
    try:
        strokes = strokes_of(where, PIECES)
    except (ValueError, IndexError):
        return
    assert all(len(stroke) and stroke[0, 0] % 2 == 0 for stroke in strokes)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unipen") / "x.dat"


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_any_text_can_be_read_as_a_recording(recording: Path, text: str) -> None:
    read_pieces.cache_clear()
    recording.write_text(".COORD X Y\n.PEN_DOWN\n1 2\n" + text, encoding="utf-8")
    assert len(read_pieces(recording)[0].points) >= 1
