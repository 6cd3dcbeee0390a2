"""Training: a recipe and data -> a trained, evaluated model folder."""

from __future__ import annotations

import platform
import sys
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from recognizer import registry
from recognizer.architectures import Recipe
from recognizer.data import Mnist, Split
from recognizer.evaluation import as_input, evaluate

if TYPE_CHECKING:
    import keras

DEFAULT_SEED = 0
PACKAGES = (
    "tensorflow",
    "keras",
    "numpy",
)  # those whose version can change the weights


@dataclass(frozen=True)
class Changes:
    """What a person may change in a recipe; None keeps the recipe's own value."""

    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None

    def apply(self, recipe: Recipe) -> Recipe:
        rate = recipe.optimizer.learning_rate if self.learning_rate is None else self.learning_rate
        return replace(
            recipe,
            epochs=self.epochs or recipe.epochs,
            batch_size=self.batch_size or recipe.batch_size,
            optimizer=replace(recipe.optimizer, learning_rate=rate),
        )


def train(
    recipe: Recipe,
    data: Mnist,
    name: str,
    *,
    seed: int = DEFAULT_SEED,
    replace: bool = False,
) -> registry.ModelEntry:
    """Train a recipe and publish the model; an interruption leaves nothing behind.

    The same seed gives the same weights on the same machine.

    Raises:
        ModelError: The name is taken (and `replace` is not set) or cannot name a model.
    """
    with registry.publish(name, replace=replace) as folder:
        model, history = fit(recipe, data.training, data.validation, seed)
        save_weights(recipe, model, folder / "model.keras")
        report = evaluate(model, data.test)  # the one look at the test images
        registry.write_files(folder, describe(recipe, model, seed), history, report)
    return registry.find_model(name)


def fit(
    recipe: Recipe, training: Split, validation: Split, seed: int
) -> tuple[keras.Model, pd.DataFrame]:
    """Train a fresh network; return it with its history, a row per epoch from 1."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    model = recipe.build()
    model.compile(
        optimizer=recipe.optimizer.build(),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    clock = _stopwatch()
    fitted = model.fit(
        as_input(training.images),
        training.labels,
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        validation_data=(as_input(validation.images), validation.labels),
        callbacks=[clock],
        verbose=1 if sys.stdout.isatty() else 2,  # a bar with time left, or a line an epoch
    )
    history = pd.DataFrame(fitted.history)
    history["seconds"] = clock.seconds
    history.index += 1
    return model, history


def _stopwatch() -> Any:
    """A callback that notes the seconds of each epoch, validation included."""
    import keras

    class Stopwatch(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.seconds: list[float] = []

        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            self.seconds.append(round(time.perf_counter() - self.started, 2))

    return Stopwatch()


def save_weights(recipe: Recipe, model: keras.Model, path: Path) -> None:
    """Save the network alone: a copy that was never compiled has no optimiser to save."""
    bare = recipe.build()
    bare.set_weights(model.get_weights())
    bare.save(path)


def describe(recipe: Recipe, model: keras.Model, seed: int) -> dict[str, Any]:
    """All that is needed to make the same model again, ready for JSON."""
    return {
        "recipe": recipe.name,
        "parameters": model.count_params(),
        "initializer": recipe.initializer,
        "optimizer": asdict(recipe.optimizer),
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "validation": recipe.validation,
        "seed": seed,
        "published": asdict(recipe.published),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
    }
