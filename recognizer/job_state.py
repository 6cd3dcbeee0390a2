"""The training that runs, or the last one that ran: all that is known of it, on disk.

It is in models/.training, so that every visitor sees the same, also after the server was
started anew.

job.json       the order, the process that trains, and when it began
progress.json  what it is doing, how far it is, and how long the rest will take
history.csv    a row per epoch that is done
log.txt        what it printed, if a page started it
outcome.json   how it ended; where there is none, its process was killed
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from recognizer import processes, registry
from recognizer.following import Follower
from recognizer.model_folder import HISTORY_COLUMNS, ModelError
from recognizer.order import Order
from recognizer.processes import Identity

EVERY = 0.5  # seconds between two notes of how far a training is
LOG_LINES = 200  # of the end of the log
FILES = ("job.json", "progress.json", "history.csv", "log.txt", "outcome.json")
State = Literal["running", "done", "failed", "cancelled", "killed"]
ENDS = ("done", "failed", "cancelled")


@dataclass(frozen=True, eq=False)
class Job:
    """The training that runs, or the last one that ran.

    Attributes:
        order: What was asked for.
        process: Which process trains.
        began: When, in seconds since 1970.
        state: "killed" is what ended without a word.
        reason: Why it failed, in plain words; empty otherwise.
        progress: `phase`; once epochs have begun `epoch`, `epochs`, `batch`, `batches`,
            `accuracy`, `loss` and `seconds_left`; `updated` in seconds since 1970.
    """

    order: Order
    process: Identity
    began: float
    state: State
    reason: str
    progress: dict[str, Any] = field(repr=False)

    @property
    def running(self) -> bool:
        return self.state == "running"

    @property
    def share(self) -> float:
        """How much of its batches is done, 0 to 1."""
        if not self.progress.get("epochs"):
            return 0.0
        of_epoch = self.progress["batch"] / max(self.progress["batches"], 1)
        done = max(self.progress["epoch"] - 1, 0) + of_epoch
        return min(done / self.progress["epochs"], 1.0)

    @property
    def last_heard(self) -> float:
        """When it last told anything, in seconds since 1970."""
        return max(self.began, self.progress.get("updated", 0.0))

    def history(self) -> pd.DataFrame:
        """A row per epoch that is done; none where it is not told, or not as it should be."""
        try:
            rows = pd.read_csv(folder() / "history.csv", index_col="epoch").astype(float)
        except (OSError, ValueError):
            return pd.DataFrame()
        return rows if set(HISTORY_COLUMNS) <= set(rows.columns) else pd.DataFrame()

    def log(self) -> str | None:
        """The end of what it printed; None if it was started in a terminal."""
        with suppress(OSError):
            text = (folder() / "log.txt").read_text(encoding="utf-8", errors="replace")
            return "\n".join(text.splitlines()[-LOG_LINES:])
        return None


def current() -> Job | None:
    """The training that runs, else the last one; None if there was none yet, or none is told."""
    told = _read("job.json")
    try:
        order, process = Order(**told["order"]), Identity(**told["process"])
        order.changed()  # of a recipe that there still is
        registry.check_name(order.name)
        began = float(told["began"])
        alive = process.alive  # asked before its outcome: it notes that before it is gone
    except (KeyError, TypeError, ValueError, AttributeError, ModelError):
        return None
    outcome = _read("outcome.json")
    state = outcome.get("state")
    if state not in ENDS:
        state = "running" if alive else _ended_silently(order, began)
    reason = str(outcome.get("reason", ""))
    return Job(order, process, began, state, reason, _progress())


def _ended_silently(order: Order, began: float) -> State:
    """It may have been killed between putting its model in place and noting that."""
    try:
        when = datetime.fromisoformat(registry.find_model(order.name).recipe["trained_at"])
    except (ModelError, KeyError, TypeError, ValueError):
        return "killed"
    return "done" if when.timestamp() >= int(began) else "killed"


def _progress() -> dict[str, Any]:
    """What was noted last, as far as it is what its names say."""
    told = _read("progress.json")
    words = {name: told[name] for name in ("phase", "kept") if isinstance(told.get(name), str)}
    numbers = {
        name: value
        for name, value in told.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }
    whole = {"epoch", "epochs", "batch", "batches"} <= set(numbers)
    return words | (numbers if whole else {"updated": numbers.get("updated", 0.0)})


def in_words(job: Job) -> str:
    """What a running job is doing, in a line."""
    told = job.progress
    phase = told.get("phase", "Starting")
    if not told.get("epoch"):
        return f"{job.order.name} is being trained: {phase.lower()}."
    where = f"epoch {told['epoch']} of {told['epochs']}"
    if phase != "Training":
        where += f", {phase.lower()}"
    left = told.get("seconds_left")
    return f"{job.order.name} is being trained: {where}{f', {about(left)} left' if left else ''}."


def about(seconds: float) -> str:
    """A time that is not known to the second, in words."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"about {seconds / size:.{1 if unit == 'h' else 0}f} {unit}"
    return f"about {max(5 * round(seconds / 5), 5)} s"


