"""Training: a recipe and data -> a trained, evaluated model folder."""

from __future__ import annotations

import platform
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from recognizer import registry
from recognizer.architectures import VALIDATION, Recipe
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
    with registry.publish(name, replace=replace) as folder, _ctrl_c() as stop_if_pressed:
        model, history = fit(recipe, data.training, data.validation, seed, stop_if_pressed)
        save_weights(recipe, model, folder / "model.keras")
        report = evaluate(model, data.test)  # the one look at the test images
        registry.write_files(folder, describe(recipe, model, seed), history, report)
        stop_if_pressed()
    return registry.find_model(name)


@contextmanager
def _ctrl_c() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back; give a function that raises it where that is safe.

    A KeyboardInterrupt that comes while TensorFlow builds a graph can corrupt its
    memory and crash the process, which then cleans nothing up. A second Ctrl-C
    interrupts at once all the same.
    """
    pressed = threading.Event()

    def stop_if_pressed() -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield stop_if_pressed  # Python gives signals to its main thread alone
        return
    usual = signal.getsignal(signal.SIGINT)

    def note(*_: object) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, note)
    try:
        yield stop_if_pressed
    finally:
        signal.signal(signal.SIGINT, usual)


def fit(
    recipe: Recipe,
    training: Split,
    validation: Split,
    seed: int,
    after_batch: Callable[[], None] = lambda: None,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train a fresh network; return it with its history, a row per epoch from 1.

    `after_batch` is called after each batch; what it raises ends the training.
    """
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
    watch = _watch(after_batch)
    fitted = model.fit(
        as_input(training.images),
        training.labels,
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        validation_data=(as_input(validation.images), validation.labels),
        callbacks=[watch],
        verbose=1 if sys.stdout.isatty() else 2,  # a bar with time left, or a line an epoch
    )
    history = pd.DataFrame(fitted.history)
    history["seconds"] = watch.seconds
    history.index += 1
    return model, history


def _watch(after_batch: Callable[[], None]) -> Any:
    """A Keras callback that notes each epoch's seconds, validation included."""
    import keras

    class Watch(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.seconds: list[float] = []

        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.started = time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            after_batch()

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            self.seconds.append(round(time.perf_counter() - self.started, 2))

    return Watch()


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
        "validation": VALIDATION,
        "seed": seed,
        "published": asdict(recipe.published),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
    }
