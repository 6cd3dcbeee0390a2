"""How likely an image is one whole digit: not a part of one, not one with parts of others.

The networks that read digits know little of this: most take an 8 that touches a 1 for an 8. A
small one that only tells whole digits from others decides it, a perceptron with one hidden layer.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import SIDE

# Made by recognizer.training.whole_digit.
WEIGHTS = Path(__file__).with_name("whole_digit.npz")
LAYERS = ("hidden", "hidden_bias", "last", "last_bias")
SUREST = 8.0  # of the log-odds, either way


def log_odds(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Of images (n, 28, 28) in MNIST's format, the log-odds that each is a whole digit, (n,)."""
    hidden, hidden_bias, last, last_bias = _weights()
    pixels = images.reshape(-1, SIDE**2).astype(np.float32) / 255
    active = np.maximum(pixels @ hidden + hidden_bias, 0)
    return (active @ last + last_bias)[:, 0].clip(-SUREST, SUREST)


@cache
def _weights() -> tuple[NDArray[np.float32], ...]:
    with np.load(WEIGHTS) as file:
        return tuple(file[name].astype(np.float32) for name in LAYERS)
