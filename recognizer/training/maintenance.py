"""What is written about a network once it is trained, and again for models that are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recognizer import processes
from recognizer.datasets import strokes
from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import DrawingDataset
from recognizer.errors import MissingDatasetError, ModelError
from recognizer.models import folder as model_folder
from recognizer.models import keras_network, litert, predictions, registry
from recognizer.models.drawing_benchmark import DrawingBenchmark
from recognizer.models.evaluation import Report, network_of
from recognizer.models.folder import ModelEntry
from recognizer.models.profiling import layers_of, reading_time
from recognizer.models.recognizer import Recognizer
from recognizer.training import replay

if TYPE_CHECKING:
    import keras


def complete(folder: Path, network: keras.Model, report: Report, images: NDArray[np.uint8]) -> None:
    """Add the network for LiteRT, and the images that it misclassifies, to a model folder.

    Without LiteRT on this machine nothing can be checked, and Keras will read.

    Args:
        folder: With all other files.
        network: That of its model.keras.
        report: Its predictions on the test images.
        images: The test images, (n, 28, 28).

    Raises:
        ModelError: LiteRT would not read as Keras does.
    """
    if litert.available():
        exported = folder / f"{processes.owned('litert')}.tflite"
        keras_network.export_litert(network, exported, images, report.probabilities)
        model_folder.put_litert_export(folder, exported)
    predictions.write_misclassified(folder, report, images)


def write_profile(model: ModelEntry, network: keras.Model) -> None:
    """Write the layers of a model into its folder, and the time of a reading."""
    reading = reading_time(Recognizer.of(model))
    model_folder.write_profile(model.path, layers_of(network), reading)


def upgrade_models(
    data: Mnist, drawings: DrawingDataset | None = None
) -> Iterator[tuple[str, str]]:
    """Add to every model what folders of older versions lack; give its name, and what was done.

    Models that were trained on drawings get some to repeat, where there are any.
    """
    for model in registry.complete_models():
        try:
            yield model.name, _upgrade(model, data, drawings)
        except ModelError as error:
            yield model.name, str(error)


def _upgrade(model: ModelEntry, data: Mnist, drawings: DrawingDataset | None) -> str:
    lacks_replay = model.recipe.drawings and not (model.path / replay.FILE).exists()
    if drawings and lacks_replay:
        replay.write_replay(model.path, drawings)
    if model.has_litert and (model.path / predictions.MISCLASSIFIED).exists():
        return "upgraded" if drawings and lacks_replay else "lacks nothing"
    report = predictions.read_report(model.path)
    if not np.array_equal(report.labels, data.test.labels):
        return "skipped: it was evaluated on other images than MNIST's"
    network = keras_network.load(model)
    complete(model.path, network, report, data.test.images)
    write_profile(registry.find_model(model.name), network)
    return "upgraded" if litert.available() else "LiteRT is not on this machine: Keras reads"


def benchmark_models(drawings: DrawingDataset) -> Iterator[ModelEntry]:
    """Evaluate every model on the held-out drawings again, one after the other.

    One that was trained on them keeps its calibration and scores, which are from before.

    Raises:
        MissingDatasetError: The file holds none of the drawings to evaluate on.
    """
    benchmark = DrawingBenchmark.of(drawings)
    if not benchmark.ready:
        raise MissingDatasetError(
            "The file of drawings has too few to evaluate on: it needs digits from "
            f"{', '.join(strokes.VALIDATION)} and from at least one of "
            f"{', '.join(strokes.HELD_OUT)}."
        )
    for model in registry.complete_models():
        if not model.recipe.saw_held_out:
            network = network_of(keras_network.load(model))
            model_folder.write_benchmark(model.path, *benchmark.run(network))
        yield registry.find_model(model.name)


def profile_models() -> Iterator[ModelEntry]:
    """Note what every model costs on this machine, one after the other.

    Raises:
        ModelError: A model cannot be loaded.
    """
    for model in registry.complete_models():
        write_profile(model, keras_network.load(model))
        yield registry.find_model(model.name)
