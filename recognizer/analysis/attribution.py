"""Which pixels made a network read one digit rather than another.

Expected gradients (G. Erion et al.: Improving performance of deep learning models with
axiomatic attribution priors and expected gradients, Nature Machine Intelligence, 2021):
integrated gradients (M. Sundararajan et al., ICML 2017) averaged over baselines that are
real images. Unlike Grad-CAM it needs no convolution, resolves single pixels, and its
values add up to what is explained: the log-odds of the one digit against the other,
less their mean over the baselines. Missing ink counts as well as ink that is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES, Split
from recognizer.models.evaluation import as_input

if TYPE_CHECKING:
    import keras

EACH = 5  # baselines of each digit
STEPS = 32  # points on the way from a baseline to the image
LEAST = 1e-30  # under a probability, so that its logarithm is finite


def baselines(data: Split) -> NDArray[np.uint8]:
    """The first EACH images of every digit, (50, 28, 28)."""
    return np.concatenate([data.images[data.labels == digit][:EACH] for digit in range(CLASSES)])


def expected_gradients(
    network: keras.Model,
    image: NDArray[np.uint8],
    references: NDArray[np.uint8],
    digit: int,
    rather_than: int,
) -> NDArray[np.float32]:
    """How much each pixel supports one digit rather than another.

    Args:
        network: Takes images as `as_input` makes them and gives ten probabilities.
        image: (28, 28).
        references: (m, 28, 28), the baselines.
        digit: What positive values support, 0 to 9.
        rather_than: What negative values support, 0 to 9.

    Returns:
        (28, 28) in nats. The sum is the log-odds of `digit` against `rather_than`, less
        their mean over the baselines, but for what STEPS leave out.
    """
    here, there = as_input(image[np.newaxis]), as_input(references)
    total = np.zeros(here.shape[1:], dtype=np.float64)
    for step in range(STEPS):
        share = (step + 0.5) / STEPS  # the middle of each part of the way
        slopes = _slopes(network, there + share * (here - there), digit, rather_than)
        total += ((here - there) * slopes).mean(axis=0) / STEPS
    return total[..., 0].astype(np.float32)


def log_odds(
    network: keras.Model, images: NDArray[np.uint8], digit: int, rather_than: int
) -> NDArray[np.float32]:
    """The log-odds of one digit against another, of images (n, 28, 28): (n,) in nats."""
    import tensorflow as tf

    return np.asarray(_log_odds(network, tf.constant(as_input(images)), digit, rather_than))


def _slopes(
    network: keras.Model, inputs: NDArray[np.float32], digit: int, rather_than: int
) -> NDArray[np.float32]:
    """The gradient of the log-odds at each of the inputs, in their shape."""
    import tensorflow as tf

    points = tf.constant(inputs, dtype=tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(points)
        odds = _log_odds(network, points, digit, rather_than)
    return np.asarray(tape.gradient(odds, points))


def _log_odds(network: keras.Model, points: Any, digit: int, rather_than: int) -> Any:
    import tensorflow as tf

    logarithms = tf.math.log(network(points, training=False) + LEAST)
    return logarithms[:, digit] - logarithms[:, rather_than]
