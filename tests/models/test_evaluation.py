"""Reports: what a network predicts, and the figures that follow from it."""

import math

import keras
import numpy as np
import pytest

from recognizer.datasets.mnist import Mnist
from recognizer.models.evaluation import Report, as_input, evaluate, network_of


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def test_loss_and_accuracy_are_what_keras_measures(network: keras.Model, tiny: Mnist) -> None:
    report = evaluate(network_of(network), tiny.test)
    network.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = network.evaluate(as_input(tiny.test.images), tiny.test.labels, verbose=0)
    assert (report.loss, report.accuracy) == pytest.approx((loss, accuracy), abs=1e-5)
    assert 0 < report.accuracy < 1
    np.testing.assert_array_equal(report.labels, tiny.test.labels)


def test_no_image_has_no_probabilities(network: keras.Model) -> None:
    assert network_of(network)(np.zeros((0, 28, 28), np.uint8)).shape == (0, 10)


def test_the_figures_of_a_report_by_hand() -> None:
    rows = np.zeros((3, 10), np.float32)
    rows[:, :3] = [[0.1, 0.6, 0.3], [0.5, 0.2, 0.3], [0, 0.9, 0.1]]
    report = Report(np.array([1, 2, 0], np.uint8), rows)
    assert report.predictions.tolist() == [1, 0, 1]
    assert report.correct.tolist() == [True, False, False]
    assert report.confidence.tolist() == pytest.approx([0.6, 0.5, 0.9])
    assert report.of_label.tolist() == pytest.approx([0.6, 0.3, 0])
    assert report.losses.tolist() == pytest.approx([-math.log(p) for p in (0.6, 0.3, 1e-7)])
    assert report.accuracy == pytest.approx(1 / 3)
    assert not report.knows_non_digits
    assert Report(report.labels, rows * np.float32(0.5)).knows_non_digits


def test_images_become_shares_of_white() -> None:
    images = np.array([[[0, 51, 255]]], np.uint8)
    inputs = as_input(images)
    assert inputs.dtype == np.float32
    assert inputs.shape == (1, 1, 3, 1)
    assert inputs.ravel().tolist() == pytest.approx([0, 0.2, 1])
