"""What a model repeats while it learns: from drawings, or from its own folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import DrawingDataset
from recognizer.errors import ModelError
from recognizer.training import augmentation, replay
from tests.conftest import SHIPPED
from tests.training.sharpness import edges


@pytest.fixture(autouse=True)
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "SIZE", 768)


def test_the_drawings_of_a_folder_are_read_as_they_were_written(
    tmp_path: Path, drawings: DrawingDataset
) -> None:
    replay.write_replay(tmp_path, drawings)  # of syn to repeat, of tos to check
    training, checked = replay.read_replay(tmp_path)
    for part in (training, checked):
        assert part.labels.tolist() == [*range(10), 10]
        assert part.images.any(axis=(1, 2)).all()
    assert [path.name for path in tmp_path.iterdir()] == [replay.FILE]


def test_held_out_drawings_are_neither_repeated_nor_checked(
    tmp_path: Path, few: Mnist, drawings: DrawingDataset
) -> None:
    digits = drawings.digits
    held_out = np.isin(digits.institutions, ["art", "cea"])
    # Their digits alone are called 7, and those of tos 3.
    labels = np.where(held_out, 7, np.where(digits.institutions == "tos", 3, 1)).astype(np.uint8)
    relabeled = replace(drawings, digits=replace(digits, labels=labels))
    none = Mnist(replace(few.training, labels=few.training.labels * 0), few.validation, few.test)
    found = replay.gather(none, relabeled, tmp_path, seed=0)
    assert set(found.training.labels.tolist()) == {0, 1, 10}
    assert set(found.drawn.labels.tolist()) == {3, 10}
    replay.write_replay(tmp_path, relabeled)
    training, checked = replay.read_replay(tmp_path)
    assert set(training.labels.tolist()) == {1, 10}
    assert set(checked.labels.tolist()) == {3, 10}


def test_without_drawings_those_of_the_folder_are_repeated(
    tmp_path: Path, few: Mnist, drawings: DrawingDataset
) -> None:
    replay.write_replay(tmp_path, drawings)
    found = replay.gather(few, None, tmp_path, seed=0)
    assert len(found.training) == 768
    assert (found.training.labels == 10).sum() > 768 // 6  # synthetic ones, and those of the file
    assert found.mnist is few.validation


def test_half_of_what_is_repeated_is_blurred(
    tmp_path: Path, few: Mnist, drawings: DrawingDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay.write_replay(tmp_path, drawings)
    blurred = replay.gather(few, None, tmp_path, seed=0).training
    monkeypatch.setattr(augmentation, "BLURRED", 0)
    sharp = replay.gather(few, None, tmp_path, seed=0).training
    assert edges(blurred.images) < 0.85 * edges(sharp.images)


def test_without_drawings_the_digits_of_the_folder_are_checked_in_versions(
    tmp_path: Path, few: Mnist, drawings: DrawingDataset
) -> None:
    """A digit has some fifty of them there: one that is lost would be two of its hundredths."""
    replay.write_replay(tmp_path, drawings)
    once = replay.read_replay(tmp_path)[1]
    checked = replay.gather(few, None, tmp_path, seed=0).drawn
    assert np.bincount(checked.labels).tolist() == [replay.CHECKS] * 10 + [1]
    assert len(np.unique(checked.images[checked.labels == 3], axis=0)) == replay.CHECKS
    np.testing.assert_array_equal(checked.images[:10], once.images[:10])
    np.testing.assert_array_equal(checked.images[-1], once.images[-1])
    again = replay.gather(few, None, tmp_path, seed=1).drawn
    np.testing.assert_array_equal(again.images, checked.images)


def test_drawings_that_cannot_be_checked_are_not_repeated(
    tmp_path: Path, few: Mnist, drawings: DrawingDataset
) -> None:
    replay.write_replay(tmp_path, drawings)
    found = replay.gather(few, drawings.without(("tos",)), tmp_path, seed=0)
    alone = replay.gather(few, None, tmp_path, seed=0)
    np.testing.assert_array_equal(found.drawn.images, alone.drawn.images)


def test_without_any_drawings_there_is_mnist_and_synthetic_non_digits(
    tmp_path: Path, few: Mnist
) -> None:
    found = replay.gather(few, None, tmp_path, seed=0)
    assert set(found.training.labels.tolist()) == set(range(11))
    assert len(found.drawn) == 0


def test_a_damaged_file_is_named(tmp_path: Path, drawings: DrawingDataset) -> None:
    path = tmp_path / replay.FILE
    path.write_bytes(b"PK")
    with pytest.raises(ModelError, match=r"replay\.npz cannot be read"):
        replay.read_replay(tmp_path)
    images, labels = np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8)
    for odd in (
        {"images": images[:1], "labels": labels},
        {"images": images, "labels": labels + 11},
        {"images": images.astype(float), "labels": labels},
    ):
        with path.open("wb") as file:
            np.savez(file, **odd, to_check=np.zeros(2, bool))
        with pytest.raises(ModelError, match=r"the arrays in replay\.npz do not fit"):
            replay.read_replay(tmp_path)


def test_the_shipped_model_has_drawings_to_repeat() -> None:
    training, checked = replay.read_replay(SHIPPED / "robust-cnn")
    assert set(training.labels.tolist()) == set(checked.labels.tolist()) == set(range(11))
    assert (SHIPPED / "robust-cnn" / replay.FILE).stat().st_size < 1_000_000
