"""What a person asks to be trained: a recipe with changes, checked before anything starts."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace

from recognizer import registry
from recognizer.architectures import OPTIMIZERS, RECIPES, Recipe
from recognizer.model_folder import ModelEntry
from recognizer.registry import ModelError

DEFAULT_SEED = 0
MOST_EPOCHS = 1000
MOST_IMAGES = 10_000  # a batch
HIGHEST_RATE = 100.0
SEEDS = 2**32  # as many as keras.utils.set_random_seed takes


@dataclass(frozen=True)
class Order:
    """A training that is asked for; None keeps the recipe's own value.

    Attributes:
        recipe: The name of one of RECIPES.
        name: Of the model that it makes.
        start_from: A model of the same recipe, to go on from its weights.
        epochs, batch_size, learning_rate: Instead of the recipe's.
        optimizer: The name of one of OPTIMIZERS, with its usual settings.
        distortion: Whether images and drawings are bent, turned and shifted.
        seed: The same one gives the same weights on the same machine.
        hold_back: Leave out the stage that trains on the institutions held back.
        replace: Replace a model that has the name.
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

    def changed(self) -> Recipe:
        """The recipe with what the order changes.

        Raises:
            ModelError: There is no such recipe, or no such optimiser.
        """
        recipe = RECIPES.get(self.recipe)
        if recipe is None:
            raise ModelError(f"There is no recipe {self.recipe!r}. Choose of {', '.join(RECIPES)}.")
        optimizer = recipe.optimizer
        if self.optimizer not in (None, optimizer.name):
            if self.optimizer not in OPTIMIZERS:
                raise ModelError(
                    f"There is no optimiser {self.optimizer!r} here. "
                    f"Choose of {', '.join(OPTIMIZERS)}."
                )
            optimizer = OPTIMIZERS[self.optimizer]
        if self.learning_rate is not None:
            optimizer = replace(optimizer, learning_rate=self.learning_rate)
        return replace(
            recipe,
            epochs=recipe.epochs if self.epochs is None else self.epochs,
            batch_size=recipe.batch_size if self.batch_size is None else self.batch_size,
            optimizer=optimizer,
            distortion=recipe.distortion if self.distortion is None else self.distortion,
            later_stages=recipe.later_stages[:1] if self.hold_back else recipe.later_stages,
        )

    def check(self) -> None:
        """Check every field.

        Raises:
            ModelError: One cannot be; the message says what it may be.
        """
        recipe = self.changed()
        registry.check_free(self.name, replace=self.replace)
        _check_number("Epochs", recipe.epochs, 1, MOST_EPOCHS)
        _check_number("The batch size", recipe.batch_size, 1, MOST_IMAGES)
        _check_number("The seed", self.seed, 0, SEEDS - 1)
        rate = recipe.optimizer.learning_rate
        if not (math.isfinite(rate) and 0 < rate <= HIGHEST_RATE):
            raise ModelError(
                f"The learning rate is {rate:g}; it must be above 0 and at most {HIGHEST_RATE:g}."
            )
        self.start()

    def start(self) -> ModelEntry | None:
        """The model whose weights it goes on from, if any.

        Raises:
            ModelError: It is not there, damaged, or of another recipe, whose weights do not fit.
        """
        if self.start_from is None:
            return None
        model = registry.find_model(self.start_from)
        if model.recipe["recipe"] != self.recipe:
            raise ModelError(
                f"The weights of {model.name!r}, of the recipe {model.recipe['recipe']!r}, do not "
                f"fit into {self.recipe!r}. Choose a model of the same recipe."
            )
        return model

    def arguments(self) -> list[str]:
        """The order as the command line of train.py says it."""
        flags = [self.recipe]
        for field, value in asdict(self).items():
            flag = f"--{field.replace('_', '-')}"
            if field == "distortion" and value is not None:
                flags.append(flag if value else "--no-distortion")
            elif value is True:
                flags.append(flag)
            elif field != "recipe" and value is not None and value is not False:
                flags.append(f"{flag}={value}")
        return flags


def _check_number(what: str, value: object, least: int, most: int) -> None:
    if not (isinstance(value, int) and least <= value <= most):
        raise ModelError(f"{what}: {value}. Give a whole number from {least:,} to {most:,}.")
