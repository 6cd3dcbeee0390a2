"""What is noted of a training: written, read, and damaged."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from recognizer import processes
from recognizer.errors import ModelError, RequestError, TrainingError
from recognizer.processes import Identity
from recognizer.training import job_state, jobs, progress_writer
from recognizer.training.job_state import Job, about, current, in_words
from recognizer.training.notes import LOG_LINES, Progress
from recognizer.training.progress_writer import ProgressWriter
from recognizer.training.request import TrainingRequest
from tests.conftest import SHIPPED
from tests.waiting import wait_until

REQUEST = TrainingRequest("mlp-baseline", "mine", epochs=3, learning_rate=0.1)


def now() -> Job:
    job = current()
    assert job
    return job


@pytest.fixture
def running(models: Path) -> Iterator[ProgressWriter]:
    """A training in this process."""
    with jobs.run(REQUEST) as listener:
        yield listener


@pytest.fixture
def notes(models: Path) -> Path:
    """The notes of a training in this process that is done."""
    with jobs.run(REQUEST):
        pass
    return models / ".training"


def test_without_any_training_nothing_is_known(models: Path) -> None:
    assert current() is None


def test_a_running_training_is_known(running: ProgressWriter) -> None:
    job = now()
    assert (job.request, job.state, job.reason) == (REQUEST, "running", "")
    assert job.process.is_same(processes.own())
    assert job.began <= job.updated
    assert job.log() is None  # nobody keeps what it prints
    assert in_words(job) == "Training mine: loading."


def test_a_finished_training_is_known(notes: Path) -> None:
    assert (now().state, now().running) == ("done", False)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModelError("As it is."), "^As it is.$"),
        (TrainingError("As it is."), "^As it is.$"),
        (RequestError("As it is."), "^As it is.$"),
        (OSError(28, "No space left on device"), "disk is full"),
        (RuntimeError("h5: errno = 28, error message = 'No space left on device'"), "disk is full"),
        (MemoryError(), "smaller batch"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero.* log"),
    ],
)
def test_a_failure_is_noted_in_plain_words(models: Path, error: Exception, reason: str) -> None:
    with pytest.raises(type(error)), jobs.run(REQUEST):
        raise error
    assert now().state == "failed"
    assert re.search(reason, now().reason)


def test_a_full_disk_is_found_as_the_cause_of_another_error(models: Path) -> None:
    def save() -> None:
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise ValueError("cannot save") from error

    with pytest.raises(ValueError, match="cannot save"), jobs.run(REQUEST):
        save()
    assert "disk is full" in now().reason


def test_ctrl_c_keeps_the_state_to_resume_from(models: Path) -> None:
    state = models / ".unfinished-x"
    state.mkdir()

    def interrupted() -> None:
        with jobs.run(REQUEST) as listener:
            listener.on_checkpoint(state)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert now().state == "cancelled"
    assert state.exists()


def test_a_cancelled_training_loses_its_state_and_no_other(models: Path) -> None:
    script = f"""
from pathlib import Path
from recognizer.training import jobs
from recognizer.training.request import TrainingRequest
with jobs.run(TrainingRequest(**{asdict(REQUEST)})) as listener:
    listener.on_checkpoint(Path('.unfinished-x'))
    input()
