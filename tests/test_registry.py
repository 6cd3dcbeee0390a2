"""The folder of models: whole or not there, damaged or not."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer import registry
from recognizer.architectures import RECIPES
from recognizer.confidence import Confidence
from recognizer.drawn import CASES
from recognizer.model_folder import ModelEntry, ModelError, read_layers
from recognizer.pen import HELD_BACK
from recognizer.registry import DamagedModel
from tests.conftest import SHIPPED


def test_all_eight_are_shipped_whole() -> None:
    assert {model.name for model in registry.whole_models()} >= set(RECIPES)


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
    assert model.drawn["institutions"] == sorted(HELD_BACK)
    assert len(model.drawn["cases"]) == len(CASES)
    assert 0.9 < model.drawn["all"]["accuracy"] < 1
    assert model.confidence.threshold >= 0.5


def test_the_default_reads_drawings_better_than_any_other() -> None:
    shipped = [registry.find_model(name) for name in RECIPES]
    for case in range(len(CASES)):
        best = max(shipped, key=lambda model: model.drawn["cases"][case]["accuracy"])
        assert best.name == registry.DEFAULT_MODEL


@pytest.mark.parametrize(
    "content",
    ["[]", "{}", "{", '{"slope": 1, "shift": 0}', '{"slope": 0, "shift": 0, "threshold": 0.5}']
    + ['{"slope": 1, "shift": NaN, "threshold": 0.5}', '{"slope": 1, "shift": 0, "threshold": 2}'],
)
def test_a_damaged_confidence_is_said(model_copy: Path, content: str) -> None:
    (model_copy / "confidence.json").write_text(content)
    with pytest.raises(ModelError, match="damaged"):
        registry.find_model("larger-cnn")


def test_a_model_without_confidence_or_drawings_is_whole(model_copy: Path) -> None:
    (model_copy / "confidence.json").unlink()
    report = json.loads((model_copy / "report.json").read_text())
    del report["drawn"]
    (model_copy / "report.json").write_text(json.dumps(report))
    model = registry.find_model("larger-cnn")
    assert model.confidence == Confidence()
    assert model.drawn == {}


def test_shipped_reports_are_of_the_same_images() -> None:
    labels = [registry.load_report(name).labels for name in RECIPES]
    assert all(np.array_equal(labels[0], other) for other in labels)


def _cut(file: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        content = (folder / file).read_bytes()
        (folder / file).write_bytes(content[: len(content) // 2])

    return damage


def _remove(file: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).unlink()


def _write(file: str, text: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / file).write_text(text)

    return damage


FILES = ("model.keras", "recipe.json", "report.json", "predictions.npz")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        *[(_remove(file), f"{file} is missing") for file in FILES],
        (_cut("model.keras"), "model.keras is truncated"),
        (_cut("predictions.npz"), "predictions.npz is truncated"),
        (_cut("recipe.json"), "cannot be read"),
        (_write("report.json", "[]"), "not an object"),
        (_write("report.json", '{"accuracy": 1}'), "loss"),
        (_write("report.json", '{"accuracy": "high", "loss": 1}'), "cannot be read"),
        (_write("history.csv", "epoch,loss\n1,2\n"), "val_loss"),
        (_write("history.csv", "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n"), "no epoch"),
        (_write("history.csv", ""), "cannot be read"),
        (
            _write(
                "history.csv", "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n1,a,b,c,d,e\n"
            ),
            "cannot be read",
        ),
        (
            _write(
                "history.csv", "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n2,1,1,1,1,1\n"
            ),
            "from 1",
        ),
        (_write("recipe.json", '{"recipe": "a", "parameters": 1, "optimizer": "SGD"}'), "no"),
        (_write("recipe.json", '{"recipe": "a", "parameters": 1, "published": {"a": 1}}'), "acc"),
        (_write("report.json", '{"accuracy": 1, "loss": 1, "drawn": {"all": {}}}'), "drawings"),
        (
            _write(
                "report.json",
                '{"accuracy": 1, "loss": 1, "drawn": {"all": null, "cases": [], "digits": 1,'
                ' "others": 1, "institutions": []}}',
            ),
            "cannot be read",
        ),
        (_write("report.json", f'{{"accuracy": 1{"0" * 400}, "loss": 1}}'), "cannot be read"),
        (_write("report.json", '{"accuracy": NaN, "loss": 1}'), "not finite"),
        (_write("report.json", '{"accuracy": 1, "loss": 1, "reading_ms": NaN}'), "not finite"),
        (_write("recipe.json", "{}"), "'recipe'"),
        (_write("recipe.json", "[" * 100_000), "cannot be read"),
    ],
)
def test_a_damaged_folder_is_listed_with_its_reason(
    model_copy: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(model_copy)
    (listed,) = registry.list_models()
    assert isinstance(listed, DamagedModel)
    assert reason in listed.reason
    assert registry.whole_models() == []
    with pytest.raises(ModelError, match="no usable model"):
        registry.active_model()


def test_damaged_predictions_are_named(model_copy: Path) -> None:
    path = model_copy / "predictions.npz"
    np.savez(path, labels=np.zeros(3))
    with pytest.raises(ModelError, match=r"predictions\.npz cannot be read"):
        registry.load_report("larger-cnn")
    np.savez(path, labels=np.zeros(3), probabilities=np.zeros((5, 10)))
    with pytest.raises(ModelError, match="do not fit"):
        registry.load_report("larger-cnn")
    np.savez(path, labels=np.zeros(0), probabilities=np.zeros((0, 10)))
    with pytest.raises(ModelError, match="do not fit"):
        registry.load_report("larger-cnn")
    for label, probability in ((10, 0.1), (3, 0.2), (3, -0.1), (3, np.nan)):
        np.savez(path, labels=np.full(5, label), probabilities=np.full((5, 10), probability))
        with pytest.raises(ModelError, match="no digit or no probability"):
            registry.load_report("larger-cnn")


def test_a_model_without_a_history_is_whole(model_copy: Path) -> None:
    _remove("history.csv")(model_copy)
    model = registry.find_model("larger-cnn")
    assert model.history.empty
    assert np.isnan([model.validation_accuracy, model.seconds_per_epoch]).all()
    assert registry.active_model().name == "larger-cnn"


def test_layers_are_listed_where_they_were_noted(model_copy: Path) -> None:
    layers = read_layers(model_copy)
    assert layers["parameters"].sum() == registry.find_model("larger-cnn").recipe["parameters"]
    for text, reason in (("a,b\n1,2\n", "lacks"), ("", "cannot be read")):
        _write("layers.csv", text)(model_copy)
        with pytest.raises(ModelError, match=reason):
            read_layers(model_copy)
    _remove("layers.csv")(model_copy)
    assert read_layers(model_copy).empty


@given(st.integers(0, 2**32 - 1))
def test_predictions_damaged_anywhere_are_refused_or_whole(seed: int) -> None:
    """Bytes overwritten anywhere in the file: an error with a message, or harmless."""
    rng = np.random.default_rng(seed)
    content = bytearray((SHIPPED / "larger-cnn" / "predictions.npz").read_bytes())
    start = int(rng.integers(len(content) - 600))
    content[start : start + 600] = rng.bytes(600)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELS_DIR", folder)
        copy = Path(shutil.copytree(SHIPPED / "larger-cnn", Path(folder) / "larger-cnn"))
        (copy / "predictions.npz").write_bytes(content)
        with contextlib.suppress(ModelError):  # any other error fails the test
            assert registry.load_report("larger-cnn").accuracy > 0.9


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
    _remove("model.keras")(models / "other")
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
    assert [path.name for path in models.iterdir()] == ["mine"]


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
    assert list(models.iterdir()) == []


def test_a_taken_name_is_refused_unless_replaced(model_copy: Path, models: Path) -> None:
    with pytest.raises(ModelError, match="already"), registry.publish("larger-cnn"):
        pass
    with registry.publish("larger-cnn", replace=True) as folder:
        (folder / "new").touch()
        assert (model_copy / "model.keras").exists()
    assert [path.name for path in model_copy.iterdir()] == ["new"]
    assert [path.name for path in models.iterdir()] == ["larger-cnn"]


def test_a_failed_replacement_keeps_the_old_model(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fail_for_the_new(self: Path, target: Path) -> Path:
        if self.parent.name.startswith(".new-") and self.name == "larger-cnn":
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new)
    with pytest.raises(OSError, match="disk full"), registry.publish("larger-cnn", replace=True):
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
