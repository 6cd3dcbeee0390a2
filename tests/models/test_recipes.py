"""The seven recipes against what was published, and the one for drawings."""

import math

import keras
import numpy as np
import pytest

from recognizer.models.networks import NO_DIGIT, SCORES
from recognizer.models.recipes import RECIPES

# name: parameters, layers, optimiser, batch size, epochs, initialiser of the first weights
PUBLISHED = {
    "functional-cnn": (34_826, "CPCPFRD", "Adam", 128, 15, "GlorotUniform"),
    "mlp-baseline": (623_290, "FDD", "Adam", 200, 10, "RandomNormal"),
    "simple-cnn": (592_074, "CPRFDD", "Adam", 200, 10, "GlorotUniform"),
    "larger-cnn": (59_933, "CPCPRFDDD", "Adam", 200, 10, "GlorotUniform"),
    "sgd-cnn": (159_254, "CPCCPFDD", "SGD", 32, 10, "HeUniform"),
    "compact-cnn": (93_322, "CPCPCFDD", "RMSprop", 64, 5, "GlorotUniform"),
    "adadelta-cnn": (1_199_882, "CCPRFDRD", "Adadelta", 128, 12, "GlorotUniform"),
}
LETTERS = {"Conv2D": "C", "MaxPooling2D": "P", "Flatten": "F", "Dropout": "R", "Dense": "D"}


def test_these_are_all() -> None:
    assert list(RECIPES) == [*PUBLISHED, "robust-cnn"]
    assert all((RECIPES[name].published is not None) == (name in PUBLISHED) for name in RECIPES)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_recipe_is_as_published(name: str) -> None:
    recipe = RECIPES[name]
    parameters, layers, optimizer, batch_size, epochs, initializer = PUBLISHED[name]
    network = recipe.build()
    weighted = [layer for layer in network.layers if layer.weights]
    assert network.count_params() == parameters
    assert "".join(LETTERS[type(layer).__name__] for layer in network.layers) == layers
    assert network.input_shape == (None, 28, 28, 1)
    assert network.output_shape == (None, 10)
    assert weighted[-1].activation is keras.activations.softmax
    assert all(layer.activation is keras.activations.relu for layer in weighted[:-1])
    assert type(weighted[0].kernel_initializer).__name__ == initializer
    assert type(recipe.optimizer.build()).__name__ == optimizer
    assert (recipe.batch_size, recipe.epochs) == (batch_size, epochs)


def test_the_optimisers_have_the_published_settings() -> None:
    sgd, adadelta = RECIPES["sgd-cnn"].optimizer.build(), RECIPES["adadelta-cnn"].optimizer.build()
    assert (float(sgd.learning_rate), sgd.momentum) == pytest.approx((0.01, 0.9))
    assert float(adadelta.learning_rate) == 1.0


def test_the_network_for_drawings_is_small_and_knows_what_is_no_digit() -> None:
    recipe = RECIPES["robust-cnn"]
    network = recipe.build()
    assert network.count_params() <= 500_000
    assert f"{network.count_params():,} parameters" in str(recipe.network.__doc__)
    assert multiply_adds(network) <= 20_000_000
    probabilities = network.predict(np.zeros((3, 28, 28, 1)), verbose=0)
    assert probabilities.shape == (3, 10)
    assert (probabilities.sum(axis=1) < 1).all()
    assert network.get_layer(SCORES).output.shape == (None, NO_DIGIT + 1)


def multiply_adds(network: keras.Model) -> int:
    """Of the convolutions and dense layers, for one image."""
    total = 0
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += math.prod(layer.output.shape[1:]) * math.prod(layer.kernel.shape[:3])
        elif isinstance(layer, keras.layers.Dense):
            total += math.prod(layer.kernel.shape)
    return total


def test_the_rate_rises_and_ends_at_zero() -> None:
    optimizer = RECIPES["robust-cnn"].optimizer
    rate = optimizer.build(warmup_steps=10, decay_steps=90)._learning_rate
    rates = [float(rate(step)) for step in (0, 10, 55, 100)]
    expected = [0.05, 1, 0.5, 0]
    assert rates == pytest.approx([share * optimizer.learning_rate for share in expected], abs=1e-9)
