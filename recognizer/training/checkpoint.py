"""The state of a training that is not finished yet, on disk after each epoch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recognizer import processes
from recognizer.models import records
from recognizer.models.calibration import Calibration
from recognizer.models.records import BenchmarkResult

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Verdict:
    """What held-out drawings showed of a network: its calibration, and its scores if any."""

    calibration: Calibration
    benchmark: BenchmarkResult | None = None


@dataclass(frozen=True)
class Checkpoint:
    """A folder with the state after each epoch; the newest complete one counts."""

    folder: Path

    @property
    def epoch(self) -> int:
        """The last epoch whose state is there, 0 without any."""
        found = self.folder.glob("epoch-*.weights.h5")
        return max((int(path.name[6:10]) for path in found), default=0)

    def path(self, epoch: int) -> Path:
        return self.folder / f"epoch-{epoch:04}.weights.h5"

    def save(self, model: keras.Model, row: dict[str, float]) -> None:
        """Add an epoch: its figures, the weights and the optimizer's state.

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
        """Give a compiled model the weights and the optimizer's state."""
        model.optimizer.build(model.trainable_variables)
        model.load_weights(self.path(self.epoch))

    def history(self) -> pd.DataFrame:
        """The rows up to the epoch whose state is there."""
        if not self.epoch:
            return pd.DataFrame()
        rows = pd.read_csv(self.folder / "history.csv", index_col="epoch")
        return rows.loc[: self.epoch]

    def save_teacher(self, weights: list[NDArray[Any]]) -> None:
        """Keep the weights of the first stage, for the later ones."""
        part = self.folder / "part.npz"
        np.savez(part, *weights)
        part.replace(self.folder / "teacher.npz")

    def load_teacher(self) -> list[NDArray[Any]]:
        """The weights of the first stage."""
        with np.load(self.folder / "teacher.npz", allow_pickle=False) as arrays:
            return [arrays[name] for name in arrays.files]

    def write_doubtful(self, digests: list[str]) -> None:
        """Keep which drawings have doubtful labels, for the later stages."""
        self._write("doubtful.json", json.dumps(digests))

    def read_doubtful(self) -> list[str]:
        """The digests of the drawings that have doubtful labels."""
        digests: list[str] = json.loads(self._read("doubtful.json"))
        return digests

    def write_verdict(self, verdict: Verdict) -> None:
        """Keep what held-out drawings showed, for the end."""
        self._write("verdict.json", records.to_json(verdict))

    def read_verdict(self) -> Verdict:
        """What held-out drawings showed."""
        return records.parse(Verdict, json.loads(self._read("verdict.json")))

    def _write(self, name: str, text: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        processes.write_whole(self.folder / name, text)

    def _read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def remove(self) -> None:
        """Remove all of it; what a kill in the middle leaves is no longer a checkpoint."""
        if self.folder.exists():
            gone = self.folder.with_name(f"{processes.owned('gone')}{self.folder.name[1:]}")
            self.folder.rename(gone)
            processes.remove(gone)
