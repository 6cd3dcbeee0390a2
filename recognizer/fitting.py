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

from recognizer.architectures import Recipe
from recognizer.confidence import Confidence
from recognizer.data import Mnist, Split
from recognizer.evaluation import as_input
from recognizer.following import Follower, TrainingError
from recognizer.mixture import distorted

if TYPE_CHECKING:
    import keras

VERBOSE = 1 if sys.stdout.isatty() else 2  # a bar with time left, or a line an epoch


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network and what is known of it.

    `history` has a row per epoch from 1; `drawn` is what `recognizer.drawn.Judge.judge` reports.
    """

    model: keras.Model
    history: pd.DataFrame
    confidence: Confidence = field(default_factory=Confidence)
    drawn: dict[str, Any] = field(default_factory=dict)


def start_keras(seed: int) -> None:
    """Make what follows the same each time it is run with this seed.

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


def fit(
    recipe: Recipe,
    data: Mnist,
    seed: int,
    follower: Follower,
    weights: list[NDArray[Any]] | None,
) -> Fitted:
    """Train a network on images alone, fresh or from `weights` on.

    Raises:
        TrainingError: The loss is no number any more.
    """
    start_keras(seed)
    model = build(recipe, weights)
    model.compile(
        optimizer=recipe.optimizer.build(),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    rows: list[dict[str, float]] = []

    def after_epoch(row: dict[str, float]) -> None:
        rows.append(row)
        follower.after_epoch(len(rows), row)

    follower.begin(recipe.epochs)
    model.fit(
        **_images(recipe, data.training, seed),
        epochs=recipe.epochs,
        validation_data=(as_input(data.validation.images), data.validation.labels),
        callbacks=[watch(follower, after_epoch)],
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
    """What Keras's `fit` is shown: all images as they are, or each bent anew every time."""
    if not recipe.distortion:
        images, labels = as_input(training.images), training.labels
        return {"x": images, "y": labels, "batch_size": recipe.batch_size}
    steps = math.ceil(len(training) / recipe.batch_size)
    batches = distorted(training, recipe.batch_size, seed)
    return {"x": batches, "steps_per_epoch": steps, "shuffle": False}  # they come shuffled


def watch(follower: Follower, after_epoch: Callable[[dict[str, float]], None]) -> Any:
    """A Keras callback: `after_epoch` gets its figures, its seconds and the learning rate.

    The seconds include what Keras validates by itself. What one of the two raises ends the
    training, and so does a loss that is no number.
    """
    import keras

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.epoch, self.started = epoch + 1, time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            follower.stop_if_asked()
            follower.after_batch(self.epoch, batch + 1, self.params["steps"], logs or {})

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            seconds = round(time.perf_counter() - self.started, 2)
            rate = float(self.model.optimizer.learning_rate)
            figures = {name: float(value) for name, value in (logs or {}).items()}
            if not all(map(math.isfinite, figures.values())):
                raise TrainingError(
                    f"The loss is no number any more after epoch {self.epoch}: the learning rate "
                    "is too high. Try a tenth of it."
                )
            after_epoch(figures | {"seconds": seconds, "learning_rate": rate})

    return Watch()
