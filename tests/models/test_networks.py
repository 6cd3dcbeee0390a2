"""The seven networks as they were published, and the one for drawings."""

import math

import keras
import numpy as np
import pytest

from recognizer.models import networks
from recognizer.models.evaluation import SCORES
from recognizer.models.recipes import RECIPES
from recognizer.training.batches import NON_DIGIT

# name: parameters, layers, initializer of the first weights
PUBLISHED = {
    "functional-cnn": (34_826, "CPCPFRD", "GlorotUniform"),
    "mlp-baseline": (623_290, "FDD", "RandomNormal"),
    "simple-cnn": (592_074, "CPRFDD", "GlorotUniform"),
    "larger-cnn": (59_933, "CPCPRFDDD", "GlorotUniform"),
    "sgd-cnn": (159_254, "CPCCPFDD", "HeUniform"),
    "compact-cnn": (93_322, "CPCPCFDD", "GlorotUniform"),
    "adadelta-cnn": (1_199_882, "CCPRFDRD", "GlorotUniform"),
}
LETTERS = {"Conv2D": "C", "MaxPooling2D": "P", "Flatten": "F", "Dropout": "R", "Dense": "D"}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_network_is_as_published(name: str) -> None:
    parameters, layers, initializer = PUBLISHED[name]
    network = RECIPES[name].build()
    weighted = [layer for layer in network.layers if layer.weights]
    assert network.count_params() == parameters
    assert "".join(LETTERS[type(layer).__name__] for layer in network.layers) == layers
    assert network.input_shape == (None, 28, 28, 1)
    assert network.output_shape == (None, 10)
    assert weighted[-1].activation is keras.activations.softmax
    assert all(layer.activation is keras.activations.relu for layer in weighted[:-1])
    assert type(weighted[0].kernel_initializer).__name__ == initializer


def test_the_network_for_drawings_is_small_and_knows_non_digits() -> None:
    network = RECIPES["robust-cnn"].build()
    described = str(networks.robust_cnn.__doc__)
    assert f"{network.count_params():,} parameters" in described
    assert f"{multiply_adds(network) / 1e6:.1f} million multiply-adds" in described
    probabilities = network.predict(np.zeros((3, 28, 28, 1)), verbose=0)
    assert probabilities.shape == (3, 10)
    assert (probabilities.sum(axis=1) < 1).all()
    assert network.get_layer(SCORES).output.shape == (None, NON_DIGIT + 1)


def multiply_adds(network: keras.Model) -> int:
    """Of the convolutions and dense layers, for one image."""
    total = 0
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += math.prod(layer.output.shape[1:]) * math.prod(layer.kernel.shape[:3])
        elif isinstance(layer, keras.layers.Dense):
            total += math.prod(layer.kernel.shape)
    return total
