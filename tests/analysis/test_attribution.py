"""Expected gradients: they add up, and have the correct sign."""

import keras
import numpy as np
import pytest

from recognizer import Recognizer
from recognizer.analysis.attribution import EACH, baselines, expected_gradients, log_odds
from recognizer.datasets.mnist import Mnist
from recognizer.models import registry


@pytest.fixture(scope="module")
def linear() -> keras.Model:
    """Logits that are sums of pixels: digit 1 of the upper half, digit 2 of the lower."""
    image = keras.Input((28, 28, 1))
    dense = keras.layers.Dense(10, activation="softmax")
    network = keras.Model(image, dense(keras.layers.Flatten()(image)))
    weights = np.zeros((28, 28, 10), dtype=np.float32)
    weights[:14, :, 1] = weights[14:, :, 2] = 0.1
    dense.set_weights([weights.reshape(784, 10), np.zeros(10, dtype=np.float32)])
    return network


def test_in_a_linear_network_they_are_weight_times_difference(linear: keras.Model) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (28, 28), dtype=np.uint8)
    references = rng.integers(0, 256, (7, 28, 28), dtype=np.uint8)
    found = expected_gradients(linear, image, references, 1, 2)
    weights = np.repeat([0.1, -0.1], 14)[:, np.newaxis]
    expected = weights * (image - references.mean(axis=0)) / 255
    np.testing.assert_allclose(found, expected, atol=1e-4)
    opposite = expected_gradients(linear, image, references, 2, 1)
    np.testing.assert_allclose(opposite, -found, atol=1e-5)


@pytest.mark.parametrize("name", ["robust-cnn", "mlp-baseline"])
def test_their_sum_is_the_difference_of_the_log_odds(name: str, mnist: Mnist) -> None:
    network = Recognizer.load(name).network
    report, references = registry.load_report(name), baselines(mnist.training)[::EACH]
    number = int(np.flatnonzero(~report.correct)[0])
    image, label = mnist.test.images[number], int(report.labels[number])
    reading = int(report.predictions[number])
    total = expected_gradients(network, image, references, reading, label).sum()
    here = log_odds(network, image[np.newaxis], reading, label)[0]
    there = log_odds(network, references, reading, label).mean()
    assert here > 0  # it was read so
    assert total == pytest.approx(here - there, abs=0.3)


def test_there_are_as_many_baselines_of_each_digit(mnist: Mnist) -> None:
    references = baselines(mnist.training)
    assert references.shape == (10 * EACH, 28, 28)
    first = mnist.training.images[mnist.training.labels == 4][0]
    assert any(np.array_equal(first, image) for image in references[4 * EACH : 5 * EACH])
