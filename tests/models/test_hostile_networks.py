"""Networks that somebody hostile, or a failing disk, has left in a model's folder."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from recognizer import Drawing, Recognizer
from recognizer.errors import ModelError
from recognizer.models import predictions, registry
from recognizer.models.registry import DamagedModel
from tests import hostile

LONGEST = 400  # characters of a reason

# model.keras


@pytest.fixture
def keras_folder(keras_copy: Path) -> Path:
    """A folder that Keras reads."""
    return keras_copy


def change(folder: Path, **members: bytes | None) -> None:
    """Replace members of model.keras: `config`, `weights`, or others by their names."""
    names = {"config": "config.json", "weights": "model.weights.h5"}
    with zipfile.ZipFile(folder / "model.keras") as archive:
        found: dict[str, bytes | None] = {each: archive.read(each) for each in archive.namelist()}
    found |= {names.get(name, name): content for name, content in members.items()}
    kept = {name: content for name, content in found.items() if content is not None}
    (folder / "model.keras").write_bytes(hostile.archive_of(kept))


def config_of(folder: Path) -> dict[str, Any]:
    with zipfile.ZipFile(folder / "model.keras") as archive:
        return dict(json.loads(archive.read("config.json")))


def layer_of(config: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in config["config"]["layers"] if each["class_name"] == name)


def test_an_archive_of_very_many_members_is_not_looked_through(keras_folder: Path) -> None:
    many = hostile.archive_of({f"{number}": b"" for number in range(20_000)}, zipfile.ZIP_STORED)
    (keras_folder / "model.keras").write_bytes(many)
    (keras_folder / "misclassified.npz").write_bytes(many)
    with pytest.raises(ModelError, match="truncated or has the wrong format"):
        registry.find_model("larger-cnn")
    with pytest.raises(ModelError, match="cannot be read"):
        predictions.read_misclassified(keras_folder)


@pytest.mark.parametrize(
    "members",
    [
        {"../outside.txt": b"x"},
        {"/etc/outside": b"x"},
        {"assets/words.txt": b"x"},
        {"config.json": None},
        {"config": b" " * 10**6},
        {"weights": bytes(2 * 10**8)},
    ],
    ids=["outside", "absolute", "more", "less", "long", "zip bomb"],
)
def test_an_archive_with_other_members_is_damaged(
    keras_folder: Path, members: dict[str, bytes | None]
) -> None:
    change(keras_folder, **members)
    (listed,) = registry.list_models()
    assert isinstance(listed, DamagedModel)
    assert "model.keras" in listed.reason
    assert len(listed.reason) < LONGEST


def _lambda(config: dict[str, Any]) -> None:
    layer = layer_of(config, "Dropout")
    layer["class_name"] = "Lambda"
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None}}
    layer["config"] = {"name": "x", "function": code}


def _function(config: dict[str, Any]) -> None:
    layer = layer_of(config, "Dropout")
    layer["config"]["rate"] = {
        "module": "os",
        "class_name": "function",
        "config": "system",
        "registered_name": "function",
    }


def _from_elsewhere(config: dict[str, Any]) -> None:
    layer = layer_of(config, "Dropout")
    layer |= {"module": "subprocess", "class_name": "Popen", "config": {"args": ["touch", "x"]}}


def _wide(config: dict[str, Any]) -> None:
    for layer in config["config"]["layers"]:
        if layer["class_name"] == "Dense":
            layer["config"]["units"] = 10**8
            layer.pop("build_config", None)


def _padded(config: dict[str, Any]) -> None:
    layer = layer_of(config, "Dropout")
    layer["class_name"] = "ZeroPadding2D"
    layer["config"] = {"name": "x", "padding": 10**5}
    layer.pop("build_config", None)


@pytest.mark.parametrize("damage", [_lambda, _function, _from_elsewhere, _wide, _padded])
def test_a_configuration_that_asks_for_more_than_layers_is_refused(
    keras_folder: Path, damage: Callable[[dict[str, Any]], None]
) -> None:
    config = config_of(keras_folder)
    damage(config)
    change(keras_folder, config=json.dumps(config).encode())
    with pytest.raises(ModelError, match=r"model\.keras cannot be loaded") as raised:
        Recognizer.load("larger-cnn")
    assert len(str(raised.value)) < LONGEST


def _weights(folder: Path, damage: Callable[[h5py.File], None]) -> bytes:
    with zipfile.ZipFile(folder / "model.keras") as archive:
        buffer = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(buffer, "r+") as file:
        damage(file)
    return buffer.getvalue()


ARRAY = "layers/dense/vars/0"


def _huge(file: h5py.File) -> None:
    del file[ARRAY]
    file.create_dataset(ARRAY, (10**6, 10**6), np.float32, chunks=(1000, 1000))


def _compressed(file: h5py.File) -> None:
    del file[ARRAY]
    file.create_dataset(ARRAY, data=np.zeros((1000, 1000), np.float32), compression="gzip")


def _linked(file: h5py.File) -> None:
    del file[ARRAY]
    file[ARRAY] = h5py.ExternalLink("/etc/passwd", "/")


def _external(file: h5py.File) -> None:
    del file[ARRAY]
    file.create_dataset(ARRAY, (10,), np.uint8, external=[("/etc/passwd", 0, 10)])


def _many(file: h5py.File) -> None:
    for number in range(5000):
        file.create_group(f"more/{number}")


def _not_a_number(file: h5py.File) -> None:
    file[ARRAY][0] = np.nan


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_huge, "more than there is"),
        (_compressed, "more than there is"),
        (_linked, "name another file"),
        (_external, "no plain numbers"),
        (_many, "too many parts"),
        (_not_a_number, "not finite"),
    ],
)
def test_weights_that_are_no_plain_numbers_are_refused(
    keras_folder: Path, damage: Callable[[h5py.File], None], reason: str
) -> None:
    change(keras_folder, weights=_weights(keras_folder, damage))
    with pytest.raises(ModelError, match=reason):
        Recognizer.load("larger-cnn")


def test_a_network_of_ones_own_is_loaded(keras_folder: Path) -> None:
    assert Recognizer.load("larger-cnn").name == "larger-cnn"


# model.tflite


def test_an_export_with_weights_that_are_not_finite_is_refused(model_copy: Path) -> None:
    hostile.spoil(model_copy)
    hostile.note_export(model_copy)
    with pytest.raises(ModelError, match="not finite"):
        Recognizer.load("larger-cnn")


@pytest.mark.parametrize("damage", ["empty", "cut", "swapped", "HTML", "binary"])
def test_an_export_that_is_none_is_refused_in_a_line(model_copy: Path, damage: str) -> None:
    file = model_copy / "model.tflite"
    file.write_bytes(hostile.BROKEN[damage](file.read_bytes()))
    hostile.note_export(model_copy)
    with pytest.raises(ModelError, match=r"model\.tflite cannot be loaded") as raised:
        Recognizer.load("larger-cnn")
    assert len(str(raised.value)) < LONGEST


def test_an_export_that_changes_after_it_was_found_is_not_loaded(model_copy: Path) -> None:
    model = registry.find_model("larger-cnn")
    hostile.spoil(model_copy)
    with pytest.raises(ModelError, match=r"not the one that report\.json notes"):
        Recognizer.of(model)


def test_where_the_active_model_cannot_be_loaded_the_next_one_reads(
    model_copy: Path, models: Path
) -> None:
    broken = Path(shutil.copytree(model_copy, models / "broken"))
    hostile.spoil(broken)
    hostile.note_export(broken)
    registry.activate("broken")
    assert registry.active_model().name == "broken"  # nothing but loading it tells
    assert Recognizer.load().read(Drawing.from_strokes([[(50, 50), (50, 250)]])).digit == 1
    assert Recognizer.load().name == "larger-cnn"
    with pytest.raises(ModelError, match="'broken' is damaged"):
        Recognizer.load("broken")
    hostile.spoil(model_copy)
    hostile.note_export(model_copy)
    with pytest.raises(ModelError, match="'broken' is damaged"):
        Recognizer.load()
