"""A sweep in the terminal: a line per run, kept up to date."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tqdm import tqdm

from recognizer.training.job_state import where
from recognizer.training.runs import Run

BAR = "{desc} {percentage:3.0f} % |{bar}| {postfix}"


class Lines:
    """Shows runs: a bar for each that runs; where nobody watches, a line per epoch."""

    def __init__(self) -> None:
        self._bars: dict[str, tqdm[None]] = {}
        self._said: dict[str, object] = {}
        self._watched = sys.stdout.isatty()

    def show(self, runs: Sequence[Run]) -> None:
        """Show what is new of them."""
        for run in runs:
            if self._watched and run.state == "running":
                self._move_bar(run)
                continue
            news = (run.state, run.progress.epoch)
            if run.state and news != self._said.get(run.request.name):
                self._said[run.request.name] = news
                self._remove_bar(run)
                tqdm.write(in_a_line(run), file=sys.stdout)
                sys.stdout.flush()

    def _move_bar(self, run: Run) -> None:
        name = run.request.name
        bar = self._bars.get(name)
        if bar is None:
            bar = tqdm(total=1.0, desc=name, bar_format=BAR, leave=False, file=sys.stdout)
            self._bars[name] = bar
        bar.n = run.share
        bar.set_postfix_str(where(run.progress))

    def _remove_bar(self, run: Run) -> None:
        if bar := self._bars.pop(run.request.name, None):
            bar.close()


def in_a_line(run: Run) -> str:
    """How far a run is, or how it ended."""
    name = run.request.name
    if run.state == "done":
        accuracy = run.validation_accuracy
        return f"{name}: trained" + (f", validation accuracy {accuracy:.2%}" if accuracy else "")
    if run.ended:
        return f"{name}: {run.state}. {run.reason}".rstrip()
    return f"{name}: {where(run.progress)}"
