"""The seven recipes against what was published."""

import keras
import pytest

from recognizer.architectures import RECIPES

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
    assert list(RECIPES) == list(PUBLISHED)


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
