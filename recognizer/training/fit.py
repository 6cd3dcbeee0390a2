"""Fitting a network to images: what every training does with Keras."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recognizer.datasets.mnist import Mnist, Split
from recognizer.errors import TrainingError
from recognizer.models.calibration import Calibration
from recognizer.models.evaluation import as_input
from recognizer.models.recipes import Recipe
from recognizer.models.records import BenchmarkResult
from recognizer.training.batches import distorted
from recognizer.training.listener import ProgressListener

if TYPE_CHECKING:
    import keras

VERBOSE = 1 if sys.stdout.isatty() else 2  # Keras's progress bar, or one line per epoch


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network, its history (a row per epoch from 1), and what drawings showed of it."""

    model: keras.Model
    history: pd.DataFrame
    calibration: Calibration = field(default_factory=Calibration)
    benchmark: BenchmarkResult | None = None


def start_keras(seed: int) -> None:
    """Make what follows the same each time it runs with this seed.

    The images are made in one thread beside TensorFlow's. Those of NumPy and OpenCV would
    wait busily for their next work, on the cores that TensorFlow needs: an epoch with
    distortion took 1.6 times as long.
    """
    import keras
    import tensorflow as tf

    threadpool_limits(1, user_api="blas")
    cv2.setNumThreads(1)
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    # Some GPUs would round to ten bits; what is exported would then not agree with Keras.
    tf.config.experimental.enable_tensor_float_32_execution(False)


def fit(
    recipe: Recipe,
    data: Mnist,
    seed: int,
    listener: ProgressListener,
    weights: list[NDArray[Any]] | None,
) -> Fitted:
    """Train a network on images alone, from fresh weights or from `weights`.

    Raises:
        TrainingError: The loss became NaN or infinite, or the weights do not fit.
    """
    start_keras(seed)
    model = build(recipe, weights)
    model.compile(
        optimizer=recipe.optimizer.build(),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    rows: list[dict[str, float]] = []

    def on_epoch(row: dict[str, float]) -> None:
        rows.append(row)
        listener.on_epoch(len(rows), row)

    listener.on_begin(recipe.epochs)
    model.fit(
        **_images(recipe, data.training, seed),
        epochs=recipe.epochs,
        validation_data=(as_input(data.validation.images), data.validation.labels),
        callbacks=[report_to(listener, on_epoch)],
        verbose=VERBOSE,
    )
    return Fitted(model, pd.DataFrame(rows, index=range(1, len(rows) + 1)))


def build(recipe: Recipe, weights: list[NDArray[Any]] | None) -> keras.Model:
    """Build a recipe's network, with fresh weights or with these.

    Raises:
        TrainingError: They do not fit.
    """
    model = recipe.build()
    if weights is not None:
        try:
            model.set_weights(weights)
        except ValueError as error:
            raise TrainingError(
                f"The weights to start from do not fit the recipe {recipe.name!r}. Start from a "
                "model of the same recipe, or from scratch."
            ) from error
    return model


def _images(recipe: Recipe, training: Split, seed: int) -> dict[str, Any]:
    """What Keras's `fit` is given: all images as they are, or distorted differently each time."""
    if not recipe.distortion:
        images, labels = as_input(training.images), training.labels
        return {"x": images, "y": labels, "batch_size": recipe.batch_size}
    steps = math.ceil(len(training) / recipe.batch_size)
    batches = distorted(training, recipe.batch_size, seed)
    return {"x": batches, "steps_per_epoch": steps, "shuffle": False}  # they come shuffled


def report_to(listener: ProgressListener, on_epoch: Callable[[dict[str, float]], None]) -> Any:
    """A Keras callback: `on_epoch` gets the epoch's figures, seconds and learning rate.

    The seconds include what Keras validates by itself. What one of the two raises ends the
    training, and so does a loss that is not finite.
    """
    import keras

    class ReportCallback(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.epoch, self.started = epoch + 1, time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            listener.stop_if_asked()
            listener.on_batch(self.epoch, batch + 1, self.params["steps"], logs or {})

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            seconds = round(time.perf_counter() - self.started, 2)
            rate = float(self.model.optimizer.learning_rate)
            figures = {name: float(value) for name, value in (logs or {}).items()}
            if not all(map(math.isfinite, figures.values())):
                raise TrainingError(
                    f"The loss became NaN or infinite in epoch {self.epoch}: the learning rate "
                    "is too high. Try a tenth of it."
                )
            on_epoch(figures | {"seconds": seconds, "learning_rate": rate})

    return ReportCallback()
