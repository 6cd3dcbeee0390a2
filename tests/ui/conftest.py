"""A training that runs, requests that are only noted, drawings of two visitors."""

from pathlib import Path

import pytest

from recognizer import Collection, processes
from recognizer.training import jobs
from recognizer.training.request import TrainingRequest
from recognizer.ui import permission
from tests.collection.samples import drawing, reading
from tests.training_notes import note_training
from tests.ui.drawings_page import ADA


@pytest.fixture
def running(model_copy: Path, models: Path) -> Path:
    """A training, noted as run by this very process; its folder."""
    note_training(processes.own())
    return models / ".training"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[TrainingRequest]:
    """The requests that the pages start; nothing is trained."""
    requests: list[TrainingRequest] = []
    monkeypatch.setattr(jobs, "start", lambda *asked: requests.extend(asked))
    return requests


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collection:
    """The collection that the page uses: two drawings of Ada's and two of Bob's."""
    url = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    monkeypatch.setenv("DRAWINGS_URL", url)
    collection = Collection.open(url)
    for number, (label, digit, who) in enumerate(
        [(3, 3, ADA), (7, 1, ADA), (4, 9, "bob"), (None, 5, "bob")]
    ):
        read, trusted = reading(digit, 0.99), who == "bob"
        collection.add(drawing(number), label, contributor=who, reading=read, accepted=trusted)
    return collection


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """The visitor may not retrain."""
    monkeypatch.setattr(permission, "_on_this_machine", lambda: False)
