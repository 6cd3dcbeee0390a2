"""Which pen drawings there are."""

from pathlib import Path

import pytest

from recognizer.datasets import unipen_record
from recognizer.datasets.pen_files import (
    drawings_at_hand,
    fetch_drawings,
    find_drawings,
    why_no_drawings,
)
from recognizer.datasets.strokes import pack, save_strokes
from recognizer.errors import MissingDatasetError
from tests.stroke_data import HANDS


@pytest.fixture(autouse=True)
def none_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    monkeypatch.delenv("PEN_OTHERS", raising=False)
    monkeypatch.setenv("UNIPEN_DIR", str(tmp_path / "cache"))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    digits, others = tmp_path / "digits.npz", tmp_path / "others.npz"
    save_strokes(digits, pack(HANDS[:2], [0, 1], ["abc-1", "def-1"]))
    save_strokes(others, pack(HANDS[:2], ["A", "?"], ["abc-1", "def-1"]))
    return digits, others


def test_files_are_found_by_name_or_environment_variable(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_drawings() is None
    assert not drawings_at_hand()
    assert "UNIPEN_ARCHIVE" in why_no_drawings()
    digits, others = files
    alone = find_drawings(digits)
    assert alone is not None
    assert (len(alone.digits), len(alone.non_digits)) == (2, 0)
    monkeypatch.setenv("PEN_DIGITS", str(digits))
    monkeypatch.setenv("PEN_OTHERS", str(others))
    both = find_drawings()
    assert both is not None
    assert both.of(["abc"]).non_digits.labels.tolist() == ["A"]
    assert drawings_at_hand()
    assert why_no_drawings() == ""
    fetch_drawings(pytest.fail)  # nothing is fetched


def test_what_was_fetched_before_is_found(files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    for file, name in zip(files, (unipen_record.DIGITS, unipen_record.OTHERS), strict=True):
        file.rename(tmp_path / "cache" / name)
    found = find_drawings()
    assert found is not None
    assert found.non_digits.labels.tolist() == ["A", "?"]
    others = tmp_path / "mine.npz"
    save_strokes(others, pack(HANDS[:1], ["B"], ["abc-1"]))
    mine = find_drawings(None, others)
    assert mine is not None
    assert mine.non_digits.labels.tolist() == ["B"]
    assert drawings_at_hand()
    assert why_no_drawings() == ""


def test_a_named_file_that_is_not_there_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEN_DIGITS", "/no/such/file.npz")
    assert not drawings_at_hand()
    assert "/no/such/file.npz, which does not exist" in why_no_drawings()
    with pytest.raises(MissingDatasetError, match="does not exist"):
        fetch_drawings(pytest.fail)  # nothing is fetched in its place
