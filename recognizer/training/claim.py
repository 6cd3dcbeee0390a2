"""Who trains, among all servers that share a folder of models.

Whoever trains shows a sign of life: every other second it touches a file in that folder. Where
the kept drawings are in PostgreSQL, it also holds a lock there, so that two can never train at
once, whatever clocks and file systems do. Otherwise no database is opened for a training.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from recognizer import processes
from recognizer.errors import BusyError, CollectionError, DiskError, TrainingError

if TYPE_CHECKING:
    from recognizer.training.database_lock import DatabaseLock

EVERY = 2.0  # seconds between two signs of life
SIGN = "job.json"  # the file that is touched
BRIEFLY = 10.0  # seconds without a sign after which a training that holds no lock has ended
LONG = 60.0  # the same where nobody can say who holds it
TAKING = 2.0  # seconds within which a training that has ended lets go
HANDING_OVER = 60  # seconds within which a process that was started takes over


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Let one process at a time say which training runs, in the folder of its notes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "lock", timeout=10):
            yield
    except Timeout as error:
        raise BusyError("Somebody else is starting or ending a training. Try again.") from error
    except OSError as error:
        raise not_writable(folder, error) from error


def not_writable(folder: Path, error: Exception) -> DiskError:
    return DiskError(
        f"Nothing could be written to {folder} ({error}). Free some disk space, or make the "
        "folder writable."
    )


class Claim:
    """The right to train."""

    def __init__(self, folder: Path) -> None:
        """Claim nothing yet; `folder` has the notes of the training."""
        self._folder = folder
        self._lock: DatabaseLock | None = None

    def take(self) -> None:
        """Take it, unless this has it already.

        Raises:
            BusyError: Somebody else has it.
            DiskError: The folder cannot be written to.
            TrainingError: The database that knows cannot be used.
        """
        end = time.monotonic() + TAKING
        # Not in line for the lock: only a process that takes over may be, see `hand_over`.
        while not self._take():
            if time.monotonic() > end:
                raise BusyError("Another server is starting or ending a training. Try again.")
            time.sleep(0.1)

    def take_over(self) -> None:
        """Take it from the process that has started this one; raises as `take` does."""
        if not self._take(HANDING_OVER):
            raise BusyError("Another server has started a training. One runs at a time.")

    def _take(self, wait: int = 0) -> bool:
        from recognizer.training.database_lock import DatabaseLock  # SQLAlchemy is slow to import

        try:
            self._lock = self._lock or DatabaseLock(_key(self._folder))
            return self._lock.take(wait)
        except CollectionError as error:
            raise TrainingError(
                f"{error} No training starts without it, as it says whether another server trains."
            ) from error

    def keep(self) -> bool:
        """Whether nobody else has it; where the connection was lost, it is taken again."""
        return not self._lock or self._lock.keep()

    @contextmanager
    def kept_unless_it_fails(self) -> Iterator[None]:
        """Let go if the block fails."""
        try:
            yield
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        if self._lock:
            self._lock.release()

    def hand_over(self, runs: Callable[[], bool]) -> None:
        """Let go, in the background, once the process that was started stands in line for it.

        So there is no moment at which another server could take it.

        Args:
            runs: Whether that process still runs.
        """

        def let_go() -> None:
            while self._lock and runs() and not self._lock.is_waited_for():
                show_life(self._folder)
                time.sleep(0.1)
            self.release()

        threading.Thread(target=let_go, daemon=True).start()


def _key(folder: Path) -> int:
    """The number of a folder's lock; two apps with one database do not stop each other."""
    file = folder / "id"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Exclusively: of two servers that start at once, both take the number of one.
        with suppress(FileExistsError), file.open("x", encoding="utf-8") as new:
            new.write(f"{secrets.randbelow(2**31)}\n")
        end = time.monotonic() + TAKING
        while not (text := file.read_text(encoding="utf-8")).endswith("\n"):
            if time.monotonic() > end:  # whoever made it was killed before it wrote
                processes.write_whole(file, f"{secrets.randbelow(2**31)}\n")
            time.sleep(0.01)
        return int(text) % 2**31
    except (OSError, ValueError) as error:
        raise not_writable(folder, error) from error


def show_life(folder: Path, when: float | None = None) -> None:
    """Show that the training runs; `when` in seconds since 1970, else now."""
    with suppress(OSError):  # another one begins
        os.utime(folder / SIGN, None if when is None else (when, when))


def runs_elsewhere(folder: Path) -> bool:
    """Whether the training that another machine has noted runs; it may not know of its end."""
    try:
        with (folder / SIGN).open("rb") as file:  # opened, a network file system looks again
            silent = abs(time.time() - os.fstat(file.fileno()).st_mtime)
    except OSError:
        return False
    if silent < BRIEFLY:
        return True
    held = _is_held(folder)
    return silent < LONG if held is None else held


def _is_held(folder: Path) -> bool | None:
    """Whether anyone holds the lock; None where nobody can say."""
    from recognizer.training.database_lock import is_held  # SQLAlchemy is slow to import

    with suppress(OSError, ValueError):
        return is_held(int((folder / "id").read_text(encoding="utf-8")) % 2**31)
    return None
