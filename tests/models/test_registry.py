"""The folder of models: listed, named, activated, renamed, deleted."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.errors import ModelError
from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.models.publication import publish
from recognizer.models.registry import DamagedModel
from tests.conftest import SHIPPED


def visible(models: Path) -> list[str]:
    """What is in the folder of models, but for its lock."""
    return sorted(path.name for path in models.iterdir() if path.name != ".lock")


def test_the_models_of_the_repository_are_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODELS_DIR", raising=False)
    assert registry.models_dir() == SHIPPED == registry.ROOT / "models"
    assert registry.find_model(registry.DEFAULT_MODEL).path == SHIPPED / registry.DEFAULT_MODEL


def test_without_a_folder_of_models_none_is_listed(models: Path) -> None:
    models.rmdir()
    assert registry.list_models() == []
    with pytest.raises(ModelError, match=r"There is no folder of models .* python train\.py"):
        registry.active_model()


def test_a_folder_that_is_no_model_hides_no_other(model_copy: Path, models: Path) -> None:
    (models / "Not A Model").mkdir()
    (models / "file.txt").touch()
    listed = [(type(model), model.name) for model in registry.list_models()]
    assert listed == [(DamagedModel, "Not A Model"), (ModelEntry, "larger-cnn")]


def test_reports_of_other_images_and_damaged_ones_are_left_out(
    model_copy: Path, models: Path
) -> None:
    for name in ("same", "fewer", "damaged"):
        shutil.copytree(model_copy, models / name)
    report = registry.load_report("larger-cnn")
    _save_predictions(models / "fewer", labels=report.labels[:9], rows=report.probabilities[:9])
    _save_predictions(models / "damaged", labels=report.labels, rows=-report.probabilities)
    assert set(registry.reports_like(report)) == {"larger-cnn", "same"}


def _save_predictions(path: Path, labels: np.ndarray, rows: np.ndarray) -> None:
    np.savez(path / "predictions.npz", labels=labels, probabilities=rows)


# Active


def test_the_activated_model_is_active(model_copy: Path, models: Path) -> None:
    shutil.copytree(model_copy, models / "other")
    assert registry.active_model().name == "larger-cnn"  # no default here: the first complete one
    registry.activate("other")
    assert registry.active_model().name == "other"


def test_when_the_active_model_is_damaged_another_one_is_active(
    model_copy: Path, models: Path
) -> None:
    shutil.copytree(model_copy, models / "other")
    registry.activate("other")
    (models / "other" / "model.keras").unlink()
    assert registry.active_model().name == "larger-cnn"
    with pytest.raises(ModelError, match="damaged"):
        registry.activate("other")


def test_a_missing_model_cannot_be_activated(model_copy: Path) -> None:
    with pytest.raises(ModelError, match="no model 'third'"):
        registry.activate("third")


def test_a_damaged_note_of_the_active_model_is_ignored(model_copy: Path, models: Path) -> None:
    (models / ".active").write_bytes(b"\xff\xfe")
    assert registry.active_model().name == "larger-cnn"


def test_weights_with_the_time_and_size_of_the_old_ones_are_noticed(keras_copy: Path) -> None:
    """As a copy that keeps times leaves them, or a clock that was set back."""
    before, file = registry.find_model("larger-cnn"), keras_copy / "model.keras"
    weights, at = before.weights, file.stat().st_mtime_ns
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(at, at))
    assert before.weights != weights
    assert registry.find_model("larger-cnn").version != before.version


def test_a_model_that_is_trained_again_has_another_version(keras_copy: Path) -> None:
    before = registry.find_model("larger-cnn").version
    (keras_copy / "model.keras").write_bytes((SHIPPED / "sgd-cnn" / "model.keras").read_bytes())
    assert registry.find_model("larger-cnn").version != before


# Names


def test_a_free_name_is_numbered_where_the_name_is_taken(model_copy: Path, models: Path) -> None:
    assert registry.free_name("new") == "new"
    assert registry.free_name("larger-cnn") == "larger-cnn-2"
    (models / "larger-cnn-2").mkdir()
    assert registry.free_name("larger-cnn") == "larger-cnn-3"


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc", "..", ".", "", "a/b", "a\\b", "con", "lpt1", "x" * 65, "Ümlaut", "数字"]
    + ["-a", "a-", "A", "a b", "a\n", ".hidden", "٣"],
)
def test_names_that_are_not_valid_are_refused(models: Path, name: str) -> None:
    with pytest.raises(ModelError, match="is not a valid model name"):
        registry.find_model(name)
    with pytest.raises(ModelError, match="is not a valid model name"), publish(name):
        pass
    assert not registry.is_shipped(name)
    assert list(models.iterdir()) == []


@given(st.text(max_size=80) | st.from_regex(r"[a-z0-9.-]{1,66}", fullmatch=True))
def test_no_valid_name_leaves_the_folder(name: str) -> None:
    try:
        registry.check_name(name)
    except ModelError:
        return
    assert os.path.normpath(name) == name
    assert name.isascii()
    assert len(Path(name).parts) == 1


# Renamed and deleted


def test_a_model_can_be_renamed_and_deleted(own_model: Path, models: Path) -> None:
    registry.rename("mine", "yours")
    assert registry.find_model("yours").name == "yours"
    assert not own_model.exists()
    registry.delete("yours")
    assert visible(models) == [".active", "larger-cnn"]


@pytest.mark.parametrize("change", [lambda name: registry.rename(name, "new"), registry.delete])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("larger-cnn", "came with the app"),
        ("nowhere", "no model 'nowhere'"),
        ("../x", "not a valid model name"),
        ("active", "is the active model"),
    ],
)
def test_some_models_can_be_neither_renamed_nor_deleted(
    own_model: Path, models: Path, change: Callable[[str], None], name: str, reason: str
) -> None:
    shutil.copytree(own_model, models / "active")
    registry.activate("active")
    before = sorted(models.iterdir())
    with pytest.raises(ModelError, match=reason):
        change(name)
    assert sorted(models.iterdir()) == before


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("larger-cnn", "is taken"),
        ("mine", "is taken"),
        ("../x", "not a valid model name"),
        ("con", "not a valid model name"),
        ("", "not a valid model name"),
    ],
)
def test_a_model_cannot_get_a_name_that_is_taken_or_not_valid(
    own_model: Path, new: str, reason: str
) -> None:
    with pytest.raises(ModelError, match=reason):
        registry.rename("mine", new)
    assert registry.find_model("mine").accuracy > 0.9


@pytest.mark.parametrize("recipe", [None, "{", "[" * 100_000])
def test_a_damaged_model_can_be_deleted_without_any_complete_one(
    models: Path, recipe: str | None
) -> None:
    (models / "broken").mkdir()
    if recipe:
        (models / "broken" / "recipe.json").write_text(recipe)
    registry.delete("broken")
    assert registry.list_models() == []
