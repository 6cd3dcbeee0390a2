"""The files of one model: complete, damaged, or missing where they may be."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recognizer.errors import ModelError
from recognizer.models import folder, registry
from recognizer.models.calibration import Calibration
from recognizer.models.csv_files import read_layers
from recognizer.models.registry import DamagedModel
from tests.conftest import SHIPPED

HEADER = "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n"


def _cut(file: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        content = (path / file).read_bytes()
        (path / file).write_bytes(content[: len(content) // 2])

    return damage


def _remove(file: str) -> Callable[[Path], None]:
    return lambda path: (path / file).unlink()


def _write(file: str, text: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        (path / file).write_text(text)

    return damage


def _other_weights(path: Path) -> None:
    shutil.copy(SHIPPED / "compact-cnn" / "model.keras", path / "model.keras")


NEEDED = ("model.keras", "recipe.json", "report.json", "predictions.npz")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        *[(_remove(file), f"{file} is missing") for file in NEEDED],
        (_cut("model.keras"), "model.keras is truncated"),
        (_cut("predictions.npz"), "predictions.npz is truncated"),
        (_cut("model.tflite"), "model.tflite was not exported from its model.keras"),
        (_other_weights, "model.tflite was not exported from its model.keras"),
        (_cut("recipe.json"), "(recipe.json: "),
        (_cut("report.json"), "(report.json: "),
        (_cut("confidence.json"), "(confidence.json: "),
        (_write("recipe.json", "{}"), "recipe.json: recipe: Field required"),
        (_write("recipe.json", "[" * 100_000), "recipe.json: it is nested too deeply"),
        (_write("report.json", "[]"), "report.json: not an object"),
        (_write("confidence.json", '{"slope": 1}'), "confidence.json: lacks"),
        (_write("history.csv", "epoch,loss\n1,2\n"), "history.csv: lacks ['accuracy', 'seconds'"),
        (_write("history.csv", HEADER), "history.csv holds no epoch"),
        (_write("history.csv", ""), "(history.csv: lacks"),
        (
            _write("history.csv", HEADER + "1,a,b,c,d,e\n"),
            "(history.csv: could not convert string to float",
        ),
        (_write("history.csv", HEADER + "2,1,1,1,1,1\n"), "does not count its epochs from 1"),
        (_write("history.csv", HEADER + "1,1,1,1,1,1\n"), "history.csv holds 1 of 10 epochs"),
    ],
)
def test_a_damaged_folder_is_listed_with_its_reason(
    model_copy: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(model_copy)
    (listed,) = registry.list_models()
    assert isinstance(listed, DamagedModel)
    assert reason in listed.reason
    assert listed.reason.endswith("Train it again, or delete it.")
    assert registry.complete_models() == []
    with pytest.raises(ModelError, match="no usable model"):
        registry.active_model()


def _lose_benchmark(path: Path) -> None:
    report = json.loads((path / "report.json").read_text())
    (path / "report.json").write_text(json.dumps({k: report[k] for k in ("accuracy", "loss")}))


def test_a_folder_of_the_first_version_is_complete(model_copy: Path) -> None:
    for damage in (
        _lose_benchmark,
        _write("recipe.json", '{"recipe": "larger-cnn", "parameters": 59933}'),
        *map(_remove, ("confidence.json", "history.csv", "layers.csv")),
    ):
        damage(model_copy)
    model = registry.find_model("larger-cnn")
    assert model.accuracy > 0.99
    assert model.calibration == Calibration()
    assert model.benchmark is None
    assert model.summary.reading_ms is None
    assert model.history.empty
    assert np.isnan([model.validation_accuracy, model.seconds_per_epoch]).all()
    assert model.trained == "–"
    assert not model.has_litert  # the file is there, but nothing says what it belongs to
    assert read_layers(model_copy).empty
    assert registry.active_model().name == "larger-cnn"


def test_layers_are_listed(model_copy: Path) -> None:
    layers = read_layers(model_copy)
    assert layers["parameters"].sum() == registry.find_model("larger-cnn").recipe.parameters


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,b\n1,2\n", "layers.csv lacks"),
        ("", "layers.csv cannot be read"),
        ("layer,type,output,parameters\nconv2d,Conv2D,24 × 24 × 30,780\nflatten,Fl", "truncated"),
    ],
)
def test_damaged_layers_are_refused(model_copy: Path, text: str, reason: str) -> None:
    _write("layers.csv", text)(model_copy)
    with pytest.raises(ModelError, match=reason):
        read_layers(model_copy)


def test_a_new_benchmark_leaves_all_else_as_it_is(model_copy: Path) -> None:
    before = registry.find_model("larger-cnn")
    folder.write_benchmark(model_copy, Calibration(2.0, 1.0, 0.75), None)
    after = registry.find_model("larger-cnn")
    assert (after.calibration, after.benchmark) == (Calibration(2.0, 1.0, 0.75), None)
    assert (after.accuracy, after.loss) == (before.accuracy, before.loss)
    assert after.summary.reading_ms == before.summary.reading_ms
    assert after.version != before.version  # so that a loaded one is loaded again
