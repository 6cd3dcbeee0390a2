"""Files from elsewhere: downloaded whole or not at all, and how far that is."""

from __future__ import annotations

from collections.abc import Callable
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


def downloader(progress: Progress | bool = False) -> Any:
    """A pooch downloader; `progress` is what to report to, or True for a bar in the terminal.

    It raises requests.RequestException where a file cannot be downloaded, and OSError where it
    cannot be written.
    """
    import pooch  # which takes long to import, and is seldom needed

    return pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT)
