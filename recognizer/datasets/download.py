"""Files from elsewhere: downloaded whole or not at all, and how far that is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

TIMEOUT = (5, 30)  # seconds to connect, and between two parts of a file


class Progress(Protocol):
    """What a download reports to: the part of tqdm's interface that pooch uses."""

    total: int

    def update(self, n: int, /) -> Any: ...
    def reset(self) -> Any: ...
    def close(self) -> Any: ...


class PercentProgress:
    """Tells a function each new percent, from 0 to 100, of a download."""

    def __init__(self, tell: Callable[[int], Any]) -> None:
        self.total = 0
        self._done, self._percent, self._tell = 0, -1, tell

    def update(self, n: int, /) -> None:
        self._done += n
        percent = min(100 * self._done // max(self.total, 1), 100)
        if percent != self._percent:  # it is called for every kilobyte
            self._percent = percent
            self._tell(percent)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None: ...


def download(url: str, file: Path, progress: Progress | bool = False) -> None:
    """Download a file to a place of its own, for the caller to verify.

    Args:
        url: Where it is.
        file: Where it goes.
        progress: What to report to, or True for a bar in the terminal.

    Raises:
        requests.RequestException: It could not be downloaded.
        OSError: It could not be written.
    """
    import pooch  # which takes long to import, and is seldom needed

    pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT)(url, str(file), None)
