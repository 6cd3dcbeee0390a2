"""What a network costs: its layers, their parameters, and the time of a reading."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from recognizer.drawings.drawing import Drawing
from recognizer.models.recognizer import Recognizer

if TYPE_CHECKING:
    import keras
    import pandas as pd

READINGS = 200
SIDE = 768  # of the matrices by whose product a machine's speed is taken
SEVEN = Drawing.from_strokes([[[10, 10], [90, 10], [40, 150]]], pen_width=10)


@cache
def machine_speed() -> float:
    """Billions of multiplications and additions (GFLOPS) in a product of float32 matrices.

    The time of a training is about inversely proportional to it. Takes a tenth of a second,
    once.
    """
    matrix = np.ones((SIDE, SIDE), dtype=np.float32)
    seconds = []
    with threadpool_limits(os.cpu_count(), user_api="blas"):  # whatever training sets it to
        for _ in range(5):
            started = time.perf_counter()
            matrix @ matrix
            seconds.append(time.perf_counter() - started)
    return 2 * SIDE**3 / min(seconds) / 1e9


def layers_of(network: keras.Model) -> pd.DataFrame:
    """Its layers in order: `layer` (a name), `type`, `output` (without the batch), `parameters`."""
    import pandas as pd  # slow to import; reading needs none of it

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
