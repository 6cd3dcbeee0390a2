"""The training pipeline: a recipe and data -> a trained, evaluated model folder."""

from __future__ import annotations

import hashlib
import math
import platform
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import DrawingDataset
from recognizer.errors import TrainingError
from recognizer.models import folder as model_folder
from recognizer.models import keras_network, predictions, registry
from recognizer.models.drawing_benchmark import DrawingBenchmark
from recognizer.models.evaluation import evaluate, network_of
from recognizer.models.folder import ModelEntry
from recognizer.models.profiling import machine_speed
from recognizer.models.publication import publish
from recognizer.models.recipes import DEFAULT_SEED, VALIDATION, Recipe
from recognizer.models.records import StartModel, TrainedRecipe
from recognizer.training import stages
from recognizer.training.checkpoint import Checkpoint
from recognizer.training.fit import Fitted, fit
from recognizer.training.listener import ProgressListener
from recognizer.training.maintenance import complete, write_profile
from recognizer.training.replay import write_replay
from recognizer.training.stages import Run

if TYPE_CHECKING:
    import keras

PACKAGES = ("tensorflow", "keras", "numpy")  # those whose version can change the weights


def train(  # noqa: PLR0913 - most of them by keyword
    recipe: Recipe,
    data: Mnist,
    name: str,
    *,
    seed: int = DEFAULT_SEED,
    replace: bool = False,
    drawings: DrawingDataset | None = None,
    start: ModelEntry | None = None,
    listener: ProgressListener | None = None,
) -> ModelEntry:
    """Train a recipe and publish the model, with its scores on drawings where there are some.

    An interruption leaves no model; a recipe that trains on drawings is resumed after its
    last epoch when it is started again. The same seed gives the same weights on the
    same machine.

    Args:
        recipe: What to train.
        data: MNIST.
        name: Of the model.
        seed: 0 to 2**32 - 1.
        replace: Replace a model of that name.
        drawings: What to evaluate on and, if the recipe says so, to train on.
        start: A model of the same recipe whose weights to start from.
        listener: Learns how far it is.

    Raises:
        ModelError: The name is taken (and `replace` is not set) or not valid.
        MissingDatasetError: The recipe trains on drawings, and there are none.
        TrainingError: It cannot go on.
    """
    listener = listener or ProgressListener()
    settings = settings_of(recipe, seed, start)
    making = Making(recipe, settings, data, name, replace, listener)
    with _checkpoint(recipe, data, drawings, settings) as checkpoint:

        def fit_it() -> Fitted:
            weights = keras_network.load(start).get_weights() if start else None
            if checkpoint and drawings:
                run = Run(recipe, data, drawings, seed, checkpoint, listener, start, weights)
                return stages.fit(run)
            return with_benchmark(fit(recipe, data, seed, listener, weights), drawings, listener)

        def add_replay(folder: Path, _: Fitted) -> None:
            if checkpoint and drawings:
                write_replay(folder, drawings)

        return making.publish(fit_it, add_replay)


@dataclass(frozen=True, eq=False)
class Making:
    """A model that is made: of which recipe, with which settings, tested on what, called what."""

    recipe: Recipe
    settings: TrainedRecipe
    data: Mnist
    name: str
    replace: bool
    listener: ProgressListener

    def publish(self, fit: Callable[[], Fitted], add: Callable[[Path, Fitted], None]) -> ModelEntry:
        """Fit the network, test it and publish the model.

        Args:
            fit: Makes the network.
            add: Adds further files to the folder, when all others are there.
        """
        with publish(self.name, replace=self.replace) as new, _safe_ctrl_c(self.listener):
            fitted = fit()
            self.listener.stop_if_asked()
            self.listener.on_phase("Testing")
            # A shipped model that is replaced is still shipped.
            settings = changed(self.settings, shipped=registry.is_shipped(self.name))
            _write(new.folder, self.recipe, fitted, settings, self.data)
            add(new.folder, fitted)
            self.listener.stop_if_asked()
            self.listener.on_phase("Publishing")
        if new.name != self.name:
            print(
                f"The name {self.name!r} was taken in the meantime. The model is called "
                f"{new.name!r}."
            )
        return registry.find_model(new.name)


