"""The networks: seven published ones and one for drawings.

Each takes (n, 28, 28, 1) float32 in [0, 1], white ink on black, and returns (n, 10)
probabilities. In the published ones all convolutions are 'valid' with stride 1, all
pooling is 2x2 max, all hidden activations are ReLU. A network is built with fresh
weights, drawn by the initialiser of the name that it is given.

Keras is imported when a network is built, so that what is here can be named at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

CLASSES = 10
NO_DIGIT = CLASSES  # the eleventh class of a network that knows what is no digit
SCORES = "scores"  # the layer of such a network that holds all eleven probabilities
INPUT_SHAPE = (28, 28, 1)


def _conv(filters: int, size: int, initializer: str) -> keras.layers.Layer:
    import keras

    return keras.layers.Conv2D(filters, size, activation="relu", kernel_initializer=initializer)


def _dense(units: int, initializer: str) -> keras.layers.Layer:
    import keras

    return keras.layers.Dense(units, activation="relu", kernel_initializer=initializer)


def _pool() -> keras.layers.Layer:
    import keras

    return keras.layers.MaxPooling2D()


def _dropout(rate: float) -> keras.layers.Layer:
    import keras

    return keras.layers.Dropout(rate)


def _flatten() -> keras.layers.Layer:
    import keras

    return keras.layers.Flatten()


def _network(*layers: keras.layers.Layer, output: str = "glorot_uniform") -> keras.Model:
    """Put the layers between the input and a softmax over ten classes."""
    import keras

    probabilities = keras.layers.Dense(CLASSES, activation="softmax", kernel_initializer=output)
    return keras.Sequential([keras.layers.Input(INPUT_SHAPE), *layers, probabilities])


def functional_cnn(init: str) -> keras.Model:
    return _network(
        _conv(32, 3, init),
        _pool(),
        _conv(64, 3, init),
        _pool(),
        _flatten(),
        _dropout(0.5),
    )


def mlp_baseline(init: str) -> keras.Model:
    return _network(_flatten(), _dense(784, init), output=init)


def simple_cnn(init: str) -> keras.Model:
    return _network(
        _conv(32, 5, init),
        _pool(),
        _dropout(0.2),
        _flatten(),
        _dense(128, init),
    )


def larger_cnn(init: str) -> keras.Model:
    return _network(
        _conv(30, 5, init),
        _pool(),
        _conv(15, 3, init),
        _pool(),
        _dropout(0.2),
        _flatten(),
        _dense(128, init),
        _dense(50, init),
    )


def sgd_cnn(init: str) -> keras.Model:
    return _network(
        _conv(32, 3, init),
        _pool(),
        _conv(64, 3, init),
        _conv(64, 3, init),
        _pool(),
        _flatten(),
        _dense(100, init),
    )


def compact_cnn(init: str) -> keras.Model:
    return _network(
        _conv(32, 3, init),
        _pool(),
        _conv(64, 3, init),
        _pool(),
        _conv(64, 3, init),
        _flatten(),
        _dense(64, init),
    )


def adadelta_cnn(init: str) -> keras.Model:
    return _network(
        _conv(32, 3, init),
        _conv(64, 3, init),
        _pool(),
        _dropout(0.25),
        _flatten(),
        _dense(128, init),
        _dropout(0.5),
    )


def robust_cnn(init: str) -> keras.Model:
    """Read digits, and know what is none: the ten probabilities add up to less than 1 then.

    283,051 parameters, 19.5 million multiply-adds.
    """
    import keras

    layers = [
        *_normalised(32, "valid", init),
        *_normalised(32, "valid", init),
        _pool(),
        _dropout(0.1),
        *_normalised(64, "same", init),
        *_normalised(64, "same", init),
        _pool(),
        _dropout(0.1),
        *_normalised(96, "same", init),
        *_normalised(128, "same", init),
        _flatten(),
        _dropout(0.4),
        keras.layers.Dense(CLASSES + 1, activation="softmax", name=SCORES),
    ]
    images = scores = keras.layers.Input(INPUT_SHAPE)
    for layer in layers:
        scores = layer(scores)
    return keras.Model(images, scores[:, :CLASSES])


def _normalised(filters: int, padding: str, init: str) -> list[keras.layers.Layer]:
    """A 3x3 convolution with batch normalisation, which makes a bias of its own needless."""
    import keras

    convolution = keras.layers.Conv2D(
        filters, 3, padding=padding, use_bias=False, kernel_initializer=init
    )
    return [convolution, keras.layers.BatchNormalization(), keras.layers.ReLU()]
