"""What is refused before a training starts, and what is cleaned up."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recognizer.errors import (
    DiskError,
    MissingDatasetError,
    ModelError,
    RequestError,
    TrainingError,
)
from recognizer.processes import Identity
from recognizer.training import jobs
from recognizer.training.job_state import current
from recognizer.training.request import TrainingRequest
from tests.conftest import SHIPPED
from tests.training.trainings import QUICK, now, visible


@pytest.fixture(autouse=True)
def no_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PEN_DIGITS", raising=False)


@pytest.fixture
def done(model_copy: Path) -> TrainingRequest:
    """The request of a training that is done: it is known until another one starts."""
    with jobs.run(QUICK):
        pass
    return QUICK


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        ({"recipe": "robust-cnn"}, MissingDatasetError, "PEN_DIGITS"),
        ({"epochs": 0}, RequestError, "Epochs: 0"),
        ({"name": "larger-cnn"}, ModelError, "is taken"),
        ({"name": "larger-cnn", "replace": True}, RequestError, r"Only train\.py replaces"),
    ],
)
def test_an_impossible_request_is_refused_and_the_last_training_kept(
    done: TrainingRequest, change: dict[str, Any], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        jobs.start(replace(QUICK, **change))
    assert (now().request, now().state) == (done, "done")


def test_a_full_disk_is_reported_before_anything_starts(
    done: TrainingRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "NEEDED", 10**18)
    with pytest.raises(DiskError, match="is full"):
        jobs.start(replace(QUICK, name="other"))
    assert now().request == done


def test_a_process_that_cannot_be_started_is_reported(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(TrainingError, match="could not be started"):
        jobs.start(QUICK)
    assert current() is None


def test_cancelling_without_a_training_does_nothing(models: Path) -> None:
    jobs.cancel(Identity(1, 0.0))
    assert current() is None


def test_the_script_that_trains_is_there() -> None:
    assert jobs.TRAIN.samefile(SHIPPED.parent / "train.py")


def test_a_state_that_nobody_has_resumed_for_long_is_removed(models: Path) -> None:
    for name in (".unfinished-old", ".unfinished-new"):
        (models / name).mkdir()
    long_ago = (models / ".unfinished-old").stat().st_mtime - jobs.CHECKPOINTS_KEPT - 60
    os.utime(models / ".unfinished-old", (long_ago, long_ago))
    jobs.clean_up()
    assert visible(models) == [".unfinished-new"]
