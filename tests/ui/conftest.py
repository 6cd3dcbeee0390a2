"""A training that runs, and requests that are only noted."""

from pathlib import Path

import pytest

from recognizer import processes
from recognizer.training import jobs
from recognizer.training.request import TrainingRequest
from tests.training_notes import note_training


@pytest.fixture
def running(model_copy: Path, models: Path) -> Path:
    """A training, noted as run by this very process; its folder."""
    note_training(processes.own())
    return models / ".training"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[TrainingRequest]:
    """The requests that the pages start; nothing is trained."""
    requests: list[TrainingRequest] = []
    monkeypatch.setattr(jobs, "start", requests.append)
    return requests
