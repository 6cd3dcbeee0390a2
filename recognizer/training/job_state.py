"""The training that runs, or the last one that ran: all that is known of it, on disk.

It is in models/.training, so that every visitor sees the same, also after the server was
restarted.

job.json       the request, the process that trains, and when it began
progress.json  what it is doing, how far it is, and how long the rest will take
history.csv    a row per finished epoch
batches.csv    accuracy and loss so far at some batches of the first epoch
log.txt        what it printed, if a page started it
outcome.json   how it ended; missing if its process was killed
end.json       the process that another server asks to end
id             the number of the lock in PostgreSQL, and
lock           the lock file: see claim.py
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import FiniteFloat, NonNegativeInt

from recognizer import processes
from recognizer.errors import ModelError, RequestError
from recognizer.models import records, registry
from recognizer.models.folder import HISTORY_COLUMNS
from recognizer.processes import Identity
from recognizer.training import claim
from recognizer.training.request import TrainingRequest

if TYPE_CHECKING:
    import pandas as pd

LOG_LINES = 200  # of the end of the log
END = "end.json"
FILES = ("job.json", "progress.json", "history.csv", "batches.csv", "log.txt", "outcome.json", END)
State = Literal["running", "done", "failed", "cancelled", "killed"]
ENDS = ("done", "failed", "cancelled")


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
    """

    phase: str = "Starting"
    checkpoint: str | None = None
    epoch: NonNegativeInt = 0
    epochs: NonNegativeInt = 0
    batch: NonNegativeInt = 0
    batches: NonNegativeInt = 0
    accuracy: float | None = None
    loss: float | None = None
    seconds_left: FiniteFloat | None = None
    updated: FiniteFloat = 0.0

    @property
    def share(self) -> float:
        """How much of all batches is done, 0 to 1."""
        if not self.epochs:
            return 0.0
        done = max(self.epoch - 1, 0) + self.batch / max(self.batches, 1)
        return min(done / self.epochs, 1.0)


@dataclass(frozen=True, eq=False)
class Job:
    """The training that runs, or the last one that ran.

    Attributes:
        request: What was asked for.
        process: Which process trains.
        began: When, in seconds since 1970.
        state: "killed" is one that stopped without noting how.
        reason: Why it failed, in plain words; empty otherwise.
        ended: When, in seconds since 1970; 0 where that was not noted.
    """

    request: TrainingRequest
    process: Identity
    began: float
    state: State
    reason: str
    progress: Progress = field(repr=False)
    ended: float = 0.0

    @property
    def running(self) -> bool:
        return self.state == "running"

    @property
    def updated(self) -> float:
        """When it last noted anything, in seconds since 1970."""
        return max(self.began, self.progress.updated, self.ended)

    def history(self) -> pd.DataFrame:
        """A row per finished epoch; none where the file is missing or damaged."""
        import pandas as pd  # slow to import; reading needs none of it

        try:
            rows = pd.read_csv(folder() / "history.csv", index_col="epoch").astype(float)
        except (OSError, ValueError):
            return pd.DataFrame()
        return rows if set(HISTORY_COLUMNS) <= set(rows.columns) else pd.DataFrame()

    def first_epoch(self) -> pd.DataFrame:
        """Accuracy and loss of the first epoch so far, by `batch`; no row without any.

        On training images, each the mean of all batches up to this one.
        """
        import pandas as pd  # slow to import; reading needs none of it

        try:
            rows = pd.read_csv(folder() / "batches.csv", index_col="batch").astype(float)
        except (OSError, ValueError):
            return pd.DataFrame()
        return rows if {"accuracy", "loss"} <= set(rows.columns) else pd.DataFrame()

    def log(self) -> str | None:
        """The end of what it printed; None if it was started in a terminal."""
        with suppress(OSError):
            text = (folder() / "log.txt").read_text(encoding="utf-8", errors="replace")
            return "\n".join(text.splitlines()[-LOG_LINES:])
        return None


def current() -> Job | None:
    """The training that runs, else the last one; None without any, or if its notes are damaged."""
    notes = _read("job.json")
    try:
        request = TrainingRequest.from_json(notes.get("request"))
        request.to_recipe()  # of a recipe that still exists
        registry.check_name(request.name)
        process = records.parse(Identity, notes.get("process"))
        began = records.parse(float, notes.get("began"))
        # Asked before its outcome: it notes that before it is gone.
        alive = process.alive if process.here else claim.runs_elsewhere(folder())
    except (ValueError, ModelError, RequestError):
        return None
    outcome = _read("outcome.json")
    state = outcome.get("state")
    if state not in ENDS:
        state = "running" if alive else _ended_silently(request, process, began)
    reason = str(outcome.get("reason", ""))
    return Job(request, process, began, state, reason, _progress(), _time(outcome.get("ended")))


def _ended_silently(request: TrainingRequest, process: Identity, began: float) -> State:
    """It may have been killed between putting its model in place and noting that."""
    with suppress(ModelError):
        if registry.find_model(request.name).trained_at >= int(began):
            return "done"
    asked = process_in(END)
    return "cancelled" if asked and asked.is_same(process) else "killed"


def process_in(name: str) -> Identity | None:
    """The process that one of the files names; None without one."""
    with suppress(ValueError):
        return records.parse(Identity, _read(name).get("process"))
    return None


def _time(noted: object) -> float:
    with suppress(ValueError):
        return records.parse(FiniteFloat, noted)
    return 0.0


def _progress() -> Progress:
    try:
        return records.parse(Progress, _read("progress.json"))
    except ValueError:
        return Progress()


def in_words(job: Job) -> str:
    """What a running job is doing, in a line."""
    progress = job.progress
    if not progress.epoch:
        return f"Training {job.request.name}: {progress.phase.lower()}."
    where = f"epoch {progress.epoch} of {progress.epochs}"
    if progress.phase != "Training":
        where += f", {progress.phase.lower()}"
    if progress.seconds_left:
        where += f", {about(progress.seconds_left)} left"
    return f"Training {job.request.name}: {where}."


def about(seconds: float) -> str:
    """A time that is not known to the second, in words."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"about {seconds / size:.{1 if unit == 'h' else 0}f} {unit}"
    return f"about {max(5 * round(seconds / 5), 5)} s"


def folder() -> Path:
    """Where all of this is."""
    return registry.models_dir() / ".training"


def note(request: TrainingRequest, process: Identity) -> None:
    """Write down which training it is now."""
    notes = {"request": asdict(request), "process": asdict(process), "began": time.time()}
    write("job.json", notes)


def note_end(state: State, reason: str = "") -> None:
    """Write down how it ended, if the disk has room for that."""
    with suppress(OSError):
        write("outcome.json", {"state": state, "reason": reason, "ended": time.time()})


def forget(*, keep_log: bool) -> None:
    """Remove all that is known of the last training."""
    for name in FILES:
        if not (keep_log and name == "log.txt"):
            (folder() / name).unlink(missing_ok=True)


def write(name: str, content: dict[str, Any]) -> None:
    """Write one of the files as JSON; raises OSError where that cannot be done."""
    processes.write_whole(folder() / name, json.dumps(content))


def _read(name: str) -> dict[str, Any]:
    """A file's content; nothing where it is missing or damaged."""
    try:
        content = json.loads((folder() / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
