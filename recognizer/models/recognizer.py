"""Recognizer: a loaded model that reads drawings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES, SIDE
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.middle import candidates
from recognizer.drawings.preprocessing import BOX, Prepared, prepare
from recognizer.errors import ModelError
from recognizer.models import keras_network, litert, numbers, registry
from recognizer.models.calibration import Calibration
from recognizer.models.checked import WEIGHTS_BYTES, damaged, read_bytes
from recognizer.models.evaluation import Network
from recognizer.models.folder import ModelEntry
from recognizer.models.litert import LiteRTNetwork
from recognizer.models.parallel import (
    for_each,
    in_batches,
    keep_numpy_to_one_thread,
    split,
    threads,
)
from recognizer.models.reading import NumberReading, Reading, Status

UNCALIBRATED = Calibration()
FULL = 0.7  # share of MNIST's box that is ink: digits cover less (but for 1 in 60,000 of MNIST)
IMPROBABLE = 1e-3  # lower probabilities are all the same to the choice of the digit in the middle
MOST = 1 + 1e-3  # that ten probabilities add up to, with rounding


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

        Where the active model cannot be loaded, the default one is, or any other that can.

        Raises:
            ModelError: There is no such model, or it is damaged.
        """
        if name is not None:
            return cls.of(registry.find_model(name))
        for model in registry.in_order():
            with suppress(ModelError):
                return cls.of(model)
        return cls.of(registry.active_model())

    @classmethod
    def of(cls, model: ModelEntry) -> Recognizer:
        """Load a model that was found before; raises ModelError if it is damaged."""
        keep_numpy_to_one_thread()
        return cls(model.name, _load_network(model), model.calibration, model.weights)

    def read(self, drawing: Drawing) -> Reading:
        """Read one drawing; of a photograph, the digit in its middle."""
        if drawing.photo:
            return self._in_the_middle(drawing)
        return self._readings([prepare(drawing)])[0]

    def read_many(self, drawings: Iterable[Drawing]) -> list[Reading]:
        """Read drawings, in their order; the network reads on all cores."""
        drawings = list(drawings)
        if any(drawing.photo for drawing in drawings):
            return for_each(self.read, drawings)
        # The next batch is prepared while the last ones are read.
        batches = ([prepare(each) for each in batch] for batch in split(drawings))
        return list(chain.from_iterable(threads().map(self._readings, batches)))

    def read_number(self, drawing: Drawing) -> NumberReading:
        """Read a drawing of a number, of one or more digits."""
        return numbers.read_number(drawing, self)

    def read_numbers(self, drawings: Iterable[Drawing]) -> list[NumberReading]:
        """Read drawings of numbers, in their order; on all cores."""
        return for_each(self.read_number, drawings)

    def read_lines(self, drawing: Drawing) -> list[list[NumberReading]]:
        """Read every number in a picture: line by line, each from left to right."""
        return numbers.read_lines(drawing, self)

    def _in_the_middle(self, photo: Drawing) -> Reading:
        found = candidates(photo)
        readings = self._readings([prepare(each.drawing) for each in found])
        scores = [
            np.log(reading.confidence + IMPROBABLE) + each.prior
            for reading, each in zip(readings, found, strict=True)
        ]
        return readings[int(np.argmax(scores))]

    def _readings(self, prepared: list[Prepared]) -> list[Reading]:
        rows = self.probabilities(np.array([each.image for each in prepared]))
        return [self.reading(row, each) for each, row in zip(prepared, rows, strict=True)]

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Of images (n, 28, 28) uint8 in MNIST's format, the probability of each digit, (n, 10).

        Calibrated; the rest of a row to 1 is the probability that it is no digit.
        """
        return self.calibration.calibrate(self.network(images))

    def reading(self, probabilities: NDArray[np.float32], prepared: Prepared) -> Reading:
        """Make a reading of the probabilities (10,) of a drawing."""
        image, digit = prepared.image, int(probabilities.argmax())
        if prepared.blank:
            return self._made(None, "blank", 0.0, np.zeros_like(probabilities), image)
        if image.sum(dtype=np.int64) > FULL * 255 * BOX**2:  # whatever the network makes of it
            return self._made(digit, "unsure", 0.0, np.zeros_like(probabilities), image)
        confidence = min(float(probabilities[digit]), 1.0)  # rounding may end above 1
        status: Status = "digit" if confidence >= self.calibration.threshold else "unsure"
        return self._made(digit, status, confidence, probabilities, image)

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
    with_litert = model.has_litert and litert.available()
    file = "model.tflite" if with_litert else "model.keras"
    try:
        network = in_batches(_litert(model) if with_litert else _keras(model))
        found = network(np.zeros((1, SIDE, SIDE), dtype=np.uint8))
        if not (found.shape == (1, CLASSES) and found.min() >= 0 and found.sum() <= MOST):
            raise ValueError("it does not give the probabilities of ten digits")
    except ModelError:
        raise
    except Exception as error:  # libraries raise anything on a damaged file
        advice = " (remove the file, and Keras reads)" if with_litert else ""
        raise damaged(model.name, f"{file} cannot be loaded{advice}: {error}") from error
    return network


def _litert(model: ModelEntry) -> Network:
    content = read_bytes(model.path / "model.tflite", WEIGHTS_BYTES)
    noted = model.summary.litert
    if not noted or hashlib.sha256(content).hexdigest() != noted.sha256:
        raise ValueError("it is not the one that report.json notes")
    return LiteRTNetwork(content)


def _keras(model: ModelEntry) -> Network:
    return keras_network.compiled(keras_network.load(model))
