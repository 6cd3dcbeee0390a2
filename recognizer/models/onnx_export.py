"""Convert a model to ONNX, checked against Keras.

python -m recognizer.models.onnx_export models/robust-cnn robust-cnn.onnx

Needs requirements-onnx.txt.
"""

import sys
from pathlib import Path

import numpy as np

from recognizer import processes
from recognizer.errors import ModelError, RecognizerError
from recognizer.models import folder, keras_network
from recognizer.models.evaluation import as_input
from recognizer.models.predictions import read_misclassified

NOISE = 20  # images that a network is compared on, beside those that it misclassifies
MOST = 100  # images in all: ONNX's own evaluator takes its time


def convert(path: Path, file: Path) -> None:
    """Convert the network of a model folder.

    Raises:
        ModelError: It is damaged, or the ONNX file would not read as Keras does.
    """
    from onnx.reference import ReferenceEvaluator

    network = keras_network.load(folder.read(path))
    noise = np.random.default_rng(0).integers(0, 256, (NOISE, 28, 28), dtype=np.uint8)
    images = as_input(np.stack([*noise, *read_misclassified(path).values()])[:MOST])
    expected = network.predict(images, verbose=0)  # a network that never ran is not exported
    network.export(file, format="onnx", verbose=False)
    evaluator = ReferenceEvaluator(str(file))
    found = evaluator.run(None, {evaluator.input_names[0]: images})[0]
    off = float(np.abs(found - expected).max())
    if not off <= keras_network.AGREEMENT:
        file.unlink()
        raise ModelError(f"its probabilities differ from Keras's by up to {off:.1g}")


if __name__ == "__main__":
    processes.step_back()
    try:
        convert(Path(sys.argv[1]), Path(sys.argv[2]))
    except RecognizerError as error:
        sys.exit(str(error))
