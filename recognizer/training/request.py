"""What a person asks to train: a recipe with changes, checked before anything starts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from recognizer.datasets.mnist import TRAINING_IMAGES
from recognizer.datasets.pen_files import drawings_at_hand
from recognizer.errors import RequestError
from recognizer.models import records, registry
from recognizer.models.folder import ModelEntry
from recognizer.models.profiling import machine_speed
from recognizer.models.recipes import (
    DEFAULT_SEED,
    OPTIMIZERS,
    RECIPES,
    Optimizer,
    Recipe,
    learning_recipe,
)
from recognizer.training.batches import DIGITS, NON_DIGITS, STEPS

MAX_EPOCHS = 1000
MAX_BATCH_SIZE = 10_000  # in a batch
MAX_LEARNING_RATE = 100.0
T = TypeVar("T")
LEAST_KEPT = 10  # kept drawings to learn from, beside those that are held out
SEEDS = 2**32  # as many as keras.utils.set_random_seed takes

# For the estimate of the time, measured where the shipped models were trained.
SPEED = 195.0  # GFLOPS of `machine_speed`; where a model does not note it
STEP = 0.002  # seconds that a batch costs beside its images
DISTORTION = 15e-6  # seconds to distort an image
BEFORE_AND_AFTER = 12.0  # seconds to load TensorFlow and MNIST, and to test the result
ON_DRAWINGS = 60.0  # seconds to render the held-out drawings and to read them
TO_LEARN = 50.0  # seconds that learning takes beside its epochs
READ_AGAIN = 1 / 3  # of the time to learn an image: the time to read one that is checked


@dataclass(frozen=True)
class TrainingRequest:
    """A training that is asked for; None keeps the recipe's own value.

    Attributes:
        recipe: The name of one of RECIPES.
        name: Of the model that it makes.
        start_from: A model of the same recipe whose weights to start from.
        epochs, batch_size, learning_rate: Instead of the recipe's.
        optimizer: The name of one of OPTIMIZERS, with its usual settings.
        distortion: Whether to bend, turn and shift images and drawings.
        seed: The same one gives the same weights on the same machine.
        hold_back: Leave out the stage that trains on the held-out institutions.
        replace: Replace a model that has the name.
        learn: Let the model `start_from` learn from kept drawings, instead of training its recipe.
    """

    recipe: str
    name: str
    start_from: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    optimizer: str | None = None
    distortion: bool | None = None
    seed: int = DEFAULT_SEED
    hold_back: bool = False
    replace: bool = False
    learn: bool = False

    @classmethod
    def from_json(cls, content: object) -> TrainingRequest:
        """Make a request from what JSON holds; `check` still has to be called.

        Raises:
            RequestError: A field is missing or has another type.
        """
        try:
            return records.parse(cls, content)
        except ValueError as error:
            raise RequestError(f"This is not a training request: {error}") from error

    def to_recipe(self) -> Recipe:
        """The recipe with what the request changes.

        Raises:
            RequestError: There is no such recipe, or no such optimizer.
        """
        recipe = _one_of(RECIPES, self.recipe, "recipe")
        if self.learn:
            recipe = learning_recipe(recipe)
        changes = {
            name: value
            for name in ("epochs", "batch_size", "distortion")
            if (value := getattr(self, name)) is not None
        }
        stages = recipe.later_stages[:1] if self.hold_back else recipe.later_stages
        optimizer = self._optimizer(recipe)
        return replace(recipe, **changes, optimizer=optimizer, later_stages=stages)

    def _optimizer(self, recipe: Recipe) -> Optimizer:
        optimizer = recipe.optimizer
        if self.optimizer not in (None, optimizer.name):
            optimizer = _one_of(OPTIMIZERS, str(self.optimizer), "optimizer")
        if self.learning_rate is None:
            return optimizer
        return replace(optimizer, learning_rate=self.learning_rate)

    def check(self) -> None:
        """Check every field.

        Raises:
            RequestError: A value is out of range; the message says what it may be.
            ModelError: The name is not valid or taken, or the model to start from is not there.
        """
        self.check_values()
        registry.check_free(self.name, replace=self.replace)
        self.start_model()

    def check_values(self) -> None:
        """Check all that depends on nothing else; raises RequestError."""
        recipe = self.to_recipe()
        _check_number("Epochs", recipe.epochs, 1, MAX_EPOCHS)
        _check_number("Batch size", recipe.batch_size, 1, MAX_BATCH_SIZE)
        _check_number("Seed", self.seed, 0, SEEDS - 1)
        rate = recipe.optimizer.learning_rate
        if not (math.isfinite(rate) and 0 < rate <= MAX_LEARNING_RATE):
            raise RequestError(
                f"Learning rate: {rate:g}. Give a number above 0 and up to {MAX_LEARNING_RATE:g}."
            )
        if self.learn and self.start_from is None:
            raise RequestError("Name the model that learns: --start-from MODEL.")

    def start_model(self) -> ModelEntry | None:
        """The model that it starts from, if any.

        Raises:
            ModelError: It is not there, or damaged.
            RequestError: It is of another recipe, whose weights do not fit.
        """
        if self.start_from is None:
            return None
        model = registry.find_model(self.start_from)
        if model.recipe.name != self.recipe:
            raise RequestError(
                f"The weights of {model.name!r}, of the recipe {model.recipe.name!r}, do not "
                f"fit {self.recipe!r}. Choose a model of the same recipe."
            )
        return model

    def estimate_seconds(self, models: Iterable[ModelEntry]) -> float | None:
        """Estimate the seconds until the model is there, from models of the same recipe.

        None where no model of it has a history. Raises RequestError as `to_recipe` does.
        """
        recipe = self.to_recipe()
        trained = [
            model
            for model in models
            if model.recipe.name == recipe.name and not (model.learned or model.history.empty)
        ]
        if not trained:
            return None
        known = max(trained, key=lambda model: model.trained_at)
        if self.learn:
            return _seconds_to_learn(recipe, known)
        per_epoch = _seconds_per_epoch(recipe, known)
        with_drawings = recipe.drawings or drawings_at_hand()
        around = BEFORE_AND_AFTER + (ON_DRAWINGS if with_drawings else 0.0)
        return max(per_epoch, 1.0) * recipe.last_epochs[-1] + around


def _seconds_per_epoch(recipe: Recipe, known: ModelEntry) -> float:
    """What an epoch takes on this machine, from a model that was trained before."""
    usual = RECIPES[recipe.name]
    slower = (known.recipe.machine_gflops or SPEED) / machine_speed()
    batch_size = known.recipe.batch_size or usual.batch_size
    batches = batches_per_epoch(recipe) - batches_per_epoch(replace(recipe, batch_size=batch_size))
    was_distorted = known.recipe.distortion
    distorted = usual.distortion if was_distorted is None else was_distorted
    distorting = (recipe.distortion - distorted) * TRAINING_IMAGES * DISTORTION
    return known.seconds_per_epoch * slower + batches * STEP + distorting


def _seconds_to_learn(recipe: Recipe, known: ModelEntry) -> float:
    """What learning takes on this machine, by what an image took in a training of all of them."""
    usual = RECIPES[recipe.name]
    epoch = _seconds_per_epoch(replace(usual, batch_size=known.recipe.batch_size or 1), known)
    images = batches_per_epoch(usual) * usual.batch_size
    learned = recipe.epochs * (STEPS * recipe.batch_size + READ_AGAIN * TRAINING_IMAGES / 5)
    return max(epoch, 1.0) * learned / images + TO_LEARN


def batches_per_epoch(recipe: Recipe) -> float:
    """How many batches MNIST's training images fill, of which drawings may have a share."""
    of_mnist = 1 - DIGITS - NON_DIGITS if recipe.drawings else 1
    return TRAINING_IMAGES / (recipe.batch_size * of_mnist)


def _one_of(options: Mapping[str, T], name: str, what: str) -> T:
    if name not in options:
        raise RequestError(f"There is no {what} {name!r}. Choose one of {', '.join(options)}.")
    return options[name]


def _check_number(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise RequestError(f"{what}: {value}. Give a whole number from {least:,} to {most:,}.")
