"""Recognizer: a loaded model that reads drawings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from recognizer import registry
from recognizer.architectures import CLASSES, INPUT_SHAPE
from recognizer.drawing import Drawing
from recognizer.evaluation import as_input
from recognizer.preprocessing import SIDE, prepare

if TYPE_CHECKING:
    import keras

BATCH = 512  # images a call of the network: bounds memory when many drawings are read


@dataclass(frozen=True, eq=False)
class Reading:
    """What a network makes of one drawing.

    Attributes:
        digit: 0 to 9, or None where there is nothing to read.
        status: "digit", or "blank": no ink, or only a dot.
        confidence: The probability that the reading is right, 0 to 1; 0 for blank.
        probabilities: (10,) float32, of each digit; all zero for blank.
        image: (28, 28) uint8, what the network saw.
    """

    digit: int | None
    status: Literal["digit", "blank"]
    confidence: float
    probabilities: NDArray[np.float32] = field(repr=False)
    image: NDArray[np.uint8] = field(repr=False)


class Recognizer:
    """A model, loaded once and warm. Any number of threads may read with it."""

    def __init__(self, name: str, network: keras.Model) -> None:
        self.name = name
        self._probabilities = _compiled(network)

    @classmethod
    def load(cls, name: str | None = None) -> Recognizer:
        """Load a model by name (None: the active one) and warm it.

        The first load imports TensorFlow, which takes seconds.

        Raises:
            ModelError: There is no such model, or it is damaged.
        """
        model = registry.find_model(name) if name is not None else registry.active_model()
        import keras

        try:
            # safe_mode: a file from elsewhere must not bring code of its own.
            path = model.path / "model.keras"
            network = keras.saving.load_model(path, compile=False, safe_mode=True)
            recognizer = cls(model.name, network)
            blank = np.zeros((1, SIDE, SIDE), dtype=np.uint8)
            fits = recognizer.probabilities(blank).shape == (1, CLASSES)
        except Exception as error:  # Keras raises whatever its parts raise on a damaged file
            reason = f"model.keras cannot be loaded ({error})"
            raise registry.damaged(model.name, reason) from error
        if not fits:
            raise registry.damaged(model.name, "its network does not tell ten digits apart")
        return recognizer

    def read(self, drawing: Drawing) -> Reading:
        """Read one drawing."""
        return self.read_many([drawing])[0]

    def read_many(self, drawings: Iterable[Drawing]) -> list[Reading]:
        """Read drawings, in their order."""
        prepared = [prepare(drawing) for drawing in drawings]
        images = np.array([each.image for each in prepared], dtype=np.uint8)
        return [
            _blank(each.image) if each.blank else _reading(row, each.image)
            for each, row in zip(prepared, self.probabilities(images), strict=True)
        ]

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Of images (n, 28, 28) uint8 in MNIST's format, the probability of each digit, (n, 10)."""
        batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
        rows = [np.asarray(self._probabilities(as_input(batch))) for batch in batches]
        return np.concatenate(rows) if rows else np.zeros((0, CLASSES), dtype=np.float32)


def _reading(probabilities: NDArray[np.float32], image: NDArray[np.uint8]) -> Reading:
    digit = int(probabilities.argmax())
    confidence = min(float(probabilities[digit]), 1.0)  # a float32 softmax may end above 1
    return Reading(digit, "digit", confidence, probabilities, image)


def _blank(image: NDArray[np.uint8]) -> Reading:
    return Reading(None, "blank", 0.0, np.zeros(CLASSES, dtype=np.float32), image)


def _compiled(network: keras.Model) -> Any:
    """The network as one TensorFlow graph: 1/10 of the time of `predict` on a single image."""
    import tensorflow as tf

    signature = tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)
    return tf.function(
        lambda images: network(images, training=False), input_signature=[signature]
    ).get_concrete_function()
