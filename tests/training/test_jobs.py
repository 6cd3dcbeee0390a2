"""Trainings in a process of their own: one at a time, watched, cancelled, killed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest

from recognizer import Drawing, Recognizer, processes
from recognizer.datasets.mnist import Mnist
from recognizer.errors import BusyError, MissingDatasetError, ModelError, TrainingError
from recognizer.models import registry
from recognizer.processes import Identity
from recognizer.training import job_state, jobs
from recognizer.training.job_state import Job, Progress, current
from recognizer.training.request import TrainingRequest
from tests.conftest import SHIPPED
from tests.digits import DIGITS
from tests.waiting import wait_until

QUICK = TrainingRequest("mlp-baseline", "mine", epochs=1, batch_size=5000)
LONG = TrainingRequest("sgd-cnn", "mine", epochs=1000)
THREE = Drawing.from_strokes([np.array(stroke, dtype=float) for stroke in DIGITS[3]])


@pytest.fixture(autouse=True)
def no_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    """To judge by them takes longer than to train."""
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    monkeypatch.delenv("PEN_OTHERS", raising=False)


@pytest.fixture
def started(model_copy: Path, mnist: Mnist) -> Iterator[Callable[[TrainingRequest], Job]]:
    """Starts a training, which ends with the test."""

    def start(order: TrainingRequest) -> Job:
        jobs.start(order)
        return now()

    yield start
    cancel()


def now() -> Job:
    job = current()
    assert job
    return job


def cancel() -> None:
    if job := current():
        jobs.cancel(job.process)


def visible(models: Path) -> list[str]:
    """What is in the folder of models, but for what is known of the last training."""
    return sorted(path.name for path in models.iterdir() if path.name not in (".training", ".lock"))


def test_without_any_training_nothing_is_known(models: Path) -> None:
    assert current() is None
    cancel()


def test_a_training_leaves_a_model_and_what_is_known_of_it(
    started: Callable[[TrainingRequest], Job], models: Path
) -> None:
    job = started(replace(QUICK, epochs=2))
    assert job.running
    assert psutil.Process(job.process.pid).parent() == psutil.Process()
    wait_until(lambda: not now().running)
    job = now()
    assert (job.state, job.reason) == ("done", "")
    assert visible(models) == ["larger-cnn", "mine"]
    model = registry.find_model("mine")
    assert model.recipe["batch_size"] == 5000
    pd.testing.assert_frame_equal(job.history(), model.history, check_like=True)
    log = job.log() or ""
    assert "test accuracy" in log
    assert "Epoch 2/2" in log
    wait_until(lambda: not psutil.pid_exists(job.process.pid))  # nor a zombie


def test_it_goes_last_and_leaves_the_server(started: Callable[[TrainingRequest], Job]) -> None:
    process = psutil.Process(started(LONG).process.pid)
    wait_until(lambda: process.nice() == 19)
    assert os.getsid(process.pid) == process.pid  # a Ctrl-C in the server's terminal is not for it


def test_how_far_it_is_can_be_watched(started: Callable[[TrainingRequest], Job]) -> None:
    started(replace(LONG, batch_size=500))
    wait_until(lambda: now().progress.get("batch", 0) > 10)
    job = now()
    assert job.progress["epochs"] == 1000
    assert job.progress["batches"] == 100
    assert 0 < job.share < 0.1
    assert job.progress["seconds_left"] > 60
    assert 0 < job.progress["accuracy"] < 1
    assert job_state.in_words(job).startswith("mine is being trained: epoch 1 of 1000, about ")
    wait_until(lambda: len(now().history()) >= 1)


def test_another_process_sees_the_same_training(started: Callable[[TrainingRequest], Job]) -> None:
    """As a server that was started anew does."""
    job = started(LONG)
    other = "from recognizer.training.job_state import current; job = current(); print(job.state, job.order)"
    run = [sys.executable, "-c", other]
    said = subprocess.run(run, cwd=SHIPPED.parent, capture_output=True, text=True, check=True)
    assert said.stdout == f"running {job.order}\n"


def test_there_is_one_at_a_time(
    started: Callable[[TrainingRequest], Job], models: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    started(LONG)
    with pytest.raises(BusyError, match=r"mine is being trained: .* One training runs at a time"):
        jobs.start(replace(QUICK, name="other"))
    with pytest.raises(BusyError), jobs.run(QUICK):
        pass
    command = [sys.executable, "train.py", "mlp-baseline", "--name", "third"]
    assert subprocess.run(command, cwd=SHIPPED.parent, check=False).returncode == 1
    assert "mine is being trained" in capfd.readouterr().err
    assert now().order == LONG
    assert now().running


def test_what_the_command_line_trains_is_seen_and_can_be_cancelled(
    model_copy: Path, models: Path, mnist: Mnist
) -> None:
    command = [sys.executable, "train.py", "sgd-cnn", "--name", "mine"]
    process = subprocess.Popen(command, cwd=SHIPPED.parent, stdout=subprocess.DEVNULL)
    wait_until(lambda: (job := current()) and job.progress.get("batch"))
    assert now().process.pid == process.pid
    with pytest.raises(BusyError):
        jobs.start(QUICK)
    cancel()
    process.wait(5)
    assert now().state == "cancelled"
    assert visible(models) == ["larger-cnn"]


@pytest.mark.parametrize("far", ["started", "training"])
def test_cancel_ends_it_and_leaves_nothing(
    started: Callable[[TrainingRequest], Job], models: Path, far: str
) -> None:
    job = started(LONG)
    if far == "training":
        wait_until(lambda: now().progress.get("batch"))
    cancel()
    assert not job.process.alive
    assert now().state == "cancelled"
    assert visible(models) == ["larger-cnn"]
    assert registry.active_model().name == "larger-cnn"
    started(QUICK)  # and makes way for the next one


def test_cancel_ends_what_the_training_has_started() -> None:
    script = "import subprocess; print(subprocess.Popen(['sleep', '99']).pid, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdout=-1, stdin=-1, text=True) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        Identity.of(parent.pid).kill()
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_the_state_of_a_cancelled_training_goes_too(models: Path) -> None:
    script = (
        "from pathlib import Path; from recognizer import jobs; from tests.test_jobs import QUICK\n"
        "with jobs.run(QUICK) as progress:\n"
        "    progress.keeps(Path('.unfinished-x')); progress.at('Training'); input()"
    )
    (models / ".unfinished-x").mkdir()
    (models / ".unfinished-y").mkdir()
    with subprocess.Popen([sys.executable, "-c", script], stdin=-1, cwd=SHIPPED.parent):
        wait_until(lambda: (job := current()) and "kept" in job.progress)
        cancel()
    assert visible(models) == [".unfinished-y"]  # of another training, to be gone on from
    assert now().state == "cancelled"


def test_ctrl_c_keeps_the_state_to_go_on_from(models: Path) -> None:
    kept = models / ".unfinished-x"
    kept.mkdir()

    def interrupted() -> None:
        with jobs.run(QUICK) as progress:
            progress.keeps(kept)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert now().state == "cancelled"
    assert kept.exists()


def test_a_data_set_that_is_missing_is_said_and_the_log_kept(
    started: Callable[[TrainingRequest], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_NPZ", "/nowhere/mnist.npz")
    started(QUICK)
    wait_until(lambda: not now().running)
    assert now().state == "failed"
    assert "MNIST_NPZ names /nowhere/mnist.npz, and there is no such file" in now().reason
    assert "no such file" in (now().log() or "")
    monkeypatch.delenv("MNIST_NPZ")
    assert Recognizer.load().read(THREE).digit == 3


def test_drawings_are_asked_for_before_anything_starts(model_copy: Path) -> None:
    with pytest.raises(MissingDatasetError, match="PEN_DIGITS"):
        jobs.start(TrainingRequest("robust-cnn", "mine"))
    assert current() is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModelError("So it is."), "^So it is.$"),
        (TrainingError("So it is."), "^So it is.$"),
        (OSError(28, "No space left on device"), "disk is full"),
        (RuntimeError("h5: errno = 28, error message = 'No space left on device'"), "disk is full"),
        (MemoryError(), "smaller batch"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero.* log"),
    ],
)
def test_failures_are_told_in_plain_words(models: Path, error: Exception, said: str) -> None:
    with pytest.raises(type(error)), jobs.run(QUICK):
        raise error
    assert now().state == "failed"
    assert re.search(said, now().reason)


def test_progress_survives_a_disk_that_is_full(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with jobs.run(QUICK) as progress, monkeypatch.context() as patch:
        patch.setattr(processes, "write_whole", full)
        progress.at("Testing")
        progress.begin(3)
        progress.after_epoch(1, {"loss": 0.5})
    assert now().progress["phase"] == "Loading"


def test_time_left_counts_all_epochs(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("recognizer.training.job_state.time.monotonic", lambda: clock[0])
    with jobs.run(QUICK):
        progress = Progress()
        progress.begin(3)
        for batch in range(1, 11):
            clock[0] += 1
            progress.after_batch(1, batch, 20, {"accuracy": 0.5, "loss": 1.0})
        assert now().progress["seconds_left"] == pytest.approx(50)  # 10 of this epoch, 40 more
        assert now().share == pytest.approx(10 / 60)


ODD = [
    {"order": {"odd": 1}},
    {"order": {"name": 5}},
    {"order": {"name": "../x"}},
    {"order": {"recipe": "gone"}},
    {"process": {"pid": "x"}},
    {"process": {"pid": -1}},
    {"process": {"started": None}},
    {"began": "x"},
]


@pytest.mark.parametrize("odd", ODD)
def test_notes_that_say_nothing_are_no_training(models: Path, odd: dict[str, Any]) -> None:
    with jobs.run(QUICK):
        pass
    notes = models / ".training" / "job.json"
    told = json.loads(notes.read_text())
    for name, change in odd.items():
        told[name] = told[name] | change if isinstance(change, dict) else change
    notes.write_text(json.dumps(told))
    assert current() is None


def test_damaged_notes_are_no_training(models: Path) -> None:
    with jobs.run(QUICK):
        pass
    notes = models / ".training" / "job.json"
    whole = notes.read_text()
    for damage in ("", "[]", whole[:40]):
        notes.write_text(damage)
        assert current() is None


@pytest.mark.parametrize(
    "told",
    ["{", '{"epochs": 3}', '{"updated": "x"}', '{"epoch": 1, "epochs": null}', '{"phase": 5}'],
)
def test_progress_that_says_nothing_is_left_out(models: Path, told: str) -> None:
    with jobs.run(QUICK):
        (models / ".training" / "progress.json").write_text(told)
        (models / ".training" / "history.csv").write_text("epoch,loss\n1,0.5\n")
        job = now()
        assert job_state.in_words(job) == "mine is being trained: starting."
        assert job.share == 0
        assert job.last_heard == job.began
        assert job.history().empty


@pytest.mark.parametrize("state", ["weird", ["done"], None])
def test_an_end_that_is_none_is_found_out(models: Path, state: object) -> None:
    with jobs.run(QUICK):
        pass
    (models / ".training" / "outcome.json").write_text(json.dumps({"state": state}))
    assert now().running  # as this process is


def test_the_last_training_is_forgotten_only_when_another_one_starts(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with jobs.run(QUICK):
        pass
    monkeypatch.setattr(jobs, "NEEDED", 10**18)
    with pytest.raises(ModelError, match="full"):
        jobs.start(replace(QUICK, name="other"))
    with pytest.raises(ModelError, match="already"):
        jobs.start(replace(QUICK, name="larger-cnn"))
    with pytest.raises(ModelError, match=r"train\.py replaces"):
        jobs.start(replace(QUICK, name="larger-cnn", replace=True))
    assert now().order == QUICK


def test_cancel_is_for_the_training_that_was_seen(
    started: Callable[[TrainingRequest], Job],
) -> None:
    job = started(LONG)
    jobs.cancel(replace(job.process, started=job.process.started - 1))
    assert now().running


def test_a_number_that_another_process_has_now_is_not_taken_for_it() -> None:
    me = processes.own()
    assert me.alive
    assert not Identity(me.pid, me.started - 100).alive
    assert not Identity(2**22 + 1, me.started).alive


def test_a_process_that_has_ended_is_not_at_work_although_nobody_asked() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        identity = Identity.of(process.pid)
        wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)
        assert not identity.alive


def test_too_little_room_is_said_before_anything_starts(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "NEEDED", 10**18)
    with pytest.raises(ModelError, match="full"):
        jobs.start(QUICK)


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of models on a disk of a few megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if (
        not shutil.which("mount")
        or subprocess.run(mount, capture_output=True, check=False).returncode
    ):
        pytest.skip("no file system can be mounted here")
    shutil.copytree(SHIPPED / "larger-cnn", disk / "larger-cnn")
    monkeypatch.setenv("MODELS_DIR", str(disk))
    monkeypatch.setattr(jobs, "NEEDED", 0)
    yield disk
    cancel()
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_leaves_all_as_it_was(small_disk: Path, mnist: Mnist) -> None:
    """The new model has no room; the active one reads on, and is the only one."""
    jobs.start(QUICK)  # mlp-baseline has 2.5 MB of weights
    wait_until(lambda: now().progress.get("phase") == "Training")
    room = psutil.disk_usage(str(small_disk)).free
    (small_disk / "other.bin").write_bytes(bytes(room - 100_000))
    wait_until(lambda: not now().running)
    assert now().state == "failed"
    assert "disk is full" in now().reason
    assert visible(small_disk) == ["larger-cnn", "other.bin"]
    assert Recognizer.load().read(THREE).digit == 3


KILLS = int(os.environ.get("KILLS", "8"))  # 20 take two minutes


def test_killed_at_any_instant_nothing_is_half_done(
    started: Callable[[TrainingRequest], Job], models: Path
) -> None:
    """SIGKILL at random instants, while it loads, trains, tests and publishes."""
    started(QUICK)
    wait_until(lambda: not now().running)
    registry.delete("mine")
    took = now().progress["updated"] - now().began
    states = set()
    for after in np.random.default_rng(0).uniform(0, 1.1 * took, KILLS):
        job = started(QUICK)
        try:
            psutil.Process(job.process.pid).wait(after)
        except psutil.TimeoutExpired:
            psutil.Process(job.process.pid).kill()
        wait_until(lambda: not now().process.alive)
        states.add(now().state)
        assert registry.active_model().name == "larger-cnn"
        assert all(isinstance(each, registry.ModelEntry) for each in registry.list_models())
        jobs.clean_up()
        done = now().state == "done"
        assert visible(models) == ["larger-cnn", *["mine"] * done]
        if done:
            registry.delete("mine")
    assert "killed" in states
    assert Recognizer.load().read(THREE).digit == 3
