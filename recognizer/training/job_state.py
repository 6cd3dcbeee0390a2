"""The training that runs, or the last one that ran: all that is known of it, on disk.

It is in models/.training, so that every visitor sees the same, also after the server was
restarted.

job.json       the requests, the process that trains, and when it began
progress.json  what it is doing, how far it is, and how long the rest will take
history.csv    a row per finished epoch
batches.csv    accuracy and loss so far at some batches of the first epoch
log.txt        what it printed, if a page started it
outcome.json   how it ended; missing if its process was killed
runs/          of a sweep: a folder per run with the same files; see runs.py
end.json       the process that another server asks to end
id             the number of the lock in PostgreSQL, and
lock           the lock file: see claim.py
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from recognizer import processes
from recognizer.errors import ModelError, RequestError
from recognizer.models import records, registry
from recognizer.models.checked import short
from recognizer.processes import Identity
from recognizer.training import claim, notes
from recognizer.training.notes import Moment, Progress
from recognizer.training.request import TrainingRequest

if TYPE_CHECKING:
    import pandas as pd

RUNS = "runs"  # the folder of a sweep's runs
END = "end.json"
FILES = ("job.json", "progress.json", "history.csv", "batches.csv", "log.txt", "outcome.json", END)
FULL = "The disk was full. Free some space and train again; nothing was changed."
State = Literal["running", "done", "failed", "cancelled", "killed"]
LONGEST = 500  # characters of a reason
ENDS = ("done", "failed", "cancelled")


@dataclass(frozen=True, eq=False)
class Job:
    """The training that runs, or the last one that ran.

    Attributes:
        requests: What was asked for: one training, or the runs of a sweep.
        process: Which process trains.
        began: When, in seconds since 1970.
        state: "killed" is one that stopped without noting how.
        reason: Why it failed, in plain words; empty otherwise.
        ended: When, in seconds since 1970; 0 where that was not noted.
    """

    requests: tuple[TrainingRequest, ...]
    process: Identity
    began: float
    state: State
    reason: str
    progress: Progress = field(repr=False)
    ended: float = 0.0

    @property
    def request(self) -> TrainingRequest:
        """The first one."""
        return self.requests[0]

    @property
    def is_sweep(self) -> bool:
        return len(self.requests) > 1

    @property
    def title(self) -> str:
        """What it makes, in a few words."""
        return f"{len(self.requests)} models" if self.is_sweep else self.request.name

    @property
    def running(self) -> bool:
        return self.state == "running"

    @property
    def updated(self) -> float:
        """When it last noted anything, in seconds since 1970."""
        return max(self.began, self.progress.updated, self.ended)

    def history(self) -> pd.DataFrame:
        """A row per finished epoch; none where the file is missing or damaged."""
        return notes.read_history(folder())

    def first_epoch(self) -> pd.DataFrame:
        """Accuracy and loss of the first epoch so far, by `batch`; no row without any."""
        return notes.read_first_epoch(folder())

    def log(self) -> str | None:
        """The end of what it printed; None if it was started in a terminal."""
        return notes.read_log(folder())


def current() -> Job | None:
    """The training that runs, else the last one; None without any, or if its notes are damaged."""
    noted = notes.read(folder() / "job.json")
    try:
        requests = _requests(noted)
        process = records.parse(Identity, noted.get("process"))
        began = records.parse(Moment, noted.get("began"))
        # Asked before its outcome: it notes that before it is gone.
        alive = process.alive if process.here else claim.runs_elsewhere(folder())
    except (ValueError, ModelError, RequestError):
        return None
    outcome = notes.read(folder() / "outcome.json")
    state = outcome.get("state")
    if state not in ENDS:
        state = "running" if alive else _ended_silently(requests, process, began)
    reason = short(str(outcome.get("reason", "")), LONGEST)
    if state == "killed" and notes.disk_was_full(folder()):
        reason = FULL
    progress, ended = notes.read_progress(folder()), _time(outcome.get("ended"))
    return Job(requests, process, began, state, reason, progress, ended)


def _requests(noted: dict[str, Any]) -> tuple[TrainingRequest, ...]:
    """What was asked for; raises RequestError or ModelError where that cannot be."""
    listed = noted.get("requests", [noted.get("request")])  # one, in an older version
    if not (isinstance(listed, list) and listed):
        raise RequestError("There is no request.")
    requests = tuple(TrainingRequest.from_json(each) for each in listed)
    for request in requests:
        request.check_values()  # and its recipe still exists
        for name in filter(None, (request.name, request.start_from)):
            registry.check_name(name)
    return requests


def _ended_silently(requests: Sequence[TrainingRequest], process: Identity, began: float) -> State:
    """It may have been killed between putting its last model in place and noting that."""
    with suppress(ModelError):
        if min(registry.find_model(each.name).trained_at for each in requests) >= int(began):
            return "done"
    asked = process_in(END)
    return "cancelled" if asked and asked.is_same(process) else "killed"


def process_in(name: str) -> Identity | None:
    """The process that one of the files names; None without one."""
    with suppress(ValueError):
        return records.parse(Identity, notes.read(folder() / name).get("process"))
    return None


def _time(noted: object) -> float:
    with suppress(ValueError):
        return records.parse(Moment, noted)
    return 0.0


def in_words(job: Job) -> str:
    """What a running job is doing, in a line."""
    return f"Training {job.title}: {where(job.progress)}."


def where(progress: Progress) -> str:
    """How far a training is, in words."""
    words = progress.phase.lower()
    if progress.epoch:
        part = "" if progress.phase == "Training" else f", {words}"
        words = f"epoch {progress.epoch} of {progress.epochs}{part}"
    return f"{words}, {about(progress.seconds_left)} left" if progress.seconds_left else words


def about(seconds: float) -> str:
    """A time that is not known to the second, in words."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"about {seconds / size:.{1 if unit == 'h' else 0}f} {unit}"
    return f"about {max(5 * round(seconds / 5), 5)} s"


def folder() -> Path:
    """Where all of this is."""
    return registry.models_dir() / ".training"


def note(requests: Sequence[TrainingRequest], process: Identity) -> None:
    """Write down which training it is now."""
    listed = [asdict(request) for request in requests]
    write("job.json", {"requests": listed, "process": asdict(process), "began": time.time()})


def note_end(state: State, reason: str = "") -> None:
    """Write down how it ended, if the disk has room for that."""
    with suppress(OSError):
        write("outcome.json", {"state": state, "reason": reason, "ended": time.time()})


def forget(*, keep_log: bool) -> None:
    """Remove all that is known of the last training."""
    for name in FILES:
        if not (keep_log and name == "log.txt"):
            (folder() / name).unlink(missing_ok=True)
    processes.remove(folder() / RUNS)


def write(name: str, content: dict[str, Any]) -> None:
    """Write one of the files as JSON; raises OSError where that cannot be done."""
    processes.write_whole(folder() / name, json.dumps(content))
