"""What a network costs: its layers, their parameters, and how long a reading takes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recognizer.drawing import Drawing
from recognizer.inference import Recognizer

if TYPE_CHECKING:
    import keras

READINGS = 200
SEVEN = Drawing.from_strokes([[[10, 10], [90, 10], [40, 150]]], pen_width=10)


def layers_of(network: keras.Model) -> pd.DataFrame:
    """Its layers in order: `layer` (a name), `type`, `output` (without the batch), `parameters`."""
    return pd.DataFrame(
        [
            {
                "layer": layer.name,
                "type": type(layer).__name__,
                "output": " × ".join(map(str, layer.output.shape[1:])),
                "parameters": layer.count_params(),
            }
            for layer in network.layers
        ]
    )


def reading_time(recognizer: Recognizer) -> float:
    """Milliseconds from a drawing to its reading, the median of READINGS; one image at a time."""
    seconds = []
    for _ in range(READINGS):
        started = time.perf_counter()
        recognizer.read(SEVEN)
        seconds.append(time.perf_counter() - started)
    return round(1000 * float(np.median(seconds)), 2)
