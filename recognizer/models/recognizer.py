"""Recognizer: a loaded model that reads drawings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import BOX, SIDE, prepare
from recognizer.models import registry
from recognizer.models.calibration import Calibration
from recognizer.models.evaluation import INPUT_SHAPE, as_input
from recognizer.models.folder import damaged

if TYPE_CHECKING:
    import keras

BATCH = 512  # images a call of the network: bounds memory when many drawings are read
UNCALIBRATED = Calibration()
Status = Literal["digit", "unsure", "blank"]
FULL = 0.7  # share of MNIST's box that is ink: digits cover less (but for 1 in 60,000 of MNIST)


@dataclass(frozen=True, eq=False)
class Reading:
    """A network's result for one drawing.

    Attributes:
        digit: 0 to 9, the likeliest, also when unsure; None where there is nothing to read.
        status: "digit"; "unsure": it may be another digit, or none; or "blank": no ink,
            or only a dot.
        confidence: The probability that the drawing is this digit, 0 to 1: not another
            one, and not something else. 0 for blank.
        probabilities: (10,) float32, of each digit; the rest to 1 is the
            probability that it is none. All zero for blank, and where nearly everything is ink.
        image: (28, 28) uint8, what the network saw.
    """

    digit: int | None
    status: Status
    confidence: float
    probabilities: NDArray[np.float32] = field(repr=False)
    image: NDArray[np.uint8] = field(repr=False)

    @property
    def no_digit(self) -> float:
        """The probability that the drawing is no digit, 0 to 1."""
        return max(1 - float(self.probabilities.sum()), 0.0)

    @property
    def looks_like_a_digit(self) -> bool:
        """Whether some digit is likelier than a non-digit."""
        return bool(self.probabilities.max() > self.no_digit)

    @property
    def likeliest(self) -> list[int]:
        """The two likeliest digits, the likelier first; only one where a non-digit comes second."""
        first, second = np.argsort(-self.probabilities, kind="stable")[:2].tolist()
        return [first, second] if self.probabilities[second] >= self.no_digit else [first]


class Recognizer:
    """A model, loaded once and warm. Any number of threads may read with it.

    Attributes:
        name: Of its folder.
        network: The Keras model itself.
        calibration: How its probabilities are calibrated.
    """

    def __init__(
        self, name: str, network: keras.Model, calibration: Calibration = UNCALIBRATED
    ) -> None:
        self.name = name
        self.network = network
        self.calibration = calibration
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
            recognizer = cls(model.name, network, model.calibration)
            blank = np.zeros((1, SIDE, SIDE), dtype=np.uint8)
            fits = recognizer.probabilities(blank).shape == (1, CLASSES)
        except Exception as error:  # Keras raises whatever its parts raise on a damaged file
            reason = f"model.keras cannot be loaded ({error})"
            raise damaged(model.name, reason) from error
        if not fits:
            raise damaged(model.name, "its network does not have ten outputs")
        return recognizer

    def read(self, drawing: Drawing) -> Reading:
        """Read one drawing."""
        return self.read_many([drawing])[0]

    def read_many(self, drawings: Iterable[Drawing]) -> list[Reading]:
        """Read drawings, in their order."""
        prepared = [prepare(drawing) for drawing in drawings]
        images = np.array([each.image for each in prepared], dtype=np.uint8)
        return [
            _blank(each.image) if each.blank else self._reading(row, each.image)
            for each, row in zip(prepared, self.probabilities(images), strict=True)
        ]

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Of images (n, 28, 28) uint8 in MNIST's format, the probability of each digit, (n, 10).

        Calibrated; the rest of a row to 1 is the probability that it is no digit.
        """
        batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
        rows = [np.asarray(self._probabilities(as_input(batch))) for batch in batches]
        if not rows:
            return np.zeros((0, CLASSES), dtype=np.float32)
        return self.calibration.calibrate(np.concatenate(rows))

    def _reading(self, probabilities: NDArray[np.float32], image: NDArray[np.uint8]) -> Reading:
        digit = int(probabilities.argmax())
        if image.sum(dtype=np.int64) > FULL * 255 * BOX**2:  # whatever the network makes of it
            return Reading(digit, "unsure", 0.0, np.zeros_like(probabilities), image)
        confidence = min(float(probabilities[digit]), 1.0)  # rounding may end above 1
        status: Status = "digit" if confidence >= self.calibration.threshold else "unsure"
        return Reading(digit, status, confidence, probabilities, image)


def _blank(image: NDArray[np.uint8]) -> Reading:
    return Reading(None, "blank", 0.0, np.zeros(CLASSES, dtype=np.float32), image)


def _compiled(network: keras.Model) -> Any:
    """The network as one TensorFlow graph: 1/10 of the time of `predict` on a single image."""
    import tensorflow as tf

    signature = tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)
    return tf.function(
        lambda images: network(images, training=False), input_signature=[signature]
    ).get_concrete_function()
