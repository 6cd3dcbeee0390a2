"""Files of a model folder are read again only when they have changed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from recognizer.models.checked import remembered

HOUR = 3600  # seconds


@pytest.fixture
def reads() -> list[str]:
    """The names of the files that were read."""
    return []


@pytest.fixture
def read(reads: list[str]) -> Callable[[Path], str]:
    @remembered(2)
    def read(path: Path) -> str:
        reads.append(path.name)
        return path.read_text()

    return read


def write(path: Path, text: str, age: float = HOUR) -> Path:
    """Write a file as it would be so many seconds later."""
    path.write_text(text)
    then = path.stat().st_mtime - age
    os.utime(path, (then, then))
    return path


def test_a_file_is_read_once(tmp_path: Path, reads: list[str], read: Callable[..., str]) -> None:
    file = write(tmp_path / "a", "one")
    assert [read(file), read(file)] == ["one", "one"]
    assert reads == ["a"]


def test_a_file_that_changed_is_read_again(tmp_path: Path, read: Callable[..., str]) -> None:
    file = write(tmp_path / "a", "one")
    assert read(file) == "one"
    write(file, "two", 2 * HOUR)  # as large, and older, as where a clock was set back
    assert read(file) == "two"
    write(tmp_path / "b", "six", 2 * HOUR).replace(file)
    assert read(file) == "six"


def test_a_file_that_was_just_written_is_read_each_time(
    tmp_path: Path, reads: list[str], read: Callable[..., str]
) -> None:
    file = write(tmp_path / "a", "one", age=0)
    assert [read(file), read(file)] == ["one", "one"]
    assert reads == ["a", "a"]


def test_no_more_files_are_remembered_than_said(
    tmp_path: Path, reads: list[str], read: Callable[..., str]
) -> None:
    a, b, c = (write(tmp_path / name, name) for name in "abc")
    for file in (a, b, c, a):
        read(file)
    assert reads == ["a", "b", "c", "a"]


def test_a_file_that_is_gone_is_missing(tmp_path: Path, read: Callable[..., str]) -> None:
    file = write(tmp_path / "a", "one")
    read(file)
    file.unlink()
    with pytest.raises(FileNotFoundError):
        read(file)
