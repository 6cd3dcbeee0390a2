"""The networks: seven published ones and one for drawings.

Each takes (n, 28, 28, 1) float32 in [0, 1], white ink on black, and returns (n, 10)
probabilities. In the published ones all convolutions are 'valid' with stride 1, all
pooling is 2x2 max, all hidden activations are ReLU. A network is built with fresh
weights from the initializer of the name that it is given.

Importing this module imports Keras, which takes seconds: import it where a network is built.
"""

import keras
from keras import layers

from recognizer.datasets.mnist import CLASSES
from recognizer.models.evaluation import INPUT_SHAPE, SCORES


def functional_cnn(init: str) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(32, 3, activation="relu", kernel_initializer=init),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu", kernel_initializer=init),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def mlp_baseline(init: str) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Flatten(),
            layers.Dense(784, activation="relu", kernel_initializer=init),
            layers.Dense(CLASSES, activation="softmax", kernel_initializer=init),
        ]
    )


def simple_cnn(init: str) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(32, 5, activation="relu", kernel_initializer=init),
            layers.MaxPooling2D(),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(128, activation="relu", kernel_initializer=init),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def larger_cnn(init: str) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(30, 5, activation="relu", kernel_initializer=init),
            layers.MaxPooling2D(),
            layers.Conv2D(15, 3, activation="relu", kernel_initializer=init),
            layers.MaxPooling2D(),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(128, activation="relu", kernel_initializer=init),
            layers.Dense(50, activation="relu", kernel_initializer=init),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def sgd_cnn(init: str) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(32, 3, activation="relu", kernel_initializer=init),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu", kernel_initializer=init),
            layers.Conv2D(64, 3, activation="relu", kernel_initializer=init),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(100, activation="relu", kernel_initializer=init),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def compact_cnn(init: str) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(32, 3, activation="relu", kernel_initializer=init),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu", kernel_initializer=init),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu", kernel_initializer=init),
            layers.Flatten(),
            layers.Dense(64, activation="relu", kernel_initializer=init),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def adadelta_cnn(init: str) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(32, 3, activation="relu", kernel_initializer=init),
            layers.Conv2D(64, 3, activation="relu", kernel_initializer=init),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu", kernel_initializer=init),
            layers.Dropout(0.5),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def robust_cnn(init: str) -> keras.Model:
    """Read digits and recognize non-digits: the ten probabilities then add up to less than 1.

    597,371 parameters, 43.7 million multiply-adds.
    """
    images = keras.Input(INPUT_SHAPE)
    x = _convolution(images, 48, "valid", init)
    x = _convolution(x, 48, "valid", init)
    x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.1)(x)
    x = _convolution(x, 96, "same", init)
    x = _convolution(x, 96, "same", init)
    x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.1)(x)
    x = _convolution(x, 144, "same", init)
    x = _convolution(x, 192, "same", init)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.4)(x)
    scores = layers.Dense(CLASSES + 1, activation="softmax", name=SCORES)(x)
    return keras.Model(images, scores[:, :CLASSES])


def _convolution(x: keras.KerasTensor, filters: int, padding: str, init: str) -> keras.KerasTensor:
    """A 3x3 convolution with batch normalization, so it needs no bias of its own."""
    x = layers.Conv2D(filters, 3, padding=padding, use_bias=False, kernel_initializer=init)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))
