"""How far a training is, written down while it runs; job_state.py reads it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from recognizer import processes
from recognizer.training import job_state
from recognizer.training.job_state import Progress
from recognizer.training.listener import ProgressListener

EVERY = 0.5  # seconds between two notes of how far a training is
POINTS = 100  # of the first epoch's curves at most


class ProgressWriter(ProgressListener):
    """Notes on disk how far the training is; a full disk does not end the training for that."""

    def __init__(self) -> None:
        self._progress = Progress(phase="Loading")
        self._history = pd.DataFrame()
        self._first_epoch: list[dict[str, float]] = []
        self._batches = 0
        self._began = self._noted = 0.0
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
            processes.write_whole(job_state.folder() / "batches.csv", text)

    def on_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        self._history = pd.concat([self._history, pd.DataFrame(dict(row), index=[epoch])])
        with suppress(OSError):
            text = self._history.to_csv(index_label="epoch")
            processes.write_whole(job_state.folder() / "history.csv", text)

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
            job_state.write("progress.json", asdict(self._progress))
