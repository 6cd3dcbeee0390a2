"""The folder of results: a file for each shard, there completely or not at all.

part-00000000.parquet  the readings of the first shard, and so on
_batch.json            what they are of: the input, the options, the model; and how it ended

Names with a line first are left out by whatever reads a folder of Parquet files.
"""

from __future__ import annotations

import errno
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from recognizer import processes
from recognizer.errors import BusyError, DiskError, RequestError

NOTE = "_batch.json"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Output:
    """The folder of one run, or of several that continue each other.

    Attributes:
        done: The numbers of the shards that are there.
        counts: How many records in them have each status.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self.folder = folder
        self.done = {int(path.stem[5:]) for path in folder.glob("part-*.parquet")}
        self.counts: Counter[str] = Counter()
        self._about = dict(about)

    @property
    def records(self) -> int:
        """How many records have been read."""
        return self.counts.total()

    def count(self) -> None:
        """Count what earlier runs have read."""
        for number in sorted(self.done):
            status = pq.read_table(self._path(number), columns=["status"])["status"]
            self.counts.update(status.to_pylist())

    def write(self, number: int, content: bytes, counts: Counter[str]) -> None:
        """Add the readings of a shard, unless they are there; raises DiskError."""
        if number not in self.done:
            with _no_disk(self.folder):
                processes.write_whole(self._path(number), content, durable=True)
            self.done.add(number)
            self.counts += counts

    def finish(self, seconds: float) -> None:
        """Note that all is there."""
        summary = {"shards": len(self.done), "records": self.records, "seconds": round(seconds, 1)}
        self.note(summary=summary | {"status": dict(self.counts)})

    def note(self, **more: Any) -> None:
        """Write what the folder is of."""
        text = json.dumps(self._about | more, indent=2, ensure_ascii=False) + "\n"
        with _no_disk(self.folder):
            processes.write_whole(self.folder / NOTE, text.encode("utf-8", "replace"), durable=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"part-{number:08}.parquet"


@contextmanager
def opened(folder: Path, about: Mapping[str, Any]) -> Iterator[Output]:
    """The folder of results, for one process at a time.

    Args:
        folder: Made if it is missing.
        about: What determines the results, for JSON.

    Raises:
        BusyError: Another process writes into it.
        DiskError: It cannot be written to.
        RequestError: It has results of another input, model or other options, or other files.
    """
    with _no_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise BusyError(
                f"Another process writes into {folder}. Wait until it has ended, or choose another "
                "folder with -o."
            ) from error
    try:
        for path in processes.leftovers(folder):
            processes.remove(path)
        output = _of(folder, about)
        output.count()
        yield output
    finally:
        lock.release()


def _of(folder: Path, about: Mapping[str, Any]) -> Output:
    known = _noted(folder)
    if known is None:
        if any(not path.name.startswith(".") for path in folder.iterdir()):
            raise RequestError(
                f"There are other files in {folder}. Choose a new folder, or an empty one, with -o."
            )
        output = Output(folder, about)
        output.note()
        return output
    plain = json.loads(json.dumps(about))
    different = [
        f"{_differing(known, plain, name)}" for name in plain if known.get(name) != plain[name]
    ]
    if different:
        raise RequestError(
            f"{folder} has the results of another run: {'; '.join(different)}. Choose another "
            "folder with -o, or give the same command again to continue that run."
        )
    return Output(folder, about)


def _differing(known: Mapping[str, Any], now: Mapping[str, Any], name: str) -> str:
    """What is different in one part of the note: "input: bytes 10, now 12"."""
    before, after = known.get(name) or {}, now[name]
    changes = [
        f"{key} {before.get(key)}, now {after[key]}"
        for key in after
        if before.get(key) != after[key]
    ]
    return f"{name}: {', '.join(changes)}"


def _noted(folder: Path) -> dict[str, Any] | None:
    try:
        noted = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DiskError(
            f"{folder / NOTE} cannot be read ({error}). Choose another folder."
        ) from error
    return noted if isinstance(noted, dict) else {}


@contextmanager
def _no_disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            what = f"The disk is full: nothing more could be written to {folder}. Free some space"
        else:
            what = f"{folder} cannot be written to ({error}). Make it writable, or choose another"
        raise DiskError(
            f"{what}, and give the same command again: it goes on from here."
        ) from error


def is_complete(folder: Path) -> dict[str, Any] | None:
    """The summary of a run that has ended; None for any other."""
    noted = _noted(folder)
    summary = noted.get("summary") if noted else None
    return summary if isinstance(summary, dict) else None


def read_output(folder: Path) -> pa.Table:
    """All results of a folder as one table, in the order of the input; for tests and small runs."""
    return pq.read_table(sorted(folder.glob("part-*.parquet")))
