"""How far it is, on stderr: a bar in a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
import time

from tqdm import tqdm

EVERY = 5.0  # seconds between two lines


class Progress:
    """Counts records; the total may be an estimate, or unknown."""

    def __init__(self, total: int | None, done: int) -> None:
        self._total, self._done, self._first = total, done, done
        self._start = self._said = time.monotonic()
        self._bar: tqdm[None] | None = None
        if sys.stderr.isatty():
            self._bar = tqdm(total=total, initial=done, unit=" drawings", dynamic_ncols=True)

    def add(self, records: int) -> None:
        """Count records that were read."""
        self._done += records
        if self._bar is not None:
            self._bar.update(records)
        elif (now := time.monotonic()) - self._said >= EVERY:
            self._said = now
            print(self.line(now), file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def line(self, now: float) -> str:
        """How far it is, in words."""
        rate = (self._done - self._first) / max(now - self._start, 1e-9)
        words = f"{self._done:,} drawings, {rate:,.0f} a second"
        left = (self._total or 0) - self._done
        if self._total is None or left < 0 or not rate:
            return words
        return f"{words}, {tqdm.format_interval(left / rate)} left of {self._total:,}"