def with_benchmark(
    fitted: Fitted, drawings: DrawingDataset | None, listener: ProgressListener
) -> Fitted:
    """Calibrate and score a network, where there are drawings for that."""
    benchmark = DrawingBenchmark.of(drawings) if drawings is not None else None
    if benchmark is None or not benchmark.ready:
        return fitted  # with the calibration that it has
    listener.on_phase("Evaluating on drawings")
    calibration, result = benchmark.run(network_of(fitted.model))
    return changed(fitted, calibration=calibration, benchmark=result)


def _write(
    folder: Path, recipe: Recipe, fitted: Fitted, settings: TrainedRecipe, data: Mnist
) -> None:
    """Evaluate a network on the test images and write all of its files."""
    save_weights(recipe, fitted.model, folder / "model.keras")
    report = evaluate(network_of(fitted.model), data.test)  # nothing is chosen on these
    if not math.isfinite(report.loss):
        raise TrainingError("The network's outputs became NaN. Try a lower learning rate.")
    model_folder.write_files(folder, _with_result(settings, fitted.model), fitted.history, report)
    model_folder.write_benchmark(folder, fitted.calibration, fitted.benchmark)
    predictions.write_report(folder, report)
    complete(folder, fitted.model, report, data.test.images)
    write_profile(model_folder.read(folder), fitted.model)


@contextmanager
def _checkpoint(
    recipe: Recipe, data: Mnist, drawings: DrawingDataset | None, settings: TrainedRecipe
) -> Iterator[Checkpoint | None]:
    """Give a training on drawings its checkpoint, which goes when the model is published.

    Other settings, data or code have another one.
    """
    if not recipe.drawings:
        yield None
        return
    key = stages.fingerprint(recipe, data, stages.check(drawings), settings)
    checkpoint = Checkpoint(registry.models_dir() / f".unfinished-{recipe.name}-{key}")
    yield checkpoint
    checkpoint.remove()


@contextmanager
def _safe_ctrl_c(listener: ProgressListener) -> Iterator[None]:
    """Delay Ctrl-C until it is safe to stop.

    A KeyboardInterrupt that comes while TensorFlow builds a graph can corrupt its
    memory and crash the process, which then cleans nothing up. A second Ctrl-C
    interrupts at once all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python gives signals to its main thread alone
        return
    usual = signal.getsignal(signal.SIGINT)

    def note(*_: object) -> None:
        listener.stopped = True
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def save_weights(recipe: Recipe, model: keras.Model, path: Path) -> None:
    """Save the network alone: a copy that was never compiled has no optimizer to save."""
    bare = recipe.build()
    bare.set_weights(model.get_weights())
    bare.save(path)


def settings_of(recipe: Recipe, seed: int, start: ModelEntry | None = None) -> TrainedRecipe:
    """What a person chose: the recipe, the seed and the model to start from."""
    return TrainedRecipe(
        name=recipe.name,
        parameters=0,  # known when the network is there
        initializer=recipe.initializer,
        start_from=start_model(start) if start else None,
        optimizer=recipe.optimizer,
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        distortion=recipe.distortion,
        validation=VALIDATION,
        seed=seed,
        published=recipe.published,
        drawings=stages.plan(recipe) if recipe.drawings else None,
        packages={package: _version_of(package) for package in PACKAGES},
    )


def _version_of(package: str) -> str:
    """The version of a package; TensorFlow may be there as tensorflow-cpu."""
    try:
        return version(package)
    except PackageNotFoundError:
        return version(f"{package}-cpu")


def start_model(start: ModelEntry) -> StartModel:
    """What a new model notes of the one whose weights it starts from."""
    digest = hashlib.sha256((start.path / "model.keras").read_bytes()).hexdigest()
    return StartModel(start.name, digest, start.recipe.saw_held_out)


def _with_result(settings: TrainedRecipe, model: keras.Model) -> TrainedRecipe:
    """The settings with what came of them, and where."""
    return changed(
        settings,
        parameters=model.count_params(),
        trained_at=datetime.now(UTC).replace(microsecond=0),
        machine_gflops=round(machine_speed(), 1),
        python=platform.python_version(),
    )
