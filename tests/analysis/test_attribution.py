"""Shapley values of patches: they add up, have the correct sign, and are right where known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer import Recognizer
from recognizer.analysis.attribution import PATCHES, log_odds, references, support
from recognizer.datasets.mnist import Mnist
from recognizer.models.evaluation import Network

TOLERANCE = 0.3  # nats: a patch may cross the line between two weights
WEIGHTS = np.repeat([0.002, -0.003], 14)[:, np.newaxis] * np.ones((28, 28))


def linear(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The log-odds of 1 against 2 are a weighted sum of the pixels."""
    odds = (images * WEIGHTS).sum(axis=(1, 2))
    probabilities = np.zeros((len(images), 10), dtype=np.float32)
    probabilities[:, 1] = 1 / (1 + np.exp(-odds))
    probabilities[:, 2] = 1 / (1 + np.exp(odds))
    return probabilities


@pytest.fixture(scope="module")
def image(mnist: Mnist) -> NDArray[np.uint8]:
    return mnist.validation.images[0]


@pytest.fixture(scope="module", params=["robust-cnn", "mlp-baseline"])
def network(request: pytest.FixtureRequest) -> Network:
    return Recognizer.load(request.param).network


def test_in_a_linear_network_each_half_has_its_own_effect(image: NDArray[np.uint8]) -> None:
    found = support(linear, image, 1, 2)
    difference = image - references().mean(axis=0)
    for half in (np.s_[:14], np.s_[14:]):
        expected = (WEIGHTS * difference)[half].sum()
        assert found[half].sum() == pytest.approx(expected, abs=TOLERANCE)
        assert abs(expected) > 2 * TOLERANCE
    np.testing.assert_allclose(support(linear, image, 2, 1), -found, atol=1e-6)


def test_with_one_patch_per_pixel_they_are_weight_times_difference() -> None:
    image, black = np.zeros((2, 1, 28, 28), dtype=np.uint8)
    ink = np.ix_(np.arange(10, 18), np.arange(11, 19))
    image[0][ink] = np.arange(PATCHES).reshape(8, 8) % 3 + 100
    found = support(linear, image[0], 1, 2, black)
    # Patches of a pixel each: so many are wanted, and all pixels hold about the same.
    np.testing.assert_allclose(found, WEIGHTS * image[0], atol=0.2)
    assert not found[black[0] == image[0]].any()


def test_their_sum_is_the_difference_of_the_log_odds(
    network: Network, image: NDArray[np.uint8]
) -> None:
    total = support(network, image, 3, 8).sum()
    here = log_odds(network, image[np.newaxis], 3, 8)[0]
    there = log_odds(network, references(), 3, 8).mean()
    assert abs(here - there) > 1
    assert total == pytest.approx(here - there, rel=1e-4)


def test_what_supports_the_reading_is_worth_more_than_what_does_not(
    network: Network, image: NDArray[np.uint8]
) -> None:
    """Half of the pixels replaced, once those in favor and once those against."""
    heat = support(network, image, 3, 8)
    median = np.median(heat)
    without_best = np.where(heat > median, references(), image)
    without_worst = np.where(heat > median, image, references())
    best, worst = (
        log_odds(network, images, 3, 8).mean() for images in (without_best, without_worst)
    )
    assert worst > best + 5


def test_they_are_the_same_each_time(image: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(support(linear, image, 1, 2), support(linear, image, 1, 2))


@pytest.mark.parametrize("value", [0, 255])
def test_an_image_without_structure_has_finite_values(value: int) -> None:
    plain = np.full((28, 28), value, dtype=np.uint8)
    assert np.isfinite(support(linear, plain, 1, 2)).all()
    assert not support(linear, plain, 1, 2, plain[np.newaxis]).any()  # compared with itself


def test_the_references_are_two_of_each_digit() -> None:
    readings = Recognizer.load("robust-cnn").probabilities(references()).argmax(axis=1)
    assert readings.tolist() == [*range(10)] * 2
