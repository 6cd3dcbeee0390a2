"""What tests of training share: small networks, and figures that are quick to measure."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from recognizer.datasets.mnist import CLASSES, Mnist, Split
from recognizer.datasets.strokes import DrawingDataset
from recognizer.models import drawing_benchmark, networks, profiling, registry
from recognizer.models.evaluation import SCORES
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import ADAM, RECIPES
from recognizer.training import jobs, stages
from tests.conftest import SHIPPED
from tests.stroke_data import crosses, digits
from tests.training.trainings import AT_ONCE

SOME = ("art", "cea", "tos", "syn")  # held out, held out, validation, training
PLAIN = replace(
    RECIPES["larger-cnn"],
    network="small",
    optimizer=replace(ADAM, learning_rate=0.05),
    epochs=2,
    batch_size=100,
)
ROBUST = replace(RECIPES["robust-cnn"], network="small_robust", epochs=2, batch_size=64)


def small(init: str) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.AveragePooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(CLASSES, activation="softmax", kernel_initializer=init),
        ]
    )


def small_robust(init: str) -> keras.Model:
    """It ends as robust-cnn does: with eleven scores."""
    images = keras.Input((28, 28, 1))
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(4)(images))
    x = keras.layers.Dense(16, kernel_initializer=init)(keras.layers.Dropout(0.3)(x))
    x = keras.layers.BatchNormalization()(x)
    scores = keras.layers.Dense(CLASSES + 1, activation="softmax", name=SCORES)(x)
    return keras.Model(images, scores[:, :CLASSES])


@pytest.fixture(scope="package", autouse=True)
def small_networks() -> Iterator[None]:
    """Recipes may name the small networks, and what takes long beside few images is shortened.

    Keras runs without graphs: it takes seconds to build each of them.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "small", small, raising=False)
        patch.setattr(networks, "small_robust", small_robust, raising=False)
        patch.setattr(keras.Model, "run_eagerly", always(True))
        patch.setattr(profiling, "READINGS", 3)
        patch.setattr(drawing_benchmark, "CASES", drawing_benchmark.CASES[1::4])
        patch.setattr(stages, "STATISTICS_BATCHES", 3)
        yield


def always(value: bool) -> property:
    """A property that keeps a value, whatever it is set to."""
    return property(lambda self: value, lambda self, other: None)


@pytest.fixture
def at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings in a process of their own run at normal priority, and without drawings.

    To evaluate a model on drawings takes longer than to train it.
    """
    script = tmp_path / "at_once.py"
    script.write_text(AT_ONCE)
    monkeypatch.setattr(jobs, "TRAIN", script)
    monkeypatch.delenv("PEN_DIGITS", raising=False)


@pytest.fixture(scope="session")
def few(tiny: Mnist) -> Mnist:
    """Two batches of ROBUST per epoch."""
    training = Split(tiny.training.images[:80], tiny.training.labels[:80])
    return replace(tiny, training=training)


@pytest.fixture(scope="session")
def drawings() -> DrawingDataset:
    return DrawingDataset(digits(SOME), crosses(SOME))


def weights_of(path: Path) -> list[np.ndarray]:
    """The weights of the model in a folder."""
    model = keras.saving.load_model(path / "model.keras", compile=False)
    weights: list[np.ndarray] = model.get_weights()
    return weights


def same(ones: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(ones, others, strict=True))


@pytest.fixture
def shipped(models: Path, monkeypatch: pytest.MonkeyPatch) -> ModelEntry:
    """The model that comes with the app, with all settings as they are."""
    monkeypatch.undo()
    monkeypatch.setenv("MODELS_DIR", str(models))
    monkeypatch.setattr(keras.Model, "run_eagerly", always(False))
    shutil.copytree(SHIPPED / "robust-cnn", models / "robust-cnn")
    return registry.find_model("robust-cnn")
