"""Files of strokes: loaded, split by institution, saved."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer.datasets.strokes import (
    StrokeDataset,
    load_drawings,
    load_strokes,
    pack,
    save_strokes,
)
from recognizer.errors import DamagedDatasetError, MissingDatasetError


@pytest.fixture
def arrays() -> dict[str, Any]:
    return {
        "xy": np.arange(10, dtype=np.float32).reshape(5, 2),
        "stroke_offsets": np.array([0, 2, 3, 5], np.int32),
        "drawing_offsets": np.array([0, 2, 3], np.int32),
        "label": np.array([7, 1], np.uint8),
        "writer": np.array(["abc-001", "xyz-02"]),
    }


def test_a_file_of_strokes_is_loaded(arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "pen.npz", **arrays)
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
def test_offsets_that_do_not_fit_are_refused(
    arrays: dict[str, Any], tmp_path: Path, change: dict[str, Any]
) -> None:
    np.savez(tmp_path / "pen.npz", **(arrays | change))
    with pytest.raises(DamagedDatasetError, match="do not match"):
        load_strokes(tmp_path / "pen.npz")


def test_drawings_are_split_by_institution(arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "pen.npz", **arrays)
    drawings = load_strokes(tmp_path / "pen.npz")
    of_xyz, rest = drawings.of(["xyz"]), drawings.without(["xyz"])
    assert (of_xyz.labels.tolist(), rest.labels.tolist()) == ([1], [7])
    assert of_xyz.strokes(0)[0].tolist() == [[6, 7], [8, 9]]
    assert [len(stroke) for stroke in rest.strokes(0)] == [2, 1]
    assert len(drawings.of(["nowhere"])) == 0


def test_a_saved_file_loads_as_it_was(arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "pen.npz", **arrays)
    drawings = load_strokes(tmp_path / "pen.npz")
    save_strokes(tmp_path / "again.npz", drawings)
    again = load_strokes(tmp_path / "again.npz")
    for name in ("labels", "writers", "xy", "stroke_offsets", "drawing_offsets"):
        np.testing.assert_array_equal(getattr(again, name), getattr(drawings, name))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.npz", "pen.npz"]


def test_a_file_of_the_wrong_characters_is_refused(arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "letters.npz", **(arrays | {"label": np.array(["A", "?"])}))
    with pytest.raises(DamagedDatasetError, match="contains labels that are not digits"):
        load_drawings(tmp_path / "letters.npz")
    np.savez(tmp_path / "digits.npz", **arrays)
    with pytest.raises(DamagedDatasetError, match="contains digits"):
        load_drawings(tmp_path / "digits.npz", tmp_path / "digits.npz")
    with pytest.raises(MissingDatasetError, match="no file"):
        load_drawings(tmp_path / "nowhere.npz")


def test_a_digest_changes_with_the_strokes_and_the_label(arrays: dict[str, Any]) -> None:
    def digests(**change: Any) -> list[str]:
        names = ("label", "writer", "xy", "stroke_offsets", "drawing_offsets")
        return StrokeDataset(*((arrays | change)[name] for name in names)).digests()

    seven, one = digests()
    assert seven != one
    assert digests(writer=np.array(["other-1", "other-2"])) == [seven, one]
    relabeled = digests(label=np.array([7, 2], np.uint8))
    assert (relabeled[0], relabeled[1] != one) == (seven, True)
    moved = digests(xy=arrays["xy"] + np.array([[0, 0]] * 3 + [[0, 1]] * 2, np.float32))
    assert (moved[0], moved[1] != one) == (seven, True)


def test_no_drawing_is_a_valid_data_set() -> None:
    assert len(pack([], [], [])) == 0
