"""Training: a recipe and data -> a trained, evaluated model folder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recognizer import drawn_training, model_folder, registry
from recognizer.architectures import VALIDATION, Recipe
from recognizer.checkpoint import Checkpoint
from recognizer.data import MissingDatasetError, Mnist
from recognizer.drawn import Judge
from recognizer.drawn_training import Run
from recognizer.evaluation import evaluate, network_of
from recognizer.fitting import fit
from recognizer.inference import Recognizer
from recognizer.measuring import layers_of, reading_time
from recognizer.pen import HELD_BACK, Drawings
from recognizer.pen import VALIDATION as DRAWN_VALIDATION

if TYPE_CHECKING:
    import keras

DEFAULT_SEED = 0
PACKAGES = (
    "tensorflow",
    "keras",
    "numpy",
)  # those whose version can change the weights


@dataclass(frozen=True)
class Changes:
    """What a person may change in a recipe; None keeps the recipe's own value."""

    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    hold_back: bool = False  # leave out the stage that trains on the institutions held back

    def apply(self, recipe: Recipe) -> Recipe:
        rate = recipe.optimizer.learning_rate if self.learning_rate is None else self.learning_rate
        return replace(
            recipe,
            epochs=self.epochs or recipe.epochs,
            batch_size=self.batch_size or recipe.batch_size,
            optimizer=replace(recipe.optimizer, learning_rate=rate),
            later_stages=recipe.later_stages[:1] if self.hold_back else recipe.later_stages,
        )


def train(  # noqa: PLR0913 - three of them by keyword
    recipe: Recipe,
    data: Mnist,
    name: str,
    *,
    seed: int = DEFAULT_SEED,
    replace: bool = False,
    drawings: Drawings | None = None,
) -> model_folder.ModelEntry:
    """Train a recipe and publish the model, judged by drawings too where there are some.

    An interruption leaves no model; a recipe that trains on drawings goes on from its
    last epoch when it is started again. The same seed gives the same weights on the
    same machine.

    Raises:
        ModelError: The name is taken (and `replace` is not set) or cannot name a model.
        MissingDatasetError: The recipe trains on drawings, and there are none.
    """
    with (
        _state(recipe, data, drawings, seed) as checkpoint,
        registry.publish(name, replace=replace) as folder,
        _ctrl_c() as stop_if_pressed,
    ):
        if checkpoint and drawings:
            run = Run(recipe, data, drawings, seed, checkpoint, after_batch=stop_if_pressed)
            fitted = drawn_training.fit(run)
        else:
            fitted = fit(recipe, data.training, data.validation, seed, stop_if_pressed)
            if drawings:
                confidence, drawn = Judge.of(drawings).judge(network_of(fitted.model))
                fitted = dataclasses.replace(fitted, confidence=confidence, drawn=drawn)
        save_weights(recipe, fitted.model, folder / "model.keras")
        report = evaluate(fitted.model, data.test)  # the one look at the test images
        model_folder.write_files(
            folder, describe(recipe, fitted.model, seed), fitted.history, report
        )
        model_folder.write_drawn(folder, fitted.confidence, fitted.drawn)
        write_costs(folder, Recognizer(name, fitted.model, fitted.confidence))
        stop_if_pressed()
    return registry.find_model(name)


@contextmanager
def _state(
    recipe: Recipe, data: Mnist, drawings: Drawings | None, seed: int
) -> Iterator[Checkpoint | None]:
    """Give a training on drawings its checkpoint, which goes when the model is published.

    Other settings, data or code have another one; a second training of the very same
    kind is kept from writing to it.
    """
    if not recipe.drawings:
        yield None
        return
    known = drawn_training.whole(drawings)
    what = [settings(recipe, seed), len(data.training), known.digests(), drawn_training.code()]
    digest = hashlib.sha256(json.dumps(what).encode()).hexdigest()[:8]
    checkpoint = Checkpoint(registry.models_dir() / f".unfinished-{recipe.name}-{digest}")
    with checkpoint.lock():
        yield checkpoint
        checkpoint.remove()


@contextmanager
def _ctrl_c() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back; give a function that raises it where that is safe.

    A KeyboardInterrupt that comes while TensorFlow builds a graph can corrupt its
    memory and crash the process, which then cleans nothing up. A second Ctrl-C
    interrupts at once all the same.
    """
    pressed = threading.Event()

    def stop_if_pressed() -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield stop_if_pressed  # Python gives signals to its main thread alone
        return
    usual = signal.getsignal(signal.SIGINT)

    def note(*_: object) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, note)
    try:
        yield stop_if_pressed
    finally:
        signal.signal(signal.SIGINT, usual)


def judge_models(drawings: Drawings) -> Iterator[model_folder.ModelEntry]:
    """Judge every model by the drawings held back, one after the other.

    One that was trained on them keeps its confidence and report, which are from before.

    Raises:
        MissingDatasetError: The file holds none of the drawings to judge by.
    """
    import keras

    judge = Judge.of(drawings)
    if not judge.ready:
        raise MissingDatasetError(
            "The file of drawings holds none of those to judge by, of the institutions "
            f"{', '.join(DRAWN_VALIDATION)} and {', '.join(HELD_BACK)}."
        )
    for model in registry.whole_models():
        if not drawn_training.has_seen_all(model.recipe):
            network = keras.saving.load_model(model.path / "model.keras", compile=False)
            model_folder.write_drawn(model.path, *judge.judge(network_of(network)))
        yield registry.find_model(model.name)


def measure_models() -> Iterator[model_folder.ModelEntry]:
    """Note what every model costs on this machine, one after the other.

    Raises:
        ModelError: A model cannot be loaded.
    """
    for model in registry.whole_models():
        write_costs(model.path, Recognizer.load(model.name))
        yield registry.find_model(model.name)


def write_costs(folder: Path, recognizer: Recognizer) -> None:
    """Write the layers of a model into its folder, and how long it takes for a reading."""
    layers, milliseconds = layers_of(recognizer.network), reading_time(recognizer)
    model_folder.write_measured(folder, layers, milliseconds)


def save_weights(recipe: Recipe, model: keras.Model, path: Path) -> None:
    """Save the network alone: a copy that was never compiled has no optimiser to save."""
    bare = recipe.build()
    bare.set_weights(model.get_weights())
    bare.save(path)


def describe(recipe: Recipe, model: keras.Model, seed: int) -> dict[str, Any]:
    """All that is needed to make the same model again, ready for JSON."""
    return {
        **settings(recipe, seed),
        "parameters": model.count_params(),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
    }


def settings(recipe: Recipe, seed: int) -> dict[str, Any]:
    """What a person chose: the recipe and the seed, ready for JSON."""
    return {
        "recipe": recipe.name,
        "initializer": recipe.initializer,
        "optimizer": asdict(recipe.optimizer),
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "validation": VALIDATION,
        "seed": seed,
        "published": asdict(recipe.published) if recipe.published else None,
        "drawings": drawn_training.plan(recipe) if recipe.drawings else None,
    }
