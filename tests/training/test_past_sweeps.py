"""What is known of a sweep that has ended: its best model, whatever that is called now."""

import os
from dataclasses import asdict
from pathlib import Path

import pytest

from recognizer.models import records, registry
from recognizer.processes import Identity
from recognizer.training import job_state, past, runs
from recognizer.training.past import PastTraining, past_trainings
from recognizer.training.runs import models_of, runs_of
from tests.conftest import SHIPPED
from tests.training_notes import SWEEP, note_failed_run, note_sweep, note_trained_run

GONE = Identity(os.getpid(), 0.0)  # no process: this number is taken by one that started later


@pytest.fixture
def ended(model_copy: Path) -> None:
    """A sweep of four runs: the second is the best, the last has failed."""
    note_sweep(GONE)
    for request, accuracy in zip(SWEEP, (0.95, 0.97, 0.96), strict=False):
        note_trained_run(request, accuracy, SHIPPED / "mlp-baseline")
    note_failed_run(SWEEP[3], "There was not enough memory.")
    job_state.note_end("failed", "1 of 4 trainings failed.")


def the_only_one() -> PastTraining:
    (found,) = past_trainings()
    return found


@pytest.mark.usefixtures("ended")
def test_a_sweep_is_its_best_model_by_validation() -> None:
    for _ in range(2):  # as the last training, then as one that is kept
        found = the_only_one()
        assert (found.name, found.runs, found.trained) == ("mine-seed-1", 4, 3)
        assert (found.state, found.model_there) == ("failed", True)
        past.keep(job_state.current())
        job_state.forget(keep_log=False)


@pytest.mark.usefixtures("ended")
def test_its_model_is_known_by_its_new_name() -> None:
    job = job_state.current()
    assert job
    registry.rename("mine-seed-1", "best")
    found = models_of(job, runs_of(job))
    assert [found[each.name].name for each in SWEEP[:3]] == ["mine-seed-0", "best", "mine-seed-2"]
    assert the_only_one().name == "best"
    past.keep(job)
    job_state.forget(keep_log=False)
    assert the_only_one().model_there
    registry.activate("larger-cnn")
    registry.delete("best")
    kept = the_only_one()
    assert (kept.name, kept.model_there, kept.accuracy is None) == ("best", False, False)


def test_a_sweep_without_any_model_is_named_by_its_number(models: Path) -> None:
    note_sweep(GONE)
    found = the_only_one()
    assert (found.name, found.trained, found.state) == ("4 models", 0, "killed")


@pytest.mark.usefixtures("ended")
def test_what_an_older_version_kept_is_read() -> None:
    known = asdict(the_only_one())
    for added in ("runs", "trained", "trained_at"):
        del known[added]
    assert records.parse(PastTraining, known).runs == 1


@pytest.mark.usefixtures("ended")
def test_runs_that_have_not_ended_are_told_apart() -> None:
    job = job_state.current()
    assert job
    (runs.folder_of(SWEEP[0]) / "outcome.json").unlink()
    assert [run.state for run in runs_of(job)] == ["failed", "done", "done", "failed"]
    assert runs.trained(job) == 2
