"""The part of the Retrain form with the fields of one training."""

from typing import Any

import streamlit as st

from recognizer.models.recipes import DEFAULT_SEED, OPTIMIZERS, Recipe
from recognizer.models.registry import free_name
from recognizer.training.request import (
    MAX_BATCH_SIZE,
    MAX_EPOCHS,
    MAX_LEARNING_RATE,
    SEEDS,
    TrainingRequest,
)

SCRATCH = ""  # the choice to start from no model's weights
FIELDS = ("epochs", "size", "optimizer", "seed", "name", "distortion")
DISTORTION = "Bend, turn and shift each image differently each time; drawings get 16 versions."


def ask_start(recipe: Recipe, trained: list[str]) -> str | None:
    """Ask whose weights to start from; `trained` are the models of the recipe."""
    start = st.selectbox(
        "Start from",
        [SCRATCH, *trained],
        format_func=lambda name: f"the weights of {name}" if name else "scratch",
        key=f"start-{recipe.name}",
        help="Starting from a model's weights takes fewer epochs. It must be of the same recipe.",
    )
    return start or None


def ask(recipe: Recipe, start_from: str | None) -> TrainingRequest:
    """The fields of the form; each recipe has its own."""
    key = recipe.name
    left, right = st.columns(2)  # a row each, so that on a phone they keep their order
    epochs = left.number_input(
        "Epochs", 1, MAX_EPOCHS, recipe.epochs, key=f"epochs-{key}", help=stages(recipe)
    )
    size = right.number_input("Batch size", 1, MAX_BATCH_SIZE, recipe.batch_size, key=f"size-{key}")
    optimizer, rate = _ask_optimizer(recipe)
    left, right = st.columns(2)
    seed = left.number_input(
        "Seed",
        0,
        SEEDS - 1,
        DEFAULT_SEED,
        key=f"seed-{key}",
        help="The same seed gives the same weights on the same machine.",
    )
    name = right.text_input(
        "Name",
        free_name(recipe.name),
        key=f"name-{key}",
        help="Of the new model: lowercase letters, digits and hyphens.",
        live=True,  # the button below is for a name that is possible
    )
    distortion = st.toggle(
        "Distortion", recipe.distortion, key=f"distortion-{key}", help=DISTORTION
    )
    return TrainingRequest(
        recipe=recipe.name,
        name=name.strip(),
        start_from=start_from,
        epochs=epochs,
        batch_size=size,
        learning_rate=rate,
        optimizer=optimizer,
        distortion=distortion,
        seed=seed,
    )


def _ask_optimizer(recipe: Recipe) -> tuple[str, float]:
    """The optimizer, and its learning rate, whose usual value follows the choice."""
    left, right = st.columns(2)
    names = list(OPTIMIZERS)
    optimizer = left.selectbox(
        "Optimizer", names, index=names.index(recipe.optimizer.name), key=f"optimizer-{recipe.name}"
    )
    usual = usual_rate(recipe, optimizer)
    rate = right.number_input(
        "Learning rate",
        min_value=1e-7,
        max_value=MAX_LEARNING_RATE,
        value=usual,
        step=usual / 10,
        format="%g",
        key=_rate_key(recipe, optimizer),
    )
    return optimizer, rate


def usual_rate(recipe: Recipe, optimizer: str) -> float:
    """The learning rate of an optimizer, where none is given."""
    return TrainingRequest(recipe.name, "", optimizer=optimizer).to_recipe().optimizer.learning_rate


def _rate_key(recipe: Recipe, optimizer: str) -> str:
    return f"rate-{recipe.name}-{optimizer}"


def keys(recipe: Recipe) -> list[str]:
    """Of the widgets."""
    rates = [_rate_key(recipe, optimizer) for optimizer in OPTIMIZERS]
    return [f"{field}-{recipe.name}" for field in FIELDS] + rates


def typed(recipe: Recipe) -> TrainingRequest:
    """What the fields held when they were last shown; what they would hold if they never were.

    Without a name and a learning rate where those are the usual ones.
    """

    def value(field: str, usual: Any) -> Any:
        return st.session_state.get(f"{field}-{recipe.name}", usual)

    optimizer = value("optimizer", recipe.optimizer.name)
    usual = usual_rate(recipe, optimizer)
    rate = st.session_state.get(_rate_key(recipe, optimizer), usual)
    name = value("name", free_name(recipe.name))
    return TrainingRequest(
        recipe=recipe.name,
        name="" if name == free_name(recipe.name) else name,
        epochs=value("epochs", recipe.epochs),
        batch_size=value("size", recipe.batch_size),
        learning_rate=None if rate == usual else rate,
        optimizer=optimizer,
        distortion=value("distortion", recipe.distortion),
        seed=value("seed", DEFAULT_SEED),
    )


def stages(recipe: Recipe) -> str | None:
    """What the number of epochs is of; None where that needs no words."""
    if not recipe.later_stages:
        return None
    later = ", ".join(f"{share:.0%}" for share in recipe.later_stages)
    more = len(recipe.later_stages)
    return f"Of the first stage. {more} more follow, with {later} of this number."
