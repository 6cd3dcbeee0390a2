"""The files of one model: whole, damaged, or missing where they may be."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.errors import ModelError
from recognizer.models import registry
from recognizer.models.calibration import Calibration
from recognizer.models.folder import read_layers
from recognizer.models.registry import DamagedModel
from tests.conftest import SHIPPED


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
    assert model.confidence == Calibration()
    assert model.drawn == {}


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
        (_cut("history.csv"), "of 10 epochs"),
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
    assert registry.complete_models() == []
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
    cut = "layer,type,output,parameters\nconv2d,Conv2D,24 × 24 × 30,780\nflatten,Fl"
    for text, reason in (("a,b\n1,2\n", "lacks"), ("", "cannot be read"), (cut, "truncated")):
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
