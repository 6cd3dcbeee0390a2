"""What a training reports while it runs, and how it is stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class ProgressListener:
    """Learns how far a training is; this one ignores it.

    What a method raises ends the training.
    """

    stopped = False  # whether somebody has asked for an end

    def stop_if_asked(self) -> None:
        """End the training here, where that is safe, if somebody has asked for it."""
        if self.stopped:
            raise KeyboardInterrupt

    def on_phase(self, phase: str) -> None:
        """Another phase begins, in words such as "Testing"."""

    def on_checkpoint(self, folder: Path) -> None:
        """The state is saved in this folder, from which a training can be resumed."""

    def on_begin(self, epochs: int, done: pd.DataFrame | None = None) -> None:
        """Training begins: `epochs` in all; `done` is the history of the finished ones."""

    def on_batch(self, epoch: int, batch: int, batches: int, figures: Mapping[str, Any]) -> None:
        """A batch is done; both count from 1. `figures` has the epoch's loss and accuracy."""

    def on_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        """An epoch is done; `row` is that of the history."""
