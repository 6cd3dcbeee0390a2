"""The state of a training that is not finished yet, on disk after each epoch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from recognizer import processes

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Checkpoint:
    """A folder with the state after each epoch; the newest whole one counts."""

    folder: Path

    @property
    def epoch(self) -> int:
        """The last epoch whose state is there, 0 without any."""
        found = self.folder.glob("epoch-*.weights.h5")
        return max((int(path.name[6:10]) for path in found), default=0)

    def path(self, epoch: int) -> Path:
        return self.folder / f"epoch-{epoch:04}.weights.h5"

    def save(self, model: keras.Model, row: dict[str, float]) -> None:
        """Add an epoch: its figures, the weights and the optimiser's state.

        A kill at any instant leaves the epoch before.
        """
        epoch = self.epoch + 1
        history = pd.concat([self.history(), pd.DataFrame(row, index=[epoch])])
        self._write("history.csv", history.to_csv(index_label="epoch"))
        part = self.folder / "part.weights.h5"
        model.save_weights(part)
        part.replace(self.path(epoch))
        for old in range(1, epoch):
            self.path(old).unlink(missing_ok=True)

    def load(self, model: keras.Model) -> None:
        """Give a compiled model the weights and the optimiser's state."""
        model.optimizer.build(model.trainable_variables)
        model.load_weights(self.path(self.epoch))

    def history(self) -> pd.DataFrame:
        """The rows up to the epoch whose state is there."""
        if not self.epoch:
            return pd.DataFrame()
        rows = pd.read_csv(self.folder / "history.csv", index_col="epoch")
        return rows.loc[: self.epoch]

    def write(self, name: str, content: object) -> None:
        """Keep what later stages need, as JSON."""
        self._write(f"{name}.json", json.dumps(content))

    def read(self, name: str) -> Any:
        """What was kept by that name."""
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

    def _write(self, name: str, text: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        processes.write_whole(self.folder / name, text)

    def remove(self) -> None:
        """Remove all of it; what a kill in the middle leaves is no checkpoint any more."""
        if self.folder.exists():
            gone = self.folder.with_name(f"{processes.owned('gone')}{self.folder.name[1:]}")
            self.folder.rename(gone)
            processes.remove(gone)