class Progress(Follower):
    """Notes how far the training is; a disk that is full does not end it for that."""

    def __init__(self) -> None:
        self._told: dict[str, Any] = {"phase": "Loading"}
        self._history = pd.DataFrame()
        self._batches = 0
        self._began = self._noted = 0.0
        self._write()

    def at(self, phase: str) -> None:
        self._told |= {"phase": phase}
        self._write()

    def keeps(self, folder: Path) -> None:
        self._told |= {"kept": folder.name}

    def begin(self, epochs: int, done: pd.DataFrame | None = None) -> None:
        self._history = pd.DataFrame() if done is None else done
        figures = {"epoch": len(self._history), "epochs": epochs, "batch": 0, "batches": 0}
        self._told |= {"phase": "Building the network", **figures}
        self._write()

    def after_batch(self, epoch: int, batch: int, batches: int, figures: Mapping[str, Any]) -> None:
        if not self._began:  # the first batch waits for TensorFlow to build its graph
            self._began = time.monotonic()
        else:
            self._batches += 1
        if time.monotonic() - self._noted < EVERY:
            return
        self._told |= {"phase": "Training", "epoch": epoch, "batch": batch, "batches": batches}
        self._told |= {name: float(figures[name]) for name in ("accuracy", "loss")}
        self._told |= {"seconds_left": self._seconds_left()}
        self._write()

    def after_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        self._history = pd.concat([self._history, pd.DataFrame(dict(row), index=[epoch])])
        with suppress(OSError):
            text = self._history.to_csv(index_label="epoch")
            processes.write_whole(folder() / "history.csv", text)

    def _seconds_left(self) -> float | None:
        """By the mean batch so far, with the validation between epochs in it."""
        if not self._batches:
            return None
        told = self._told
        left = (told["epochs"] - told["epoch"] + 1) * told["batches"] - told["batch"]
        return left * (time.monotonic() - self._began) / self._batches

    def _write(self) -> None:
        self._noted = time.monotonic()
        with suppress(OSError):
            _write("progress.json", self._told | {"updated": time.time()})


def folder() -> Path:
    """Where all of this is."""
    return registry.models_dir() / ".training"


def note(order: Order, process: Identity) -> None:
    """Write down which training it is now."""
    _write("job.json", {"order": asdict(order), "process": asdict(process), "began": time.time()})


def note_end(state: State, reason: str = "") -> None:
    """Write down how it ended, if the disk has room for that."""
    with suppress(OSError):
        _write("outcome.json", {"state": state, "reason": reason})


def forget(*, keep_log: bool) -> None:
    """Remove all that is known of the last training."""
    for name in FILES:
        if not (keep_log and name == "log.txt"):
            (folder() / name).unlink(missing_ok=True)


def _write(name: str, content: dict[str, Any]) -> None:
    processes.write_whole(folder() / name, json.dumps(content))


def _read(name: str) -> dict[str, Any]:
    """A file's content; nothing where it is not there or damaged."""
    try:
        content = json.loads((folder() / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
