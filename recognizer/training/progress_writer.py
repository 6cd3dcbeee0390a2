"""How far a training is, written down while it runs; notes.py reads it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from recognizer import processes
from recognizer.training import job_state
from recognizer.training.listener import ProgressListener
from recognizer.training.notes import Progress

EVERY = 0.5  # seconds between two notes of how far a training is
SOON = 0.02  # of a sweep's work, after which the rest can be estimated
POINTS = 100  # of the first epoch's curves at most


Write = Callable[[str, str], None]  # the name of a file and its content


class ProgressWriter(ProgressListener):
    """Notes how far the training is; a full disk does not end the training for that.

    Args:
        write: Writes one of the files; by default into the folder of the one training.
    """

    def __init__(self, write: Write | None = None) -> None:
        self._write_file = write or writer_into(job_state.folder())
        self._progress = Progress(phase="Loading")
        self._history = pd.DataFrame()
        self._first_epoch: list[dict[str, float]] = []
        self._batches = 0
        self._began = self._noted = self._share = 0.0
        self._write()

    def on_phase(self, phase: str) -> None:
        self._write(phase=phase, seconds_left=None)  # known for epochs alone

    def on_checkpoint(self, folder: Path) -> None:
        self._write(checkpoint=folder.name)

    def on_begin(self, epochs: int, done: pd.DataFrame | None = None) -> None:
        self._history = pd.DataFrame() if done is None else done
        self._write(phase="Building the network", epoch=len(self._history), epochs=epochs)

    def on_batch(self, epoch: int, batch: int, batches: int, figures: Mapping[str, Any]) -> None:
        if not self._began:  # the first batch waits for TensorFlow to build its graph
            self._began = time.monotonic()
        else:
            self._batches += 1
        if time.monotonic() - self._noted < EVERY:
            return
        self._write(
            phase="Training",
            epoch=epoch,
            batch=batch,
            batches=batches,
            accuracy=float(figures["accuracy"]),
            loss=float(figures["loss"]),
            seconds_left=self._seconds_left(epoch, batch, batches),
        )
        if self._history.empty:
            self._note_batch(batch, batches)

    def _note_batch(self, batch: int, batches: int) -> None:
        """Note a point of the first epoch's curves, if the last one is far enough back."""
        last = self._first_epoch[-1]["batch"] if self._first_epoch else 0
        if batch - last < batches / POINTS:
            return
        now = self._progress
        point = {"batch": batch, "accuracy": now.accuracy or 0.0, "loss": now.loss or 0.0}
        self._first_epoch.append(point)
        with suppress(OSError):
            text = pd.DataFrame(self._first_epoch).to_csv(index=False, float_format="%.5g")
            self._write_file("batches.csv", text)

    def on_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        self._history = pd.concat([self._history, pd.DataFrame(dict(row), index=[epoch])])
        with suppress(OSError):
            text = self._history.to_csv(index_label="epoch")
            self._write_file("history.csv", text)

    def on_runs(self, done: int, runs: int, share: float) -> None:
        """Note how far a sweep is: so many of its runs are done, and this share of all work."""
        if not self._began:
            self._began, self._share = time.monotonic(), share
        gained = share - self._share
        elapsed = time.monotonic() - self._began
        left = (1 - share) * elapsed / gained if gained > SOON else None
        self._write(phase=f"{done} of {runs} trained", of_sweep=share, seconds_left=left)

    def _seconds_left(self, epoch: int, batch: int, batches: int) -> float | None:
        """By the mean batch so far, with the validation between epochs in it."""
        if not self._batches:
            return None
        left = (self._progress.epochs - epoch + 1) * batches - batch
        return left * (time.monotonic() - self._began) / self._batches

    def _write(self, **changes: Any) -> None:
        self._noted = time.monotonic()
        self._progress = replace(self._progress, **changes, updated=time.time())
        with suppress(OSError):
            self._write_file("progress.json", json.dumps(asdict(self._progress)))


def writer_into(folder: Path) -> Write:
    """What writes files into a folder."""
    return lambda name, text: processes.write_whole(folder / name, text)
