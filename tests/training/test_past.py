"""The trainings that have ended: kept, read, and damaged."""

import json
import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recognizer import processes
from recognizer.models import registry
from recognizer.training import job_state, jobs, past
from recognizer.training.past import KEPT, model_of, past_trainings
from recognizer.training.request import TrainingRequest
from tests.conftest import SHIPPED


def end(name: str, error: BaseException | None = None) -> None:
    """Let a training of mlp-baseline end in this process."""
    request = TrainingRequest("mlp-baseline", name, epochs=3)
    with suppress(MemoryError, KeyboardInterrupt), jobs.run(request):
        if error:
            raise error


def put_model(folder: Path) -> None:
    """Put a model in place as if the training that runs had made it."""
    shutil.copytree(SHIPPED / "mlp-baseline", folder)
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    recipe = json.loads((folder / "recipe.json").read_text())
    recipe |= {"trained_at": now, "shipped": False}
    (folder / "recipe.json").write_text(json.dumps(recipe))


def test_without_any_training_there_is_no_past(models: Path) -> None:
    assert past_trainings() == []


def test_every_end_is_kept_with_its_reason(models: Path) -> None:
    end("one", MemoryError())
    end("two", KeyboardInterrupt())
    with jobs.run(TrainingRequest("mlp-baseline", "three")):
        running = past_trainings()
    assert [(each.name, each.state) for each in running] == [
        ("two", "cancelled"),
        ("one", "failed"),
    ]
    assert [each.name for each in past_trainings()] == ["three", "two", "one"]
    assert "smaller batch" in running[1].reason
    assert (running[1].recipe, running[1].epochs) == ("mlp-baseline", 3)
    assert running[1].began <= running[1].ended <= time.time()


def test_only_the_last_ones_are_kept(models: Path) -> None:
    for number in range(KEPT + 3):
        end(f"mine-{number}")
    assert [each.name for each in past_trainings()][:: KEPT - 1] == ["mine-22", "mine-3"]
    assert len(json.loads((job_state.folder() / "past.json").read_text())) == KEPT


def test_a_model_is_known_by_its_new_name_and_its_figures_outlive_it(
    model_copy: Path, models: Path
) -> None:
    with jobs.run(TrainingRequest("mlp-baseline", "made")):
        put_model(models / "made")
    accuracy = registry.find_model("made").accuracy
    job = job_state.current()
    assert job
    for name in ("made", "yours"):
        if name == "yours":
            registry.rename("made", name)
        model = model_of(job)
        assert model
        assert model.name == name
        (made,) = past_trainings()
        assert (made.name, made.accuracy, made.model_there) == (name, accuracy, True)
    end("next")
    registry.delete("yours")
    made = past_trainings()[-1]
    assert (made.accuracy, made.model_there) == (accuracy, False)
    assert model_of(job) is None


def test_a_model_is_found_although_the_clock_was_set_back_meanwhile(models: Path) -> None:
    with jobs.run(TrainingRequest("mlp-baseline", "mine")):
        put_model(models / "mine")
    noted = json.loads((job_state.folder() / "job.json").read_text())
    job_state.write("job.json", noted | {"began": time.time() + 3600})
    job = job_state.current()
    assert job
    model = model_of(job)
    assert model
    assert model.name == "mine"


def test_another_model_of_the_same_name_is_not_that_of_a_training(model_copy: Path) -> None:
    end("larger-cnn")
    (made,) = past_trainings()
    assert (made.accuracy, made.model_there) == (None, False)


@pytest.mark.parametrize("damage", ["{", "[]", "5", '[5, {"name": "x"}, {"began": "x"}]'])
def test_damaged_notes_lose_no_more_than_themselves(models: Path, damage: str) -> None:
    end("one")
    (job_state.folder() / "past.json").write_text(damage)
    assert [each.name for each in past_trainings()] == ["one"]
    end("two")
    assert [each.name for each in past_trainings()] == ["two", "one"]


def test_a_full_disk_stops_no_training(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    end("one")
    with monkeypatch.context() as patch:
        patch.setattr(processes, "write_whole", full)
        past.keep(job_state.current())
    assert [each.name for each in past_trainings()] == ["one"]
