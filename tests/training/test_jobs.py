"""Trainings in a process of their own: one at a time, watched, cancelled, interrupted, killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import psutil
import pytest

import train as command
from recognizer import processes
from recognizer.datasets.mnist import Mnist
from recognizer.errors import BusyError
from recognizer.models import registry
from recognizer.training import jobs
from recognizer.training.job_state import Job, current, in_words
from recognizer.training.request import TrainingRequest
from tests.conftest import SHIPPED
from tests.training.trainings import LONG, QUICK, cancel, now, visible, wait_for_batch
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("at_once")


@pytest.fixture
def started(model_copy: Path, mnist: Mnist) -> Iterator[Callable[[TrainingRequest], Job]]:
    """Starts a training, which ends with the test."""

    def start(request: TrainingRequest) -> Job:
        jobs.start(request)
        return now()

    yield start
    cancel()


@pytest.mark.slow
def test_a_training_leaves_a_model_and_what_is_known_of_it(
    started: Callable[[TrainingRequest], Job], models: Path
) -> None:
    job = started(QUICK)
    assert job.running
    assert psutil.Process(job.process.pid).parent() == psutil.Process()
    wait_until(lambda: not now().running)
    job = now()
    assert (job.state, job.reason) == ("done", ""), job.log()
    assert visible(models) == ["larger-cnn", "mine"]
    model = registry.find_model("mine")
    assert (model.recipe.batch_size, model.recipe.epochs) == (10_000, 2)
    pd.testing.assert_frame_equal(job.history(), model.history, check_like=True)
    log = job.log() or ""
    assert "test accuracy" in log
    assert "Epoch 2/2" in log
    wait_until(lambda: not psutil.pid_exists(job.process.pid))  # nor a zombie


@pytest.mark.slow
def test_a_running_training_is_watched_and_cancelled(
    started: Callable[[TrainingRequest], Job], models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = started(LONG)
    process = psutil.Process(job.process.pid)
    wait_for_batch(2)
    assert os.getsid(process.pid) == process.pid  # it does not get a Ctrl-C in our terminal
    assert in_words(now()).startswith("Training mine: epoch 1 of 1000")
    progress = now().progress
    assert (progress.epochs, progress.batches) == (1000, 50)
    assert 0 < progress.share < 0.1
    assert 0 < (progress.accuracy or 0) < 1
    wait_until(lambda: len(now().history()) >= 1)

    with pytest.raises(BusyError, match=r"Training mine: .* One training runs at a time"):
        jobs.start(replace(QUICK, name="other"))
    with pytest.raises(BusyError), jobs.run(QUICK):
        pass
    assert command.main(["mlp-baseline", "--name", "third"]) == 1
    assert "Training mine: " in capsys.readouterr().err
    assert seen_by_another_process() == f"running {LONG}\n"

    jobs.cancel(replace(job.process, started=job.process.started - 1))  # not this one
    assert now().running
    cancel()
    assert not job.process.alive
    assert (now().request, now().state) == (LONG, "cancelled")
    assert visible(models) == ["larger-cnn"]
    assert registry.active_model().name == "larger-cnn"


def seen_by_another_process() -> str:
    """As a server sees it that was restarted."""
    script = (
        "from recognizer.training.job_state import current\n"
        "job = current()\n"
        "print(job.state, job.request)"
    )
    run = [sys.executable, "-c", script]
    return subprocess.run(
        run, cwd=SHIPPED.parent, capture_output=True, text=True, check=True
    ).stdout


def test_a_cancelled_training_makes_way_for_the_next_one(
    started: Callable[[TrainingRequest], Job], models: Path
) -> None:
    for _ in range(2):
        job = started(LONG)
        cancel()  # while it is importing
        assert not job.process.alive
        assert now().state == "cancelled"
        assert visible(models) == ["larger-cnn"]


@pytest.mark.slow
def test_a_training_in_a_terminal_is_seen_and_ends_with_ctrl_c(
    model_copy: Path, models: Path, mnist: Mnist
) -> None:
    """A real Ctrl-C in the middle of an epoch."""
    script = [sys.executable, "-u", "train.py", "mlp-baseline", "--name", "mine"]
    with subprocess.Popen(
        [*script, "--epochs", "1000", "--batch-size", "1000"],
        cwd=SHIPPED.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_until(lambda: (job := current()) and job.progress.batch)
        assert now().process.pid == process.pid
        with pytest.raises(BusyError):
            jobs.start(QUICK)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted; no incomplete model was left" in errors
    assert "Traceback" not in errors
    assert now().state == "cancelled"
    assert visible(models) == ["larger-cnn"]


def test_a_training_killed_while_it_writes_its_model_leaves_nothing_incomplete(
    model_copy: Path, models: Path
) -> None:
    script = """
from recognizer.models.publication import publish
from recognizer.training import jobs
from recognizer.training.request import TrainingRequest
with jobs.run(TrainingRequest("mlp-baseline", "mine")), publish("mine") as new:
    (new.folder / "model.keras").touch()
    print("writing", flush=True)
    input()
"""
    run = [sys.executable, "-c", script]
    with subprocess.Popen(run, stdin=-1, stdout=-1, cwd=SHIPPED.parent, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "writing\n"
        assert now().running
        process.kill()
    assert now().state == "killed"
    assert [model.name for model in registry.list_models()] == ["larger-cnn"]
    assert len(visible(models)) == 2  # what it was writing
    jobs.clean_up()
    assert visible(models) == ["larger-cnn"]
    assert registry.check_free("mine") == "mine"


def test_a_training_from_a_page_runs_at_low_priority(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowered = []
    monkeypatch.setattr(processes, "step_back", lambda: lowered.append(now().running))
    with jobs.run(QUICK):
        assert lowered == []
    with jobs.run(QUICK, background=True):
        assert lowered == [True]


def test_a_missing_data_set_is_reported_and_the_log_is_kept(
    started: Callable[[TrainingRequest], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_NPZ", "/nowhere/mnist.npz")
    started(QUICK)
    wait_until(lambda: not now().running)
    assert now().state == "failed"
    assert "MNIST_NPZ is set to /nowhere/mnist.npz, which does not exist" in now().reason
    wait_until(lambda: "does not exist" in (now().log() or ""))  # printed after it is noted
