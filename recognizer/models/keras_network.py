"""model.keras: loaded, run by Keras, and exported for LiteRT.

Every function here imports TensorFlow, which takes seconds.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES
from recognizer.errors import ModelError
from recognizer.models.checked import damaged
from recognizer.models.evaluation import INPUT_SHAPE, Network, as_input
from recognizer.models.folder import ModelEntry
from recognizer.models.keras_archive import check_size, checked_config
from recognizer.models.litert import LiteRTNetwork
from recognizer.models.parallel import in_batches

if TYPE_CHECKING:
    import keras

TIE = 1e-6  # between two digits: which one is likelier is then rounding
AGREEMENT = 1e-4  # by which a probability of an export may differ from Keras's


def load(model: ModelEntry) -> keras.Model:
    """Load a model's network.

    Raises:
        ModelError: It is damaged.
    """
    import keras

    path = model.path / "model.keras"
    try:
        _check_before(checked_config(path))
        # safe_mode: a file from elsewhere must not bring code of its own.
        network = keras.saving.load_model(path, compile=False, safe_mode=True)
        shapes = network.input_shape, network.output_shape
        finite = all(np.isfinite(each).all() for each in network.get_weights())
    except Exception as error:  # Keras raises whatever its parts raise on a damaged file
        raise damaged(model.name, f"model.keras cannot be loaded ({error})") from error
    if shapes != ((None, *INPUT_SHAPE), (None, CLASSES)):
        raise damaged(model.name, "its network does not take 28×28 images and have ten outputs")
    if not finite:
        raise damaged(model.name, "its weights hold numbers that are not finite")
    return network


def _check_before(config: dict[str, Any]) -> None:
    """Build a network without its variables, to know how large it would be; raises ValueError."""
    import keras

    with keras.StatelessScope(initialize_variables=False):
        check_size(keras.saving.deserialize_keras_object(config, safe_mode=True))


def compiled(network: keras.Model) -> Network:
    """The network as one TensorFlow graph: 1/10 of the time of `predict` on a single image."""
    import tensorflow as tf

    signature = tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)
    graph = tf.function(
        lambda images: network(images, training=False), input_signature=[signature]
    ).get_concrete_function()

    def run(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(graph(as_input(images)))

    return run


def export_litert(
    network: keras.Model,
    path: Path,
    images: NDArray[np.uint8],
    probabilities: NDArray[np.float32],
) -> None:
    """Write a network for LiteRT, and check that it reads as Keras does.

    Args:
        network: What to export.
        path: The model.tflite to write; nothing is left there if the check fails.
        images: (n, 28, 28), to check it on.
        probabilities: (n, 10), what Keras gives for them.

    Raises:
        ModelError: A probability differs by more than AGREEMENT, or a likeliest digit does.
    """
    network.export(path, format="litert", verbose=False)
    exported = in_batches(LiteRTNetwork(path.read_bytes()))(images)
    off = float(np.abs(exported - probabilities).max(initial=0))
    digits = exported.argmax(axis=1)
    gap = probabilities.max(axis=1) - probabilities[np.arange(len(digits)), digits]
    other = int((gap > TIE).sum())
    if not off <= AGREEMENT or other:
        path.unlink()
        raise ModelError(
            f"The network exported for LiteRT does not read as Keras does: probabilities differ by "
            f"up to {off:.1g}, and {other} of {len(images)} images are read as another digit. "
            "The export was not kept. Check the versions of the packages in requirements.txt."
        )
