"""Identify processes, and clean up what killed ones leave behind.

A process number alone does not identify a process: systems reuse it. With the time of its
start, and the machine or container that counts, it does. Temporary files have all three in their
names, so that anyone can distinguish leftovers from files that are being written at this moment.
Whether a process of another machine still runs cannot be known here.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated

import psutil
from pydantic import Field

TICK = 0.05  # seconds within which two starts are the same: systems count in hundredths
PATIENCE = 4.0  # seconds that a killed process is given to be gone
# Seconds after which what another machine has left is removed: longer than any training.
ABANDONED = 7 * 24 * 3600
_OWNED = re.compile(r"\.[a-z]+-(?:([0-9a-f]{12})-)?(\d+)-(\d+)-.*")


@cache
def machine() -> str:
    """The machine or container whose process numbers these are: twelve hexadecimal digits.

    A later container may have the same, once all processes of the earlier one are gone.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8")
        name = f"{boot}{Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # not Linux
        name = ""
    return hashlib.sha256((name or socket.gethostname()).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Identity:
    """One process, distinct from later ones with its number, and from those of other machines.

    Attributes:
        pid: Its number.
        started: When it was started, in seconds since the system was, on Linux: a clock that
            is set while it runs does not change that. On other systems in seconds since 1970.
        machine: Where it runs; this machine, in notes of older versions.
    """

    pid: Annotated[int, Field(gt=0, lt=2**31)]
    started: float
    machine: str = field(default_factory=machine)

    @classmethod
    def of(cls, pid: int) -> Identity:
        """Identify a process that is there; raises psutil.NoSuchProcess otherwise."""
        created = psutil.Process(pid).create_time()
        return cls(pid, created - psutil.boot_time() if psutil.LINUX else created)

    def is_same(self, other: Identity) -> bool:
        same = (self.machine, self.pid) == (other.machine, other.pid)
        return same and abs(self.started - other.started) < TICK

    @property
    def here(self) -> bool:
        """Whether it is one of this machine."""
        return self.machine == machine()

    @property
    def alive(self) -> bool:
        """Whether it works on this machine: a zombie, which has ended, does not."""
        if not self.here:
            return False
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


def end_own_family() -> None:
    """End this process at once, and all that it has started."""
    for _ in range(2):  # what was being started meanwhile, too
        for member in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                member.kill()
    psutil.Process().kill()


@cache
def own() -> Identity:
    """The process that asks."""
    return Identity.of(psutil.Process().pid)


def cores() -> int:
    """How many cores this process may use."""
    return len(psutil.Process().cpu_affinity()) if psutil.LINUX else os.cpu_count() or 1


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
    me = own()
    return f".{kind}-{me.machine}-{me.pid}-{100 * me.started:.0f}-"


def owner_of(path: Path) -> Identity | None:
    """Whose temporary file or folder it is; None for any other one."""
    match = _OWNED.fullmatch(path.name)
    if not match:
        return None
    place = match[1] or machine()  # older versions did not write it
    return Identity(int(match[2]), int(match[3]) / 100, place)


def write_whole(path: Path, content: str | bytes, *, durable: bool = False) -> None:
    """Write a file so that a reader sees the old or the new content, never a part.

    Args:
        path: The file.
        content: A text is written as UTF-8.
        durable: Whether it is on the disk when this returns, even if the power fails.
    """
    part = path.with_name(f"{owned('part')}{threading.get_ident()}-{path.name}")
    try:
        with part.open("wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def leftovers(folder: Path) -> Iterator[Path]:
    """The temporary files in a folder whose processes are gone; of other machines, old ones."""
    with suppress(OSError):  # no such folder, nothing left
        for path in sorted(folder.iterdir()):
            owner = owner_of(path)
            if owner and (not owner.alive if owner.here else _is_old(path)):
                yield path


def _is_old(path: Path) -> bool:
    with suppress(OSError):  # it is gone
        return time.time() - path.stat().st_mtime > ABANDONED
    return False


def remove(path: Path) -> None:
    """Remove a file or a folder, as far as that can be done."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
