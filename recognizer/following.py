"""What a training tells of itself, and how it is stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class TrainingError(Exception):
    """A training cannot go on; the message says what to do about it."""


class Follower:
    """What a training tells of itself while it runs; this one lets it pass unheard.

    What a method raises ends the training.
    """

    stopped = False  # whether somebody has asked for an end, where that is safe

    def stop_if_asked(self) -> None:
        """End the training if somebody has asked for it."""
        if self.stopped:
            raise KeyboardInterrupt

    def at(self, phase: str) -> None:
        """Something else than before is being done, in words such as "Judging"."""

    def keeps(self, folder: Path) -> None:
        """The state is kept in this folder, from which a training can go on."""

    def begin(self, epochs: int, done: pd.DataFrame | None = None) -> None:
        """Epochs begin: so many in all; `done` is the history of those done before."""

    def after_batch(self, epoch: int, batch: int, batches: int, figures: Mapping[str, Any]) -> None:
        """A batch is done; both count from 1. `figures` has the epoch's loss and accuracy."""

    def after_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        """An epoch is done; the row is that of the history."""
