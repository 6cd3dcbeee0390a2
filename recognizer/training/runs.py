"""The runs of a sweep: how far each of them is, and how it ended, in models/.training/runs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from recognizer import processes
from recognizer.errors import ModelError
from recognizer.models import registry
from recognizer.models.checked import short
from recognizer.models.folder import ModelEntry
from recognizer.training import job_state, notes
from recognizer.training.job_state import Job, State
from recognizer.training.notes import Progress
from recognizer.training.request import TrainingRequest
from recognizer.training.sweep import model_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Run:
    """One training of a sweep.

    Attributes:
        request: What was asked for.
        state: None while it waits for its turn.
        progress: How far it is.
        reason: Why it failed, in plain words; empty otherwise.
        made: What its model was called when it was published; empty before that.
    """

    request: TrainingRequest
    state: State | None
    progress: Progress
    reason: str = ""
    made: str = ""

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        return 1.0 if self.ended else self.progress.share

    @property
    def ended(self) -> bool:
        return self.state not in (None, "running")

    def history(self) -> pd.DataFrame:
        """A row per finished epoch."""
        return notes.read_history(folder_of(self.request))

    @cached_property
    def validation_accuracy(self) -> float | None:
        """On the validation images after its last epoch so far, 0 to 1; None before the first."""
        return notes.read_validation_accuracy(folder_of(self.request))


def runs_of(job: Job) -> list[Run]:
    """The runs of a sweep, in the order in which they were asked for."""
    return [read_run(request, job.state) for request in job.requests]


def best_first(runs: Iterable[Run]) -> list[Run]:
    """By accuracy on validation images; those without any at the end."""
    return sorted(runs, key=lambda run: -(run.validation_accuracy or 0.0))


def trained(job: Job) -> int:
    """How many runs of a sweep are done."""
    outcomes = (notes.read(folder_of(request) / "outcome.json") for request in job.requests)
    return sum(outcome.get("state") == "done" for outcome in outcomes)


def models_of(job: Job, runs: Iterable[Run]) -> dict[str, ModelEntry]:
    """The models that runs of a sweep have made, by the names that were asked for.

    Those that are still there, whatever they are called now.
    """
    since = [each for each in registry.complete_models() if each.trained_at >= int(job.began)]
    made = {run.request.name: _model_of(run, since) for run in runs if run.made}
    return {name: model for name, model in made.items() if model}


def _model_of(run: Run, models: list[ModelEntry]) -> ModelEntry | None:
    """By its name or, where it was renamed, by its settings."""
    named = next((each for each in models if each.name == run.made), None)
    return named or model_of(run.request, models)


def read_run(request: TrainingRequest, sweep: State = "running") -> Run:
    """One run of a sweep that is in this state."""
    folder = folder_of(request)
    outcome = notes.read(folder / "outcome.json")
    state: State | None = outcome.get("state")
    if state not in job_state.ENDS:
        started = folder.is_dir() and any(folder.iterdir())  # on a cluster, it may have to wait
        state = sweep if started else None
    reason, made = short(str(outcome.get("reason", "")), job_state.LONGEST), ""
    with suppress(ModelError):  # no model is called what is noted
        made = registry.check_name(str(outcome.get("model", "")))
    return Run(request, state, notes.read_progress(folder), reason, made)


def folder_of(request: TrainingRequest) -> Path:
    """Where a run of a sweep keeps its notes."""
    return job_state.folder() / job_state.RUNS / request.name


def note_end(folder: Path, state: State, *, reason: str = "", model: str = "") -> None:
    """Write down how a run ended, and what its model is called."""
    outcome = {"state": state, "reason": reason, "model": model, "ended": time.time()}
    with suppress(OSError):
        processes.write_whole(folder / "outcome.json", json.dumps(outcome))
