"""The network that learns from kept drawings, and the batches that it is given.

A small share of each batch is kept drawings; the rest is what it repeats, for which it is to give
the probabilities that it gave before (G. Hinton et al.: Distilling the Knowledge in a Neural
Network, 2015; Z. Li, D. Hoiem: Learning without Forgetting, 2016).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recognizer.collection.records import KeptDrawing
from recognizer.datasets.mnist import Split
from recognizer.models.evaluation import SCORES, Network, as_input, evaluate, network_of
from recognizer.models.recipes import Recipe
from recognizer.training import kept
from recognizer.training.batches import STEPS
from recognizer.training.fit import VERBOSE, build, report_to
from recognizer.training.listener import ProgressListener

if TYPE_CHECKING:
    import keras

WARM_UP = 0.05  # share of the steps in which the learning rate rises
TEMPERATURE = 3.0  # at which probabilities are compared: the small ones then count more
LEAST = 1e-7  # probabilities are taken to be no nearer to 0: Keras's own epsilon
AT_ONCE = 1000  # images that are read at once

Weights = list[NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Student:
    """A network that starts from the weights `old`; it can start again and again."""

    recipe: Recipe
    old: Weights
    validation: Split
    seed: int
    listener: ProgressListener

    @cached_property
    def model(self) -> keras.Model:
        return build(self.recipe, self.old)

    @property
    def network(self) -> Network:
        """The network as it is now."""
        return network_of(self.model)

    @cached_property
    def trainer(self) -> keras.Model:
        """The network with all of its outputs, ten or eleven; its normalization stays as it is."""
        import keras

        named = {layer.name: layer.output for layer in self.model.layers}
        trainer = keras.Model(self.model.inputs, named.get(SCORES, self.model.outputs[0]))
        for layer in trainer.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False
        return trainer

    @property
    def classes(self) -> int:
        """How many outputs it has: with eleven, it knows non-digits."""
        return int(self.trainer.output_shape[-1])

    def targets(self, repeated: Split) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """What the network is to give for the images that it repeats.

        Its own probabilities, or the label where it is wrong.

        Returns:
            Those images whose labels are among its outputs, (n, 28, 28); and the probabilities,
            (n, 10) or (n, 11).
        """
        known = repeated.labels < self.classes
        images, labels = repeated.images[known], repeated.labels[known]
        scores = np.array(self.trainer.predict(as_input(images), batch_size=AT_ONCE, verbose=0))
        wrong = scores.argmax(axis=1) != labels
        scores[wrong] = np.eye(self.classes)[labels[wrong]]
        return images, scores

    def train(self, batches: Iterator[Any]) -> pd.DataFrame:
        """Train from the old weights on; the history, a row for each epoch."""
        self.model.set_weights(self.old)
        rows: list[dict[str, float]] = []

        def on_epoch(row: dict[str, float]) -> None:
            report = evaluate(self.network, self.validation)
            rows.append(row | {"val_loss": report.loss, "val_accuracy": report.accuracy})
            self.listener.on_epoch(len(rows), rows[-1])

        epochs = self.recipe.epochs
        warm_up = int(epochs * STEPS * WARM_UP)
        optimizer = self.recipe.optimizer.build(warm_up, epochs * STEPS - warm_up)
        self.trainer.compile(optimizer=optimizer, loss=_loss, metrics=["accuracy"])
        self.listener.on_begin(epochs)
        self.trainer.fit(
            batches,
            steps_per_epoch=STEPS,
            epochs=epochs,
            callbacks=[report_to(self.listener, on_epoch)],
            shuffle=False,  # the batches come shuffled
            verbose=VERBOSE,
        )
        return pd.DataFrame(rows, index=range(1, len(rows) + 1))

    def batches(
        self,
        drawings: Sequence[KeptDrawing],
        share: float,
        repeated: tuple[NDArray[np.uint8], NDArray[np.float32]],
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Yield batches endlessly: images, and the probabilities to give.

        Args:
            drawings: Kept drawings.
            share: Theirs of each batch.
            repeated: What `targets` gives.
        """
        rng = np.random.default_rng(self.seed)
        drawings = kept.some(drawings, rng)
        images, often = kept.versions(drawings, rng), kept.weights(drawings)
        wanted = np.eye(self.classes, dtype=np.float32)[kept.labels_of(drawings)]
        again, given = repeated
        new = max(round(share * self.recipe.batch_size), 1)
        while True:
            chosen = rng.choice(len(drawings), new, p=often)
            drawn = images[chosen, rng.integers(images.shape[1], size=new)]
            others = rng.integers(len(again), size=self.recipe.batch_size - new)
            batch = as_input(np.concatenate([drawn, again[others]]))
            yield batch, np.concatenate([wanted[chosen], given[others]])


def _loss(targets: Any, scores: Any) -> Any:
    """Cross-entropy at TEMPERATURE in nats, (n,)."""
    from keras import ops

    def softer(probabilities: Any) -> Any:
        roots = ops.power(ops.clip(probabilities, LEAST, 1.0), 1 / TEMPERATURE)
        return roots / ops.sum(roots, axis=-1, keepdims=True)

    return -TEMPERATURE * ops.sum(softer(targets) * ops.log(softer(scores)), axis=-1)
