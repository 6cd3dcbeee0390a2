"""The folder of results: whole files only, of one run only."""

import errno
import os
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from recognizer.batch.output import Output, is_complete, opened, read_output
from recognizer.batch.packed_model import PackedModel
from recognizer.batch.worker import Part, Worker
from recognizer.errors import BusyError, DiskError, RecognizerError, RequestError
from tests.batch.samples import Deadly

ABOUT = {"input": {"path": "a", "bytes": 1}, "model": {"name": "m", "digest": "d"}}


@pytest.fixture(scope="module")
def part(worker: Worker) -> Part:
    return worker.read(Deadly(3, frozenset()))


def test_what_was_read_is_known_when_it_goes_on(tmp_path: Path, part: Part) -> None:
    folder = tmp_path / "new" / "out"
    with opened(folder, ABOUT) as first:
        first.write(0, part.content, part.counts)
        first.write(2, part.content, part.counts)
        first.write(2, part.content, part.counts)
        assert not is_complete(folder)
    with opened(folder, ABOUT) as again:
        assert again.done == {0, 2}
        assert again.counts == Counter(digit=6)
        again.write(1, part.content, part.counts)
        again.finish(1.5)
    summary = {"shards": 3, "records": 9, "seconds": 1.5, "status": {"digit": 9}}
    assert is_complete(folder) == summary
    assert pq.read_table(folder).num_rows == read_output(folder).num_rows == 9


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"input": {"path": "b", "bytes": 1}}, "input: path a, now b"),
        ({"input": {"path": "a", "bytes": 2}}, "input: bytes 1, now 2"),
        ({"model": {"name": "m", "digest": "e"}}, "model: digest d, now e"),
        ({"options": {"numbers": True}}, "options: numbers None, now True"),
    ],
)
def test_results_of_another_run_are_refused(
    tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    with opened(tmp_path, ABOUT):
        pass
    with (
        pytest.raises(RequestError, match=f"{reason}.*another folder with -o"),
        opened(tmp_path, ABOUT | change),
    ):
        pass


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").touch()
    with pytest.raises(RequestError, match="other files"), opened(tmp_path, ABOUT):
        pass
    assert [path.name for path in tmp_path.iterdir() if path.name[0] != "."] == ["diary.txt"]


def test_one_process_at_a_time_writes(tmp_path: Path) -> None:
    with (
        opened(tmp_path, ABOUT),
        pytest.raises(BusyError, match="Another process"),
        opened(tmp_path, ABOUT),
    ):
        pass


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    with opened(tmp_path, ABOUT):
        pass
    (tmp_path / ".part-999999-1-part-00000000.parquet").touch()
    with opened(tmp_path, ABOUT) as there:
        assert not there.done
    assert {path.name for path in tmp_path.iterdir()} == {"_batch.json", ".lock"}


def test_a_full_disk_leaves_whole_files_only(
    tmp_path: Path, part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with opened(tmp_path, ABOUT) as results:
        results.write(0, part.content, part.counts)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(DiskError, match=r"disk is full.*same command again"):
                results.write(1, part.content, part.counts)
        assert results.done == {0}
        assert {path.name for path in tmp_path.iterdir() if path.suffix == ".parquet"} == {
            "part-00000000.parquet"
        }
        results.write(1, part.content, part.counts)


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DiskError, match="cannot be written to"), opened(tmp_path / "file", ABOUT):
        pass
    (tmp_path / "_batch.json").write_text("{")
    with pytest.raises(RecognizerError, match="cannot be read"), opened(tmp_path, ABOUT):
        pass


def test_nothing_is_counted_twice(tmp_path: Path, part: Part, model: PackedModel) -> None:
    results = Output(tmp_path, ABOUT)
    for _ in range(2):
        results.write(0, part.content, part.counts)
    assert results.records == 3
