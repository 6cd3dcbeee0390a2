"""The folder of models: whole or not there, damaged or not."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.datasets.strokes import HELD_OUT
from recognizer.errors import ModelError
from recognizer.models import registry
from recognizer.models.drawing_benchmark import CASES
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import RECIPES
from recognizer.models.registry import DamagedModel
from tests.conftest import SHIPPED


def visible(models: Path) -> list[str]:
    """What is in the folder of models, but for its lock."""
    return sorted(path.name for path in models.iterdir() if path.name != ".lock")


def test_all_eight_are_shipped_whole() -> None:
    assert {model.name for model in registry.complete_models()} >= set(RECIPES)


def test_the_default_is_the_best_on_validation_images() -> None:
    shipped = [registry.find_model(name) for name in RECIPES]
    best = max(shipped, key=lambda model: model.validation_accuracy)
    assert best.name == registry.DEFAULT_MODEL


@pytest.mark.parametrize("name", RECIPES)
def test_a_shipped_report_holds_what_dashboards_need(name: str) -> None:
    model, report = registry.find_model(name), registry.load_report(name)
    assert report.probabilities.shape == (10_000, 10)
    assert (report.probabilities.sum(axis=1) <= 1 + 1e-5).all()
    assert model.accuracy == report.accuracy
    assert model.loss == pytest.approx(report.loss)
    stages = (model.recipe.get("drawings") or {}).get("last_epochs", [RECIPES[name].epochs])
    assert model.history.index.tolist() == list(range(1, stages[-1] + 1))
    assert model.recipe["seed"] == 0
    assert (model.path / "model.keras").stat().st_size < model.recipe["parameters"] * 4.5 + 50_000


@pytest.mark.parametrize("name", RECIPES)
def test_a_shipped_model_was_judged_by_drawings(name: str) -> None:
    model = registry.find_model(name)
    assert model.drawn["institutions"] == sorted(HELD_OUT)
    assert len(model.drawn["cases"]) == len(CASES)
    assert 0.9 < model.drawn["all"]["accuracy"] < 1
    assert model.confidence.threshold >= 0.5


def test_the_default_reads_drawings_better_than_any_other() -> None:
    shipped = [registry.find_model(name) for name in RECIPES]
    for case in range(len(CASES)):
        best = max(shipped, key=lambda model: model.drawn["cases"][case]["accuracy"])
        assert best.name == registry.DEFAULT_MODEL


def test_shipped_reports_are_of_the_same_images() -> None:
    labels = [registry.load_report(name).labels for name in RECIPES]
    assert all(np.array_equal(labels[0], other) for other in labels)


def test_a_folder_that_is_no_model_takes_nothing_down(model_copy: Path, models: Path) -> None:
    (models / "Not A Model").mkdir()
    (models / "file.txt").touch()
    names = [(type(model), model.name) for model in registry.list_models()]
    assert names == [(DamagedModel, "Not A Model"), (ModelEntry, "larger-cnn")]


def test_activating_and_what_reads_otherwise(model_copy: Path, models: Path) -> None:
    shutil.copytree(model_copy, models / "other")
    assert registry.active_model().name == "larger-cnn"  # no default there: the first whole one
    registry.activate("other")
    assert registry.active_model().name == "other"
    (models / "other" / "model.keras").unlink()
    assert registry.active_model().name == "larger-cnn"
    with pytest.raises(ModelError, match="damaged"):
        registry.activate("other")
    with pytest.raises(ModelError, match="no model"):
        registry.activate("third")
    (models / ".active").write_bytes(b"\xff\xfe")
    assert registry.active_model().name == "larger-cnn"


def test_activating_changes_no_tracked_file() -> None:
    ignored = subprocess.run(
        ["git", "check-ignore", "models/.active", "models/my-own/model.keras"],
        cwd=SHIPPED.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ignored.stdout.split() == ["models/.active", "models/my-own/model.keras"]
    for name in RECIPES:
        shipped = subprocess.run(
            ["git", "check-ignore", f"models/{name}/x"], cwd=SHIPPED.parent, check=False
        )
        assert shipped.returncode == 1


def test_a_model_is_published_whole(models: Path) -> None:
    with registry.publish("mine") as folder:
        (folder / "model.keras").touch()
        assert registry.list_models() == []
    assert visible(models) == ["mine"]


@pytest.mark.parametrize("interruption", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_model_leaves_nothing(
    models: Path, interruption: type[BaseException]
) -> None:
    def write_half() -> None:
        with registry.publish("mine") as folder:
            (folder / "model.keras").touch()
            raise interruption

    with pytest.raises(interruption):
        write_half()
    assert visible(models) == []


def test_a_taken_name_is_refused_unless_replaced(model_copy: Path, models: Path) -> None:
    with pytest.raises(ModelError, match="already"), registry.publish("larger-cnn"):
        pass
    with registry.publish("larger-cnn", replace=True) as folder:
        (folder / "new").touch()
        assert (model_copy / "model.keras").exists()
    assert [path.name for path in model_copy.iterdir()] == ["new"]
    assert visible(models) == ["larger-cnn"]


def test_a_failed_replacement_keeps_the_old_model(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fail_for_the_new(self: Path, target: Path) -> Path:
        if self.parent.name.startswith(".new-") and self.name == "larger-cnn":
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new)
    with pytest.raises(ModelError, match="disk full"), registry.publish("larger-cnn", replace=True):
        pass
    assert registry.find_model("larger-cnn").accuracy > 0.9


def test_free_names(model_copy: Path, models: Path) -> None:
    assert registry.free_name("new") == "new"
    assert registry.free_name("larger-cnn") == "larger-cnn-2"
    (models / "larger-cnn-2").mkdir()
    assert registry.free_name("larger-cnn") == "larger-cnn-3"


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc", "..", ".", "", "a/b", "a\\b", "con", "lpt1", "x" * 65, "Ümlaut", "数字"]
    + ["-a", "a-", "A", "a b", "a\n", ".hidden"],
)
def test_names_that_cannot_name_a_model(models: Path, name: str) -> None:
    with pytest.raises(ModelError, match="cannot name a model"):
        registry.find_model(name)
    with pytest.raises(ModelError, match="cannot name a model"), registry.publish(name):
        pass


@given(st.text(max_size=80))
def test_no_name_leaves_the_folder(name: str) -> None:
    try:
        registry.check_name(name)
    except ModelError:
        return
    assert os.path.normpath(name) == name
    assert name.isascii()
    assert len(Path(name).parts) == 1


def test_a_retrained_model_has_another_version(model_copy: Path) -> None:
    before = registry.find_model("larger-cnn").version
    (model_copy / "model.keras").write_bytes((SHIPPED / "sgd-cnn" / "model.keras").read_bytes())
    assert registry.find_model("larger-cnn").version != before


# Renamed, deleted, swept


@pytest.fixture
def mine(model_copy: Path, models: Path) -> Path:
    """A model that was trained here, beside one that is shipped and active."""
    own = Path(shutil.copytree(model_copy, models / "mine"))
    recipe = json.loads((own / "recipe.json").read_text())
    del recipe["shipped"]
    (own / "recipe.json").write_text(json.dumps(recipe))
    registry.activate("larger-cnn")
    return own


def test_a_model_can_be_renamed_and_deleted(mine: Path, models: Path) -> None:
    registry.rename("mine", "yours")
    assert registry.find_model("yours").name == "yours"
    assert not mine.exists()
    registry.delete("yours")
    assert visible(models) == [".active", "larger-cnn"]


@pytest.mark.parametrize("change", [lambda name: registry.rename(name, "new"), registry.delete])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("larger-cnn", "shipped"),
        ("nowhere", "no model 'nowhere'"),
        ("../x", "cannot name"),
        ("active", "active model"),
    ],
)
def test_what_may_not_be_changed_stays(
    mine: Path, models: Path, change: Callable[[str], None], name: str, said: str
) -> None:
    shutil.copytree(mine, models / "active")
    registry.activate("active")
    before = sorted(models.iterdir())
    with pytest.raises(ModelError, match=said):
        change(name)
    assert sorted(models.iterdir()) == before


@pytest.mark.parametrize("new", ["larger-cnn", "../x", "con", "Я", "", "mine"])
def test_a_name_that_cannot_be_taken_is_refused(mine: Path, new: str) -> None:
    with pytest.raises(ModelError):
        registry.rename("mine", new)
    assert registry.find_model("mine")


def test_a_damaged_model_can_be_deleted_also_if_there_is_no_whole_one(models: Path) -> None:
    (models / "broken").mkdir()
    registry.delete("broken")
    assert registry.list_models() == []


def test_a_name_that_is_being_trained_is_taken(mine: Path) -> None:
    with registry.publish("new") as folder:
        with pytest.raises(ModelError, match="being trained"):
            registry.rename("mine", "new")
        shutil.copytree(mine, folder, dirs_exist_ok=True)
    assert {model.name for model in registry.complete_models()} == {"larger-cnn", "mine", "new"}


def publish_late(mine: Path, models: Path) -> None:
    with registry.publish("new") as folder:
        shutil.copytree(mine, folder, dirs_exist_ok=True)
        shutil.copytree(mine, models / "new")  # by hand, meanwhile


def test_a_name_taken_while_it_was_trained_loses_neither_model(mine: Path, models: Path) -> None:
    with pytest.raises(ModelError, match="The new one is called 'new-2'"):
        publish_late(mine, models)
    assert {model.name for model in registry.complete_models()} >= {"new", "new-2"}


# A process that publishes, replacing or not, and is killed at its n-th call to the file system.
PUBLISH = """
import os, signal, sys
from pathlib import Path
from recognizer import processes, registry
replace, last = sys.argv[1] == "replace", int(sys.argv[2])
processes.own()
calls = 0
def count(event, args):
    global calls
    if event.startswith(("open", "os.", "shutil.", "tempfile.")):
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
name = "larger-cnn" if replace else "new"
with registry.publish(name, replace=replace) as folder:
    for file in (registry.models_dir() / "source").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
