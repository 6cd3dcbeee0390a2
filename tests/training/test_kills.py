"""Trainings killed at random instants, and on a disk that is full."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from recognizer import Drawing, Recognizer
from recognizer.datasets.mnist import Mnist
from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.training import jobs
from tests.conftest import SHIPPED
from tests.disks import fill, small_disk
from tests.stroke_data import HANDS
from tests.training.trainings import QUICK, cancel, now, visible
from tests.waiting import wait_until

KILLS = int(os.environ.get("KILLS", "6"))
THREE = Drawing.from_strokes(HANDS[3])

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("at_once")]


def test_killed_at_any_instant_a_training_leaves_nothing_incomplete(
    model_copy: Path, models: Path, mnist: Mnist
) -> None:
    """SIGKILL while it loads, trains, tests and publishes."""
    jobs.start(QUICK)
    wait_until(lambda: not now().running)
    assert now().state == "done"
    registry.delete("mine")
    took = now().progress.updated - now().began
    states = set()
    for after in np.random.default_rng(0).uniform(0, 1.1 * took, KILLS):
        jobs.start(QUICK)
        process = psutil.Process(now().process.pid)
        try:
            process.wait(after)
        except psutil.TimeoutExpired:
            process.kill()
        wait_until(lambda: not now().process.alive)
        states.add(now().state)
        assert registry.active_model().name == "larger-cnn"
        assert all(isinstance(each, ModelEntry) for each in registry.list_models())
        jobs.clean_up()
        done = now().state == "done"
        assert visible(models) == ["larger-cnn", *["mine"] * done]
        if done:
            registry.delete("mine")
    assert "killed" in states
    assert Recognizer.load().read(THREE).digit == 3


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of models on a disk of a few megabytes."""
    with small_disk(tmp_path / "disk", "3m") as disk:
        shutil.copytree(SHIPPED / "larger-cnn", disk / "larger-cnn")
        monkeypatch.setenv("MODELS_DIR", str(disk))
        monkeypatch.setattr(jobs, "NEEDED", 0)
        yield disk
        cancel()


def test_a_full_disk_leaves_all_as_it_was(disk: Path, mnist: Mnist) -> None:
    """The new model, of 2.5 MB, has no room; the active one is the only one, and reads."""
    fill(disk, free=200_000)
    jobs.start(QUICK)
    wait_until(lambda: not now().running)
    assert now().state == "failed"
    assert "disk is full" in now().reason
    assert visible(disk) == ["larger-cnn", "other.bin"]
    assert Recognizer.load().read(THREE).digit == 3
