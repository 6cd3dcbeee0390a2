"""Fitting a network to images: what every training does with Keras."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from recognizer.architectures import Recipe
from recognizer.confidence import Confidence
from recognizer.data import Split
from recognizer.evaluation import as_input

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
    """Make what follows the same each time it is run with this seed."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def fit(
    recipe: Recipe,
    training: Split,
    validation: Split,
    seed: int,
    after_batch: Callable[[], None] = lambda: None,
) -> Fitted:
    """Train a fresh network on images alone.

    `after_batch` is called after each batch; what it raises ends the training.
    """
    start_keras(seed)
    model = recipe.build()
    model.compile(
        optimizer=recipe.optimizer.build(),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    rows: list[dict[str, float]] = []
    model.fit(
        as_input(training.images),
        training.labels,
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        validation_data=(as_input(validation.images), validation.labels),
        callbacks=[watch(after_batch, rows.append)],
        verbose=VERBOSE,
    )
    return Fitted(model, pd.DataFrame(rows, index=range(1, len(rows) + 1)))


def watch(after_batch: Callable[[], None], after_epoch: Callable[[dict[str, float]], None]) -> Any:
    """A Keras callback: `after_epoch` gets its figures, its seconds and the learning rate.

    The seconds include what Keras validates by itself. What one of the two raises ends the
    training.
    """
    import keras

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.started = time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            after_batch()

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            seconds = round(time.perf_counter() - self.started, 2)
            rate = float(self.model.optimizer.learning_rate)
            figures = {name: float(value) for name, value in (logs or {}).items()}
            after_epoch(figures | {"seconds": seconds, "learning_rate": rate})

    return Watch()
