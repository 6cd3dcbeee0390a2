"""Archives of numbers: read, or refused with a message of their own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recognizer.datasets.npz import read_npz
from recognizer.errors import DamagedDatasetError, MissingDatasetError

NAMES = ("images", "labels")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "data.npz"
    images = np.random.default_rng(0).integers(0, 256, (6, 28, 28), dtype=np.uint8)
    np.savez(path, images=images, labels=np.arange(6))
    return path


def test_the_named_arrays_are_read(archive: Path) -> None:
    arrays = read_npz(archive, ("labels",))
    assert list(arrays) == ["labels"]
    np.testing.assert_array_equal(arrays["labels"], np.arange(6))


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[300] ^= 1  # in the middle of the images: zip's own checksum finds it
    path.write_bytes(content)


def _replace(content: bytes) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_bytes(content)

    return damage


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_truncate, "truncated or damaged"),
        (_flip_a_bit, "truncated or damaged"),
        (_replace(b""), "truncated or damaged"),
        (_replace(b"<html>404</html>"), "no npz archive of numbers"),
        (_replace(b"PK\x03\x04 and no more"), "truncated or damaged"),
    ],
)
def test_a_damaged_file_is_refused(
    archive: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(archive)
    with pytest.raises(DamagedDatasetError, match=message):
        read_npz(archive, NAMES)


def test_a_missing_array_is_named(archive: Path) -> None:
    with pytest.raises(DamagedDatasetError, match="lacks writers, pens"):
        read_npz(archive, ("images", "writers", "pens"))


def test_python_objects_are_refused(archive: Path) -> None:
    np.savez(archive, images=np.array([None, 1]), labels=np.arange(2))
    with pytest.raises(DamagedDatasetError, match="no npz archive of numbers"):
        read_npz(archive, NAMES)


def test_a_single_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(DamagedDatasetError, match="is no npz archive"):
        read_npz(tmp_path / "one.npy", NAMES)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedDatasetError, match="cannot be read"):
        read_npz(tmp_path, NAMES)


def test_a_missing_file_is_reported_as_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingDatasetError, match=r"no file .*nowhere\.npz"):
        read_npz(tmp_path / "nowhere.npz", NAMES)