print(calls)
"""


@pytest.mark.parametrize("way", ["replace", "new"])
def test_killed_at_any_call_a_publication_leaves_whole_models(
    model_copy: Path, models: Path, way: str
) -> None:
    shutil.copytree(model_copy, models / "source")
    (models / "source" / "confidence.json").unlink()  # so that old and new can be told apart

    def publish(last: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", PUBLISH, way, str(last)]
        return subprocess.run(
            command, cwd=SHIPPED.parent, capture_output=True, text=True, check=False
        )

    fresh = models.with_name("fresh")
    shutil.copytree(models, fresh)
    calls = int(publish(0).stdout)
    assert calls > 15
    for last in range(1, calls + 1):
        shutil.rmtree(models)
        shutil.copytree(fresh, models)
        assert publish(last).returncode == -signal.SIGKILL
        registry.sweep()
        names = set(visible(models))
        assert {"larger-cnn", "source"} <= names <= {"larger-cnn", "source", "new"}
        assert len(registry.complete_models()) == len(names)


def test_what_a_living_process_writes_is_not_swept(models: Path) -> None:
    with registry.publish("mine") as folder:
        registry.sweep()
        assert folder.is_dir()
        shutil.copytree(SHIPPED / "larger-cnn", folder, dirs_exist_ok=True)
    assert registry.find_model("mine")
