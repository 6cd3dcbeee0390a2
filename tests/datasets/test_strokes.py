"""Files of pen drawings: loaded, divided by institution, saved."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer.datasets.strokes import (
    find_drawings,
    load_drawings,
    load_strokes,
    pack,
    save_strokes,
)
from recognizer.errors import DamagedDatasetError, MissingDatasetError


@pytest.fixture
def pen_arrays() -> dict[str, Any]:
    return {
        "xy": np.arange(10, dtype=np.float32).reshape(5, 2),
        "stroke_offsets": np.array([0, 2, 3, 5], np.int32),
        "drawing_offsets": np.array([0, 2, 3], np.int32),
        "label": np.array([7, 1], np.uint8),
        "writer": np.array(["abc-001", "xyz-02"]),
    }


def test_pen_drawings(pen_arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "pen.npz", **pen_arrays)
    drawings = load_strokes(tmp_path / "pen.npz")
    assert [[len(stroke) for stroke in strokes] for strokes in drawings] == [[2, 1], [2]]
    assert drawings.strokes(1)[0].tolist() == [[6, 7], [8, 9]]
    assert drawings.institutions.tolist() == ["abc", "xyz"]


@pytest.mark.parametrize(
    "change",
    [
        {"stroke_offsets": np.array([0, 2, 3, 9], np.int32)},
        {"drawing_offsets": np.array([0, 3, 2], np.int32)},
        {"label": np.array([7], np.uint8)},
        {"stroke_offsets": np.array([0, 2, 2, 5], np.int32)},  # a stroke without a point
        {"stroke_offsets": np.array([-1, 2, 3, 5], np.int32)},
        {"xy": np.full((5, 2), np.nan, np.float32)},
        {"xy": np.zeros(5, np.float32)},
    ],
)
def test_pen_drawings_that_do_not_fit(
    pen_arrays: dict[str, Any], tmp_path: Path, change: dict[str, Any]
) -> None:
    np.savez(tmp_path / "pen.npz", **(pen_arrays | change))
    with pytest.raises(DamagedDatasetError, match="do not fit"):
        load_strokes(tmp_path / "pen.npz")


def test_drawings_are_divided_by_institution(pen_arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "pen.npz", **pen_arrays)
    drawings = load_strokes(tmp_path / "pen.npz")
    mine, others = drawings.of(["xyz"]), drawings.without(["xyz"])
    assert (mine.labels.tolist(), others.labels.tolist()) == ([1], [7])
    assert mine.strokes(0)[0].tolist() == [[6, 7], [8, 9]]
    assert [len(stroke) for stroke in others.strokes(0)] == [2, 1]
    assert len(drawings.of(["nowhere"])) == 0


def test_what_is_saved_is_loaded(pen_arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "pen.npz", **pen_arrays)
    drawings = load_strokes(tmp_path / "pen.npz")
    save_strokes(tmp_path / "again.npz", drawings)
    again = load_strokes(tmp_path / "again.npz")
    for name in ("labels", "writers", "xy", "stroke_offsets", "drawing_offsets"):
        np.testing.assert_array_equal(getattr(again, name), getattr(drawings, name))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.npz", "pen.npz"]


def test_files_are_found_by_name_or_variable(
    pen_arrays: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    monkeypatch.delenv("PEN_OTHERS", raising=False)
    assert find_drawings() is None
    digits, others = tmp_path / "digits.npz", tmp_path / "others.npz"
    np.savez(digits, **pen_arrays)
    np.savez(others, **(pen_arrays | {"label": np.array(["A", "?"])}))
    alone = find_drawings(digits)
    assert alone is not None
    assert (len(alone.digits), len(alone.others)) == (2, 0)
    monkeypatch.setenv("PEN_DIGITS", str(digits))
    monkeypatch.setenv("PEN_OTHERS", str(others))
    both = find_drawings()
    assert both is not None
    assert both.others.labels.tolist() == ["A", "?"]
    assert both.of(["abc"]).others.labels.tolist() == ["A"]


def test_letters_are_not_taken_for_digits(pen_arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "others.npz", **(pen_arrays | {"label": np.array(["A", "?"])}))
    with pytest.raises(DamagedDatasetError, match="other characters than digits"):
        load_drawings(tmp_path / "others.npz")
    np.savez(tmp_path / "digits.npz", **pen_arrays)
    with pytest.raises(DamagedDatasetError, match="holds digits"):
        load_drawings(tmp_path / "digits.npz", tmp_path / "digits.npz")
    with pytest.raises(MissingDatasetError, match="no file"):
        load_drawings(tmp_path / "nowhere.npz")


def test_no_drawing_at_all_can_be_packed() -> None:
    assert len(pack([], [], [])) == 0