"""
    (models / ".unfinished-x").mkdir()
    (models / ".unfinished-y").mkdir()
    with subprocess.Popen([sys.executable, "-c", script], stdin=-1, cwd=SHIPPED.parent):
        wait_until(lambda: (job := current()) and job.progress.checkpoint)
        jobs.cancel(now().process)
    states = [path.name for path in models.glob(".unfinished-*")]
    assert states == [".unfinished-y"]  # another training can be resumed from it
    assert now().state == "cancelled"


def test_a_killed_training_whose_model_is_there_is_done(model_copy: Path, models: Path) -> None:
    """It was killed after its model was published and before that was noted."""
    ended = Identity(2**22 + 1, 1.0)
    job_state.folder().mkdir()
    request = TrainingRequest("larger-cnn", "larger-cnn")
    job_state.note([request], ended)
    assert now().state == "killed"  # the model is older
    recipe = json.loads((model_copy / "recipe.json").read_text())
    recipe["trained_at"] = "2200-01-01T00:00:00+00:00"
    (model_copy / "recipe.json").write_text(json.dumps(recipe))
    assert now().state == "done"


# Progress


def test_progress_follows_the_training(running: ProgressWriter) -> None:
    running.on_begin(3)
    assert in_words(now()) == "Training mine: building the network."
    running.on_batch(1, 1, 20, {"accuracy": 0.5, "loss": 1.0})
    running._noted = -1e9  # as if half a second had passed
    running.on_batch(2, 5, 20, {"accuracy": 0.75, "loss": 0.5})
    progress = now().progress
    assert (progress.phase, progress.epoch, progress.epochs) == ("Training", 2, 3)
    assert (progress.batch, progress.batches) == (5, 20)
    assert (progress.accuracy, progress.loss) == (0.75, 0.5)
    assert progress.share == pytest.approx(25 / 60)
    running.on_phase("Testing")
    assert in_words(now()).startswith("Training mine: epoch 2 of 3, testing")
    row = {"loss": 0.5, "accuracy": 0.8, "val_loss": 0.4, "val_accuracy": 0.9, "seconds": 2.0}
    running.on_epoch(1, row)
    running.on_epoch(2, row)
    assert now().history().index.tolist() == [1, 2]
    assert now().history().iloc[1].to_dict() == row


def test_the_first_epoch_has_curves_of_its_own(running: ProgressWriter) -> None:
    running.on_begin(2)
    assert now().first_epoch().empty
    for batch in range(1, 1001):
        running._noted = -1e9  # as if half a second had passed
        running.on_batch(1, batch, 1000, {"accuracy": batch / 1000, "loss": 1.0})
    rows = now().first_epoch()
    assert rows.index.tolist() == list(range(10, 1001, 10))
    assert rows.loc[500].to_dict() == {"accuracy": 0.5, "loss": 1.0}
    running.on_epoch(1, {"loss": 0.5})
    running._noted = -1e9
    running.on_batch(2, 1, 1000, {"accuracy": 0.9, "loss": 0.1})
    assert len(now().first_epoch()) == len(rows)
    (job_state.folder() / "batches.csv").write_text("batch,loss\n1,x\n")
    assert now().first_epoch().empty


def test_time_left_counts_all_epochs(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    watch = SimpleNamespace(monotonic=lambda: clock[0], time=time.time)
    monkeypatch.setattr(progress_writer, "time", watch)
    job_state.folder().mkdir()
    job_state.note([REQUEST], processes.own())
    listener = ProgressWriter()
    listener.on_begin(3)
    for batch in range(1, 11):
        clock[0] += 1
        listener.on_batch(1, batch, 20, {"accuracy": 0.5, "loss": 1.0})
    assert now().progress.seconds_left == pytest.approx(50)  # 10 of this epoch, 40 more
    assert now().progress.share == pytest.approx(10 / 60)
    assert in_words(now()) == "Training mine: epoch 1 of 3, about 50 s left."


def test_a_full_disk_does_not_end_the_training(
    running: ProgressWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(processes, "write_whole", full)
        running.on_phase("Testing")
        running.on_begin(3)
        running.on_epoch(1, {"loss": 0.5})
    assert now().progress.phase == "Loading"


@pytest.mark.parametrize(
    "damage",
    ["{", "[]", '{"updated": "x"}', '{"epoch": 1, "epochs": null}', '{"phase": 5}']
    + ['{"epoch": -1}', '{"seconds_left": "long"}'],
)
def test_damaged_progress_is_ignored(running: ProgressWriter, damage: str) -> None:
    (job_state.folder() / "progress.json").write_text(damage)
    (job_state.folder() / "history.csv").write_text("epoch,loss\n1,0.5\n")
    job = now()
    assert in_words(job) == "Training mine: starting."
    assert job.progress == Progress()
    assert job.progress.share == 0
    assert job.updated == job.began
    assert job.history().empty


# Damaged notes


ODD = [
    {"requests": {"name": 5}},
    {"requests": {"name": "../x"}},
    {"requests": {"recipe": "gone"}},
    {"requests": {"optimizer": "gone"}},
    {"requests": None},
    {"requests": []},
    {"requests": 5},
    {"process": {"pid": "x"}},
    {"process": {"pid": -1}},
    {"process": {"started": None}},
    {"process": None},
    {"began": "x"},
]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_odd_notes_are_no_training(notes: Path, odd: dict[str, Any]) -> None:
    known = json.loads((notes / "job.json").read_text())
    for name, change in odd.items():
        if name == "requests" and isinstance(change, dict):
            known[name] = [*known[name], known[name][0] | change]
        else:
            known[name] = known[name] | change if isinstance(change, dict) else change
    (notes / "job.json").write_text(json.dumps(known))
    assert current() is None


def test_notes_of_an_older_version_have_one_request(notes: Path) -> None:
    known = json.loads((notes / "job.json").read_text())
    known["request"] = known.pop("requests")[0]
    (notes / "job.json").write_text(json.dumps(known))
    assert now().requests == (REQUEST,)


def test_damaged_notes_are_no_training(notes: Path) -> None:
    complete = (notes / "job.json").read_text()
    for damage in ("", "[]", complete[:40]):
        (notes / "job.json").write_text(damage)
        assert current() is None
    (notes / "job.json").write_text(complete)
    assert now().state == "done"


@pytest.mark.parametrize("state", ["weird", ["done"], None])
def test_an_unknown_end_is_no_end(notes: Path, state: object) -> None:
    (notes / "outcome.json").write_text(json.dumps({"state": state}))
    assert now().running  # as this process is


# In words


def test_the_log_is_the_end_of_what_was_printed(notes: Path) -> None:
    lines = [f"line {number}" for number in range(1000)]
    (notes / "log.txt").write_text("\n".join(lines))
    assert now().log() == "\n".join(lines[-LOG_LINES:])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "5 s"), (33, "35 s"), (89, "90 s"), (100, "2 min"), (5000, "83 min"), (6000, "1.7 h")],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert about(seconds) == f"about {words}"
