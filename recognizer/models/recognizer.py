"""Recognizer: a loaded model that reads drawings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES, SIDE
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import BOX, Prepared, prepare
from recognizer.models import keras_network, litert, registry
from recognizer.models.calibration import Calibration
from recognizer.models.evaluation import Network
from recognizer.models.folder import ModelEntry, damaged
from recognizer.models.litert import LiteRTNetwork
from recognizer.models.parallel import in_batches, split, threads

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
        model: The name of the model that read it.
        weights: The SHA-256 of that model's weights, which a name alone does not tell.
    """

    digit: int | None
    status: Status
    confidence: float
    probabilities: NDArray[np.float32] = field(repr=False)
    image: NDArray[np.uint8] = field(repr=False)
    model: str = field(default="", repr=False)
    weights: str = field(default="", repr=False)

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
    """A model, loaded once and warm. Any number of threads may read with it, in parallel.

    Attributes:
        name: Of its folder.
        network: Its network, as a function of any number of images; not calibrated.
        calibration: How its probabilities are calibrated.
        weights: The SHA-256 of its weights; empty where it has no folder.
    """

    def __init__(
        self,
        name: str,
        network: Network,
        calibration: Calibration = UNCALIBRATED,
        weights: str = "",
    ) -> None:
        self.name = name
        self.weights = weights
        self.network = network
        self.calibration = calibration

    @classmethod
    def load(cls, name: str | None = None) -> Recognizer:
        """Load a model by name (None: the active one) and warm it.

        LiteRT reads, without TensorFlow. Keras does where LiteRT is not on this machine, or the
        folder has no model.tflite; its first load takes seconds.

        Raises:
            ModelError: There is no such model, or it is damaged.
        """
        return cls.of(registry.find_model(name) if name is not None else registry.active_model())

    @classmethod
    def of(cls, model: ModelEntry) -> Recognizer:
        """Load a model that was found before; raises ModelError if it is damaged."""
        return cls(model.name, _load_network(model), model.calibration, model.weights)

    def read(self, drawing: Drawing) -> Reading:
        """Read one drawing."""
        return self._readings([prepare(drawing)])[0]

    def read_many(self, drawings: Iterable[Drawing]) -> list[Reading]:
        """Read drawings, in their order; the network reads on all cores."""
        # The next batch is prepared while the last ones are read.
        batches = ([prepare(each) for each in batch] for batch in split(list(drawings)))
        return list(chain.from_iterable(threads().map(self._readings, batches)))

    def _readings(self, prepared: list[Prepared]) -> list[Reading]:
        rows = self.probabilities(np.array([each.image for each in prepared]))
        return [
            self._blank(each.image) if each.blank else self._reading(row, each.image)
            for each, row in zip(prepared, rows, strict=True)
        ]

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Of images (n, 28, 28) uint8 in MNIST's format, the probability of each digit, (n, 10).

        Calibrated; the rest of a row to 1 is the probability that it is no digit.
        """
        return self.calibration.calibrate(self.network(images))

    def _reading(self, probabilities: NDArray[np.float32], image: NDArray[np.uint8]) -> Reading:
        digit = int(probabilities.argmax())
        if image.sum(dtype=np.int64) > FULL * 255 * BOX**2:  # whatever the network makes of it
            return self._made(digit, "unsure", 0.0, np.zeros_like(probabilities), image)
        confidence = min(float(probabilities[digit]), 1.0)  # rounding may end above 1
        status: Status = "digit" if confidence >= self.calibration.threshold else "unsure"
        return self._made(digit, status, confidence, probabilities, image)

    def _blank(self, image: NDArray[np.uint8]) -> Reading:
        return self._made(None, "blank", 0.0, np.zeros(CLASSES, dtype=np.float32), image)

    def _made(
        self,
        digit: int | None,
        status: Status,
        confidence: float,
        probabilities: NDArray[np.float32],
        image: NDArray[np.uint8],
    ) -> Reading:
        return Reading(
            digit, status, confidence, probabilities, image, model=self.name, weights=self.weights
        )


def _load_network(model: ModelEntry) -> Network:
    """Load a network and call it once: the first call takes longer."""
    blank = np.zeros((1, SIDE, SIDE), dtype=np.uint8)
    if not (model.has_litert and litert.available()):
        network = in_batches(keras_network.compiled(keras_network.load(model)))
        network(blank)
        return network
    try:
        network = in_batches(LiteRTNetwork((model.path / "model.tflite").read_bytes()))
        network(blank)
    except (OSError, ValueError, RuntimeError) as error:
        reason = f"model.tflite cannot be loaded ({error}; remove the file, and Keras reads)"
        raise damaged(model.name, reason) from error
    return network
