"""What the networks know little of: digits that were cut out of numbers, and parts of digits.

Most networks take an 8 that touches a 1 for an 8, and half a 0 for a 3. A perceptron with one
hidden layer says how likely an image is one whole digit, and which one if it was cut from others.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES, SIDE

# Made by recognizer.training.cut_digits.
WEIGHTS = Path(__file__).with_name("cut_digits.npz")
LAYERS = ("hidden", "hidden_bias", "last", "last_bias")
SUREST = 8.0  # of log-odds, either way
LEAST = 1e-4  # probabilities are taken to be no smaller


def judge(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of images (n, 28, 28) in MNIST's format, whether each is a whole digit, and which one.

    Returns:
        The log-odds that it is one, (n,); and, if so, the probability of each digit, (n, 10).
    """
    hidden, hidden_bias, last, last_bias = _weights()
    pixels = images.reshape(-1, SIDE**2).astype(np.float32) / 255
    scores = np.maximum(pixels @ hidden + hidden_bias, 0) @ last + last_bias
    digits = np.exp(scores[:, :CLASSES] - scores[:, :CLASSES].max(axis=1, keepdims=True))
    total = digits.sum(axis=1, keepdims=True)
    whole = np.log(total[:, 0]) + scores[:, :CLASSES].max(axis=1) - scores[:, CLASSES]
    return whole.clip(-SUREST, SUREST), digits / total


def combined(probabilities: NDArray[np.float32], cut: NDArray[np.float32]) -> NDArray[np.float32]:
    """A network's probabilities (n, 10) times those for cut digits, each row's sum as before."""
    both = (probabilities + LEAST) * (cut + LEAST)
    share = probabilities.sum(axis=1, keepdims=True) / both.sum(axis=1, keepdims=True)
    return (both * share).astype(np.float32)


@cache
def _weights() -> tuple[NDArray[np.float32], ...]:
    with np.load(WEIGHTS) as file:
        return tuple(file[name].astype(np.float32) for name in LAYERS)
