"""Sweeps that are trained: on this machine and on a cluster, interrupted and killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from recognizer.analysis import seeds
from recognizer.datasets.mnist import Mnist
from recognizer.models import registry
from recognizer.training import jobs, runs
from recognizer.training.job_state import current
from recognizer.training.runs import Run
from tests.clusters import cluster, kill_node
from tests.training.trainings import now, visible
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("at_once")]
SWEEP = ["mlp-baseline", "--seeds", "3", "--batch-size", "5000"]


@pytest.fixture
def sweep(models: Path, mnist: Mnist) -> Iterator[Any]:
    """Starts train.py with a sweep, which ends with the test."""
    started = []

    def start(*options: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(jobs.TRAIN), *SWEEP, *options]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def states() -> list[Run]:
    return runs.runs_of(now())


def wait_for_epoch(process: subprocess.Popen[str], number: int) -> None:
    """Wait until some run is in this epoch."""
    wait_until(
        lambda: (
            process.poll() is not None
            or (noted_by(process) and any(run.progress.epoch >= number for run in states()))
        ),
        seconds=240,  # trainings make way for all else on a busy machine
    )
    assert process.poll() is None


def trainings() -> list[psutil.Process]:
    """The processes of runs in this test's folder of models, also of a sweep that was killed."""
    found = []
    for each in psutil.process_iter(["cmdline"]):
        with suppress(psutil.Error):
            if "--run-of" in (each.info["cmdline"] or ()):
                found += [each] * (each.environ().get("MODELS_DIR") == os.environ["MODELS_DIR"])
    return found


def noted_by(process: subprocess.Popen[str]) -> bool:
    job = current()
    return job is not None and job.process.pid == process.pid


def test_interrupted_and_killed_a_sweep_is_completed_and_nothing_is_trained_twice(
    sweep: Any, models: Path
) -> None:
    interrupted = sweep("--epochs", "1000")
    wait_for_epoch(interrupted, 1)
    running = psutil.Process(interrupted.pid).children(recursive=True)
    interrupted.send_signal(signal.SIGINT)
    assert "interrupted" in interrupted.communicate()[0]
    assert interrupted.returncode == 130
    assert now().state == "cancelled"
    assert not psutil.wait_procs(running, timeout=20)[1]
    assert visible(models) == []

    killed = sweep("--epochs", "1000")
    wait_for_epoch(killed, 1)
    trainings()[0].kill()
    wait_until(lambda: any("killed" in run.reason for run in states()))
    assert killed.poll() is None  # the others go on
    killed.kill()
    killed.communicate()
    wait_until(lambda: not trainings())  # they notice
    assert now().state == "killed"

    printed = sweep("--epochs", "2").communicate()[0]
    names = [f"mlp-baseline-seed-{seed}" for seed in range(3)]
    assert visible(models) == names, printed
    assert "mlp-baseline, Adam 0.001, 2 epochs, batches of 5000 | 3 |" in printed
    before = [(models / name).stat().st_mtime_ns for name in names]
    assert sweep("--epochs", "2").communicate()[0].count("is there already") == 3
    assert [(models / name).stat().st_mtime_ns for name in names] == before
    assert seeds.read().empty  # two epochs are not what the recipe says


@pytest.mark.timeout(900)  # each of its processes imports TensorFlow
def test_a_sweep_on_a_cluster_survives_the_death_of_a_node(
    sweep: Any, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with cluster() as nodes:
        process = sweep("--seeds", "2", "--epochs", "8", "--cluster", nodes.address)
        wait_for_epoch(process, 2)
        kill_node(nodes)
        printed = process.communicate()[0]
    assert process.returncode == 0, printed
    names = [f"mlp-baseline-seed-{seed}" for seed in range(2)]
    assert visible(models) == names
    assert [run.made for run in states()] == names
    for run in states():
        model = registry.find_model(run.made)
        assert len(run.history()) == len(model.history) == 8


def test_without_a_cluster_at_the_address_that_is_said_at_once(sweep: Any, models: Path) -> None:
    process = sweep("--cluster", "127.0.0.1:1")
    assert "There is no cluster at 127.0.0.1:1" in process.communicate()[0]
    assert process.returncode == 1
    assert visible(models) == []
