"""Several networks trained side by side, and what one network learns from their average.

The average of networks that started from different weights reads better than any of them, and
differs less from one training to the next; a single network can learn most of that (G. Hinton
et al.: Distilling the Knowledge in a Neural Network, 2015). The teachers are one Keras model:
they see the same batches, which are made once, and train on all cores at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES
from recognizer.models.evaluation import INPUT_SHAPE, SCORES, Network, network_of
from recognizer.models.recipes import Recipe
from recognizer.training.batches import Batch, Mixture
from recognizer.training.fit import build

if TYPE_CHECKING:
    import keras

LABEL_SHARE = 0.5  # of what the student is to give; the rest is the teachers' average


@dataclass(frozen=True, eq=False)
class Teachers:
    """Networks of one recipe, with weights of their own."""

    networks: list[keras.Model]

    @classmethod
    def of(cls, recipe: Recipe, weights: list[NDArray[Any]] | None) -> Teachers:
        """As many as the recipe says, with fresh weights or all with these.

        Raises:
            TrainingError: The weights do not fit.
        """
        return cls([build(recipe, weights) for _ in range(recipe.teachers)])

    @cached_property
    def trainer(self) -> keras.Model:
        """All of them: images (n, 28, 28, 1) -> scores (n, teachers, 11)."""
        import keras

        images = keras.Input(INPUT_SHAPE)
        scores = [keras.Model(each.input, scores_of(each))(images) for each in self.networks]
        return keras.Model(images, keras.ops.stack(scores, axis=1))

    @cached_property
    def average(self) -> keras.Model:
        """Their mean: images (n, 28, 28, 1) -> probabilities (n, 11)."""
        import keras

        mean = keras.ops.mean(self.trainer.output, axis=1)
        return keras.Model(self.trainer.input, mean)

    @property
    def network(self) -> Network:
        """Their mean, of the ten digits."""
        import keras

        return network_of(keras.Model(self.average.input, self.average.output[:, :CLASSES]))

    def teach(self, batches: Iterator[Batch]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        """Yield each batch with probabilities (n, 11) in place of its labels."""
        classes = self.average.output_shape[-1]
        for images, labels in batches:
            given = np.asarray(self.average.predict_on_batch(images))
            known = np.eye(classes, dtype=np.float32)[labels]
            yield images, LABEL_SHARE * known + (1 - LABEL_SHARE) * given


@dataclass(frozen=True, eq=False)
class Learner:
    """What a stage trains: the teachers or, with them, the student."""

    trainer: keras.Model  # what Keras fits
    network: Network  # how it reads digits
    loss: Any
    accuracy: Any
    teachers: Teachers | None = None  # from whose average it learns

    @classmethod
    def many(cls, teachers: Teachers) -> Learner:
        """The teachers, which learn from labels."""
        return cls(teachers.trainer, teachers.network, loss_of_each, accuracy_of_each)

    @classmethod
    def one(cls, student: keras.Model, teachers: Teachers) -> Learner:
        """The student."""
        import keras

        trainer = keras.Model(student.input, scores_of(student))
        loss, accuracy = "categorical_crossentropy", keras.metrics.categorical_accuracy
        return cls(trainer, network_of(student), loss, accuracy, teachers)

    def batches(self, mixture: Mixture, seed: int, epoch: int) -> Iterator[Batch]:
        """Of a mixture, from an epoch on."""
        found = mixture.batches(seed, epoch)
        return self.teachers.teach(found) if self.teachers else found


def scores_of(network: keras.Model) -> Any:
    """All eleven outputs of a network."""
    return network.get_layer(SCORES).output


def loss_of_each(labels: Any, scores: Any) -> Any:
    """The mean cross-entropy of several networks in nats, (n,): labels (n,), scores (n, k, 11)."""
    from keras import losses, ops

    of_each = ops.repeat(ops.reshape(labels, (-1, 1)), scores.shape[1], axis=1)
    return ops.mean(losses.sparse_categorical_crossentropy(of_each, scores), axis=1)


def accuracy_of_each(labels: Any, scores: Any) -> Any:
    """The share of several networks that are right, (n,)."""
    from keras import ops

    found = ops.argmax(scores, axis=-1)
    return ops.mean(ops.equal(found, ops.reshape(labels, (-1, 1))), axis=1)
