"""What one training notes in its folder while it runs; job_state.py lists the files."""

from __future__ import annotations

import csv
import errno
import math
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, FiniteFloat

from recognizer.models import records
from recognizer.models.checked import read_json, remembered, size_of
from recognizer.models.csv_files import HISTORY_COLUMNS, MOST, ROWS, table_of
from recognizer.models.records import Figure

if TYPE_CHECKING:
    import pandas as pd

BYTES = 1_000_000  # of a JSON file: a sweep asks for many trainings
LOG_LINES = 200  # of the end of the log
LOG_BYTES = 200_000  # that are looked through for them
Number = Annotated[int, Field(ge=0, le=10**9)]
# Seconds since 1970, up to the year 3000: clocks cannot write any number.
Moment = Annotated[float, Field(ge=0, le=32e9, allow_inf_nan=False)]
Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


@dataclass(frozen=True)
class Progress:
    """How far a training is; the numbers are 0 or None until epochs have begun.

    Attributes:
        phase: In words, such as "Training".
        checkpoint: The folder in models/ that holds its state, if it has one.
        epoch, epochs, batch, batches: The current ones, counted from 1, and how many there are.
        accuracy, loss: Of this epoch so far, on training images.
        seconds_left: Until the last epoch is done.
        updated: When this was noted, in seconds since 1970.
        of_sweep: Of a sweep: how much of all its runs is done, 0 to 1.
    """

    phase: Annotated[str, Field(max_length=200)] = "Starting"
    checkpoint: str | None = None
    epoch: Number = 0
    epochs: Number = 0
    batch: Number = 0
    batches: Number = 0
    accuracy: FiniteFloat | None = None
    loss: FiniteFloat | None = None
    seconds_left: Figure | None = None
    updated: Moment = 0.0
    of_sweep: Part | None = None

    @property
    def share(self) -> float:
        """How much of all batches, or of all runs, is done, 0 to 1."""
        if self.of_sweep is not None:
            return self.of_sweep
        if not self.epochs:
            return 0.0
        done = max(self.epoch - 1, 0) + self.batch / max(self.batches, 1)
        return min(done / self.epochs, 1.0)


def read_progress(folder: Path) -> Progress:
    """How far it is; the beginning where that is not noted, or damaged."""
    try:
        return records.parse(Progress, read(folder / "progress.json"))
    except ValueError:
        return Progress()


def read_history(folder: Path) -> pd.DataFrame:
    """A row per finished epoch; none where the file is missing or damaged."""
    rows = _read_rows(folder / "history.csv", "epoch")
    return rows if set(HISTORY_COLUMNS) <= set(rows.columns) else rows.iloc[:0, :0]


def read_validation_accuracy(folder: Path) -> float | None:
    """The accuracy on the validation images after the last epoch so far; None before the first.

    Without pandas: a page asks for that of a hundred runs each second.
    """
    try:
        table = csv.DictReader(table_of(folder / "history.csv"))
        rows = [float(row["val_accuracy"]) for row in table]
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return None
    return rows[-1] if rows and math.isfinite(rows[-1]) else None


def read_first_epoch(folder: Path) -> pd.DataFrame:
    """Accuracy and loss of the first epoch so far, by `batch`; no row without any.

    On training images, each the mean of all batches up to this one.
    """
    rows = _read_rows(folder / "batches.csv", "batch")
    return rows if {"accuracy", "loss"} <= set(rows.columns) else rows.iloc[:0, :0]


def _read_rows(file: Path, index: str) -> pd.DataFrame:
    import pandas as pd  # slow to import; reading needs none of it

    try:
        rows = pd.read_csv(table_of(file), index_col=index, nrows=ROWS).astype(float)
        return rows.where(rows.abs() <= MOST).set_axis(rows.index.astype(int))
    except (OSError, ValueError, OverflowError):
        return pd.DataFrame()


def read_log(folder: Path) -> str | None:
    """The end of what it printed; None if it was started in a terminal."""
    with suppress(OSError, ValueError):
        file = folder / "log.txt"
        size = size_of(file, sys.maxsize)
        with file.open("rb") as log:
            log.seek(max(size - LOG_BYTES, 0))
            text = log.read(LOG_BYTES).decode("utf-8", errors="replace")
        return "\n".join(text.splitlines()[-LOG_LINES:])
    return None


def disk_was_full(folder: Path) -> bool:
    """Whether its log says so: then there may have been no room to note how it ended."""
    with suppress(OSError):
        return _says_so(folder / "log.txt")
    return False


@remembered(10)
def _says_so(log_file: Path) -> bool:
    log = read_log(log_file.parent) or ""
    return any(os.strerror(number) in log for number in (errno.ENOSPC, errno.EDQUOT))


def read(file: Path) -> dict[str, Any]:
    """A JSON file's content; nothing where it is missing or damaged."""
    try:
        content = read_json(file, BYTES)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
