"""Identify processes, and clean up what killed ones leave behind.

A process number alone does not identify a process: systems reuse it. With the time of its
start it does. Temporary files have both in their names, so that anyone can distinguish
leftovers from files that are being written at this moment.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

TICK = 0.05  # seconds within which two starts are the same: systems count in hundredths
PATIENCE = 4.0  # seconds that a killed process is given to be gone
_OWNED = re.compile(r"\.[a-z]+-(\d+)-(\d+)-.*")


@dataclass(frozen=True)
class Identity:
    """One process on this machine, distinct from later ones with its number.

    Attributes:
        pid: Its number.
        started: When it was started, in seconds since the system was, on Linux: a clock that
            is set while it runs does not change that. Elsewhere in seconds since 1970.
    """

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Identity:
        """Identify a process that is there; raises psutil.NoSuchProcess otherwise."""
        created = psutil.Process(pid).create_time()
        return cls(pid, created - psutil.boot_time() if psutil.LINUX else created)

    def is_same(self, other: Identity) -> bool:
        return self.pid == other.pid and abs(self.started - other.started) < TICK

    @property
    def alive(self) -> bool:
        """Whether it still works: a zombie, which has ended, does not."""
        try:
            status = psutil.Process(self.pid).status()
            working = status not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            # Twice, as the clock may be set between the two readings that a start takes.
            return working and any(self.is_same(Identity.of(self.pid)) for _ in range(2))
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:  # somebody else's, but there
            return True

    def kill(self) -> None:
        """End it and all that it started, at once; wait until they are gone, or PATIENCE is."""
        if not self.alive:
            return
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            process.suspend()  # so that it starts nothing more
            family = [*process.children(recursive=True), process]
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            psutil.wait_procs(family, timeout=PATIENCE)


@cache
def own() -> Identity:
    """The process that asks."""
    return Identity.of(psutil.Process().pid)


def step_back() -> None:
    """Run at low priority: visitors who draw should not wait for a training."""
    if sys.platform == "win32":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        psutil.Process().nice(19)


@contextmanager
def silenced() -> Iterator[None]:
    """Drop what libraries in C++ print to stderr meanwhile; their errors are raised, too."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def owned(kind: str) -> str:
    """The beginning of the name of a temporary file or folder of this process."""
    return f".{kind}-{own().pid}-{100 * own().started:.0f}-"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new content, never a part."""
    part = path.with_name(f"{owned('part')}{threading.get_ident()}-{path.name}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def leftovers(folder: Path) -> Iterator[Path]:
    """The temporary files in a folder whose processes are gone."""
    with suppress(OSError):  # no such folder, nothing left
        for path in sorted(folder.iterdir()):
            match = _OWNED.fullmatch(path.name)
            if match and not Identity(int(match[1]), int(match[2]) / 100).alive:
                yield path


def remove(path: Path) -> None:
    """Remove a file or a folder, as far as that can be done."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
