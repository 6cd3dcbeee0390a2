"""The command that shows which drawn digits a model misclassifies."""

from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from recognizer.analysis import drawing_errors
from recognizer.datasets.strokes import save_strokes
from tests.stroke_data import digits


@pytest.fixture
def mislabeled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of digits; of each institution, the last three have the label of another digit."""
    known = digits(["art", "tos"])
    labels = known.labels.copy()
    labels[7:10] = labels[17:20] = [8, 9, 7]
    path = tmp_path / "digits.npz"
    save_strokes(path, replace(known, labels=labels))
    monkeypatch.setenv("PEN_DIGITS", str(path))
    monkeypatch.delenv("PEN_OTHERS", raising=False)
    return path


@pytest.mark.parametrize(("option", "writer"), [([], "art-1"), (["--validation"], "tos-1")])
def test_a_sheet_shows_every_error(
    mislabeled: Path, capsys: pytest.CaptureFixture[str], option: list[str], writer: str
) -> None:
    path = mislabeled.with_name("sheet.png")
    assert drawing_errors.main(["robust-cnn", "-o", str(path), *option]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines[:3]] == [
        "8 read as 7",
        "9 read as 8",
        "7 read as 9",
    ]
    assert all(line.endswith(f"by {writer}") for line in lines[:3])
    assert lines[3] == "3 of 10 misclassified"
    sheet = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert sheet is not None
    tiles = sheet.reshape(sheet.shape[0], drawing_errors.COLUMNS, -1).any(axis=(0, 2))
    assert tiles.sum() == 3


def test_missing_drawings_and_models_are_reported(
    mislabeled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = str(mislabeled.with_name("sheet.png"))
    assert drawing_errors.main(["no-such-model", "-o", output]) == 1
    assert "There is no model 'no-such-model'" in capsys.readouterr().err
    monkeypatch.delenv("PEN_DIGITS")
    assert drawing_errors.main(["-o", output]) == 1
    assert "PEN_DIGITS" in capsys.readouterr().err
