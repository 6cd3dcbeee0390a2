"""The trainings that have ended: the last ones, for all visitors, in models/.training/past.json.

The last of them is still in the files of job_state.py; it is added when the next one starts, by
whoever holds the lock for that, so there is one writer at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from recognizer import processes
from recognizer.errors import ModelError
from recognizer.models import records, registry
from recognizer.models.checked import read_json
from recognizer.models.folder import ModelEntry
from recognizer.models.records import Count, Name, Share
from recognizer.training import job_state
from recognizer.training.job_state import Job, State
from recognizer.training.notes import Moment
from recognizer.training.request import TrainingRequest
from recognizer.training.runs import Run, best_first, models_of, runs_of, trained

KEPT = 20  # trainings


@dataclass(frozen=True)
class PastTraining:
    """A training that has ended.

    Attributes:
        name: Of the model; what it is called now, if it is there.
        recipe: The name of its recipe.
        epochs: How many there should have been, over all stages.
        began, ended: When, in seconds since 1970.
        state: "killed" is one that stopped without noting how.
        reason: Why it failed, in plain words; empty otherwise.
        accuracy: On the 10,000 test images, 0 to 1; None without a model.
        on_drawings: Accuracy on held-out drawings, 0 to 1; None where there were none.
        model_there: Whether its model is still there.
        runs: How many trainings it was; of a sweep, the model is the best by validation.
        trained: Of a sweep: how many of them are done.
        trained_at: Of a sweep: when its best model was, in seconds since 1970.
    """

    name: Name
    recipe: Name
    epochs: Count
    began: Moment
    ended: Moment
    state: State
    reason: Annotated[str, Field(max_length=job_state.LONGEST)] = ""
    accuracy: Share | None = None
    on_drawings: Share | None = None
    model_there: bool = False
    runs: Count = 1
    trained: Count = 0
    trained_at: Moment = 0.0

    @classmethod
    def of(cls, job: Job) -> PastTraining:
        """What is to be kept of a training that has ended, or of a sweep."""
        if not job.is_sweep:
            return cls._with_name(job, job.request, job.request.name).with_model(model_of(job))
        best = best_run(job)
        if best is None:
            past = cls._with_name(job, job.request, job.title)
            return replace(past, runs=len(job.requests))
        past = cls._with_name(job, best.request, best.made)
        past = replace(past, runs=len(job.requests), trained=trained(job))
        return past.with_model(models_of(job, [best]).get(best.request.name))

    @classmethod
    def _with_name(cls, job: Job, request: TrainingRequest, name: str) -> PastTraining:
        epochs, reason = request.to_recipe().last_epochs[-1], job.reason
        return cls(name, request.recipe, epochs, job.began, job.updated, job.state, reason)

    def with_model(self, model: ModelEntry | None) -> PastTraining:
        """The same with the figures of its model, which stay when the model is deleted."""
        if model is None:
            return replace(self, model_there=False)
        return replace(
            self,
            name=model.name,
            accuracy=model.accuracy,
            on_drawings=model.benchmark.overall.accuracy if model.benchmark else None,
            model_there=True,
            trained_at=model.trained_at,
        )


def model_of(job: Job) -> ModelEntry | None:
    """The model that a single training made, whatever it is called now; None if it is gone."""
    with suppress(ModelError):
        model = registry.find_model(job.request.name)
        set_back = job.state == "done" and 0 < job.ended < job.began  # the clock, meanwhile
        if set_back or _made(model, job.began, job.updated):
            return model
    models = registry.complete_models() if job.state == "done" else []
    return next((each for each in models if _made(each, job.began, job.updated)), None)


def best_run(job: Job) -> Run | None:
    """The run of a sweep whose model is the best by validation; None before the first is done."""
    return next((run for run in best_first(runs_of(job)) if run.made), None)


def _made(model: ModelEntry, began: float, ended: float) -> bool:
    """Whether it is from a training in this time: there is one training at a time."""
    return int(began) <= model.trained_at <= ended


def past_trainings() -> list[PastTraining]:
    """The last trainings that have ended, the latest first."""
    known = list(_read())
    job = job_state.current()
    if job and not job.running and job.began not in {each.began for each in known}:
        known.append(PastTraining.of(job))
    models = registry.complete_models()
    return [_as_it_is_now(each, models) for each in reversed(known[-KEPT:])]


def _as_it_is_now(past: PastTraining, models: list[ModelEntry]) -> PastTraining:
    """With the name and the figures that its model has now."""
    if past.runs > 1:
        return past.with_model(_best_of(models, past) if past.trained else None)
    if past.state != "done":
        return past
    made = (model for model in models if _made(model, past.began, past.ended))
    return past.with_model(next(made, None))


def _best_of(models: list[ModelEntry], past: PastTraining) -> ModelEntry | None:
    """The best model of a sweep, of which several can end in the same second."""
    best = (past.trained_at, past.accuracy)
    found = [model for model in models if (model.trained_at, model.accuracy) == best]
    return min(found, key=lambda model: model.name != past.name, default=None)


def keep(job: Job | None) -> None:
    """Keep what is to be kept of a training, before the next one takes its files."""
    if job is None:
        return
    known = [each for each in _read() if each.began != job.began]
    rows = [asdict(each) for each in [*known, PastTraining.of(job)][-KEPT:]]
    with suppress(OSError):  # a full disk does not stop the next training for that
        processes.write_whole(_file(), json.dumps(rows))


def _file() -> Path:
    return job_state.folder() / "past.json"


def _read() -> Iterator[PastTraining]:
    """Those that are kept, the earliest first; what is damaged is left out."""
    try:
        rows = read_json(_file())
    except (OSError, ValueError):
        return
    for row in rows if isinstance(rows, list) else []:
        with suppress(ValueError):
            yield records.parse(PastTraining, row)
