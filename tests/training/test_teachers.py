"""Teachers: networks of their own, whose average a student learns."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from recognizer.errors import TrainingError
from recognizer.training.teachers import LABEL_SHARE, Teachers, accuracy_of_each, loss_of_each
from tests.training.conftest import ROBUST, same

IMAGES = np.random.default_rng(0).random((5, 28, 28, 1), dtype=np.float32)
LABELS = np.array([0, 3, 10, 3, 9])


@pytest.fixture
def teachers() -> Teachers:
    return Teachers.of(replace(ROBUST, teachers=3), None)


def test_there_are_as_many_as_the_recipe_says_with_weights_of_their_own(
    teachers: Teachers,
) -> None:
    scores = teachers.trainer.predict(IMAGES, verbose=0)
    assert scores.shape == (5, 3, 11)
    np.testing.assert_allclose(scores.sum(axis=-1), 1, rtol=1e-5)
    assert np.abs(scores[:, 0] - scores[:, 1]).max() > 0.01


def test_all_can_start_from_the_same_weights(teachers: Teachers) -> None:
    weights = teachers.networks[2].get_weights()
    again = Teachers.of(replace(ROBUST, teachers=2), weights)
    assert all(same(each.get_weights(), weights) for each in again.networks)
    with pytest.raises(TrainingError, match="do not fit"):
        Teachers.of(ROBUST, weights[1:])


def test_the_average_is_theirs(teachers: Teachers) -> None:
    mean = np.mean([keras.Model.predict(each, IMAGES, verbose=0) for each in teachers.networks], 0)
    pixels = (IMAGES[..., 0] * 255).round().astype(np.uint8)
    np.testing.assert_allclose(teachers.network(pixels), mean, atol=0.01)
    assert teachers.average.output_shape == (None, 11)


def test_a_batch_is_taught_by_label_and_average(teachers: Teachers) -> None:
    images, targets = next(teachers.teach(iter([(IMAGES, LABELS)])))
    average = teachers.average.predict(IMAGES, verbose=0)
    assert images is IMAGES
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(
        targets - LABEL_SHARE * np.eye(11)[LABELS], (1 - LABEL_SHARE) * average, atol=1e-6
    )


def test_loss_and_accuracy_are_the_mean_of_each() -> None:
    sure, wrong = np.full(11, 0.01), np.full(11, 0.01)
    sure[3], wrong[4] = 0.9, 0.9
    scores = np.array([[sure, wrong], [sure, sure]], dtype=np.float32)
    labels = np.array([3, 3])
    expected = [(-np.log(0.9) - np.log(0.01)) / 2, -np.log(0.9)]
    np.testing.assert_allclose(loss_of_each(labels, scores), expected, rtol=1e-4)
    np.testing.assert_allclose(accuracy_of_each(labels, scores), [0.5, 1])
