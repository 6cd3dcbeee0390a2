"""Evaluate a model: labeled images -> a report that holds enough for every dashboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES, Split

if TYPE_CHECKING:
    import keras

# Of images (n, 28, 28) uint8, the probability of each digit, (n, 10).
Network = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

INPUT_SHAPE = (28, 28, 1)  # of what every network takes
SCORES = "scores"  # the layer that holds eleven probabilities, where a network knows non-digits
BATCH = 1000  # images per step: bounds memory, and does not change the result


@dataclass(frozen=True, eq=False)
class Report:
    """A model's predictions on labeled images, in the data set's order; no image in it.

    Attributes:
        labels: (n,) uint8, the true digits.
        probabilities: (n, 10) float32, what the network gave each digit.
    """

    labels: NDArray[np.uint8]
    probabilities: NDArray[np.float32]

    @cached_property
    def predictions(self) -> NDArray[np.uint8]:
        """The likeliest digit of each image, (n,) uint8."""
        return self.probabilities.argmax(axis=1).astype(np.uint8)

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """Whether each image was read correctly, (n,)."""
        return self.predictions == self.labels

    @cached_property
    def confidence(self) -> NDArray[np.float32]:
        """The probability of each image's likeliest digit, (n,)."""
        return self.probabilities.max(axis=1)

    @cached_property
    def of_label(self) -> NDArray[np.float32]:
        """The probability that the network gave each image's true digit, (n,)."""
        return self.probabilities[np.arange(len(self.labels)), self.labels]

    @property
    def knows_non_digits(self) -> bool:
        """Whether the network leaves some probability for non-digits."""
        return bool(self.probabilities.sum(axis=1).min() < 0.99)

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """Cross-entropy of each image in nats, (n,), with Keras's own floor of 1e-7."""
        return -np.log(self.of_label.clip(1e-7, 1).astype(np.float64))

    @property
    def accuracy(self) -> float:
        """Share of images read correctly, 0 to 1."""
        return float(self.correct.mean())

    @property
    def loss(self) -> float:
        """Mean cross-entropy in nats."""
        return float(self.losses.mean())


def evaluate(network: Network, data: Split) -> Report:
    """Read every image once and keep the ten probabilities."""
    return Report(labels=data.labels, probabilities=network(data.images))


def network_of(model: keras.Model) -> Network:
    """The model as a function of images alone."""

    def network(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        if not len(images):  # which Keras does not take
            return np.zeros((0, CLASSES), dtype=np.float32)
        probabilities = model.predict(as_input(images), batch_size=BATCH, verbose=0)
        return np.asarray(probabilities, dtype=np.float32)

    return network


def as_input(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Images (n, 28, 28) uint8 -> what every network takes: (n, 28, 28, 1) float32 in [0, 1]."""
    return (images[..., np.newaxis] / np.float32(255)).astype(np.float32, copy=False)
