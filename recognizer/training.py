"""Training: a recipe and data -> a trained, evaluated model folder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import platform
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
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
from recognizer.following import Follower, TrainingError
from recognizer.inference import Recognizer
from recognizer.measuring import layers_of, machine_speed, reading_time
from recognizer.order import DEFAULT_SEED
from recognizer.pen import HELD_BACK, Drawings
from recognizer.pen import VALIDATION as DRAWN_VALIDATION

if TYPE_CHECKING:
    import keras

PACKAGES = (
    "tensorflow",
    "keras",
    "numpy",
)  # those whose version can change the weights


def train(  # noqa: PLR0913 - most of them by keyword
    recipe: Recipe,
    data: Mnist,
    name: str,
    *,
    seed: int = DEFAULT_SEED,
    replace: bool = False,
    drawings: Drawings | None = None,
    start: model_folder.ModelEntry | None = None,
    follower: Follower | None = None,
) -> model_folder.ModelEntry:
    """Train a recipe and publish the model, judged by drawings too where there are some.

    An interruption leaves no model; a recipe that trains on drawings goes on from its
    last epoch when it is started again. The same seed gives the same weights on the
    same machine.

    Args:
        recipe: What to train.
        data: MNIST.
        name: Of the model.
        seed: 0 to 2**32 - 1.
        replace: Replace a model of that name.
        drawings: What to judge by and, if the recipe says so, to train on.
        start: A model of the same recipe whose weights are gone on from.
        follower: Is told how far it is.

    Raises:
        ModelError: The name is taken (and `replace` is not set) or cannot name a model.
        MissingDatasetError: The recipe trains on drawings, and there are none.
        TrainingError: It cannot go on.
    """
    follower = follower or Follower()
    described = settings(recipe, seed, start)
    with (
        _state(recipe, data, drawings, described) as checkpoint,
        registry.publish(name, replace=replace) as folder,
        _ctrl_c(follower),
    ):
        weights = Recognizer.load(start.name).network.get_weights() if start else None
        if checkpoint and drawings:
            run = Run(recipe, data, drawings, seed, checkpoint, follower, start, weights)
            fitted = drawn_training.fit(run)
        else:
            fitted = fit(recipe, data, seed, follower, weights)
            if drawings:
                follower.at("Judging by drawings")
                confidence, drawn = Judge.of(drawings).judge(network_of(fitted.model))
                fitted = dataclasses.replace(fitted, confidence=confidence, drawn=drawn)
        follower.stop_if_asked()
        follower.at("Testing")
        shipped = {"shipped": True} if registry.is_shipped(name) else {}  # replaced, it still is
        save_weights(recipe, fitted.model, folder / "model.keras")
        report = evaluate(fitted.model, data.test)  # the one look at the test images
        if not math.isfinite(report.loss):
            raise TrainingError("Its answers are no numbers. Try a lower learning rate.")
        model_folder.write_files(
            folder, described | describe(fitted.model) | shipped, fitted.history, report
        )
        model_folder.write_drawn(folder, fitted.confidence, fitted.drawn)
        write_costs(folder, Recognizer(name, fitted.model, fitted.confidence))
        follower.stop_if_asked()
        follower.at("Publishing")
    return registry.find_model(name)


@contextmanager
def _state(
    recipe: Recipe, data: Mnist, drawings: Drawings | None, described: dict[str, Any]
) -> Iterator[Checkpoint | None]:
    """Give a training on drawings its checkpoint, which goes when the model is published.

    Other settings, data or code have another one.
    """
    if not recipe.drawings:
        yield None
        return
    known = drawn_training.whole(drawings)
    what = [described, len(data.training), known.digests(), drawn_training.code()]
    digest = hashlib.sha256(json.dumps(what).encode()).hexdigest()[:8]
    checkpoint = Checkpoint(registry.models_dir() / f".unfinished-{recipe.name}-{digest}")
    yield checkpoint
    checkpoint.remove()


@contextmanager
def _ctrl_c(follower: Follower) -> Iterator[None]:
    """Hold Ctrl-C back, and ask the follower to stop where that is safe.

    A KeyboardInterrupt that comes while TensorFlow builds a graph can corrupt its
    memory and crash the process, which then cleans nothing up. A second Ctrl-C
    interrupts at once all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python gives signals to its main thread alone
        return
    usual = signal.getsignal(signal.SIGINT)

    def note(*_: object) -> None:
        follower.stopped = True
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def judge_models(drawings: Drawings) -> Iterator[model_folder.ModelEntry]:
    """Judge every model by the drawings held back, one after the other.

    One that was trained on them keeps its confidence and report, which are from before.

    Raises:
        MissingDatasetError: The file holds none of the drawings to judge by.
    """
    judge = Judge.of(drawings)
    if not judge.ready:
        raise MissingDatasetError(
            "The file of drawings holds none of those to judge by, of the institutions "
            f"{', '.join(DRAWN_VALIDATION)} and {', '.join(HELD_BACK)}."
        )
    for model in registry.whole_models():
        if not drawn_training.has_seen_all(model.recipe):
            network = network_of(Recognizer.load(model.name).network)
            model_folder.write_drawn(model.path, *judge.judge(network))
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


def describe(model: keras.Model) -> dict[str, Any]:
    """What came of the settings, and with what, ready for JSON."""
    return {
        "parameters": model.count_params(),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine_gflops": round(machine_speed(), 1),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
    }


def settings(
    recipe: Recipe, seed: int, start: model_folder.ModelEntry | None = None
) -> dict[str, Any]:
    """What a person chose: the recipe, the seed and what to start from, ready for JSON."""
    return {
        "recipe": recipe.name,
        "initializer": recipe.initializer,
        "start_from": _described_start(start) if start else None,
        "optimizer": asdict(recipe.optimizer),
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "distortion": recipe.distortion,
        "validation": VALIDATION,
        "seed": seed,
        "published": asdict(recipe.published) if recipe.published else None,
        "drawings": drawn_training.plan(recipe) if recipe.drawings else None,
    }


def _described_start(start: model_folder.ModelEntry) -> dict[str, Any]:
    """The model that a training goes on from; a name alone could be another one later."""
    return {
        "model": start.name,
        "sha256": hashlib.sha256((start.path / "model.keras").read_bytes()).hexdigest(),
        "has_seen_all": drawn_training.has_seen_all(start.recipe),
    }
