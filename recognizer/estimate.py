"""How long a training will take on this machine, by those that there were."""

from __future__ import annotations

from collections.abc import Iterable

from recognizer.architectures import RECIPES
from recognizer.data import TRAINING_IMAGES
from recognizer.measuring import machine_speed
from recognizer.model_folder import ModelEntry
from recognizer.order import Order

# Measured where the shipped models were trained, which do not tell it of themselves.
SPEED = 195.0  # GFLOPS of `machine_speed`
STEP = 0.002  # seconds that a batch costs beside its images
DISTORTION = 15e-6  # seconds that an image costs to bend
BEFORE_AND_AFTER = 12.0  # seconds to load TensorFlow and MNIST, and to test what came out


def seconds_of(order: Order, models: Iterable[ModelEntry]) -> float | None:
    """Seconds until the model is there; None where none of these models tells.

    Raises:
        ModelError: There is no such recipe or optimiser.
    """
    recipe = order.changed()
    told = [
        model
        for model in models
        if model.recipe["recipe"] == recipe.name and not model.history.empty
    ]
    if not told:
        return None
    known = max(told, key=lambda model: str(model.recipe.get("trained_at")))
    usual = RECIPES[recipe.name]
    batch_size = known.recipe.get("batch_size") or usual.batch_size
    batches = TRAINING_IMAGES / recipe.batch_size - TRAINING_IMAGES / batch_size
    bent = bool(known.recipe.get("distortion", usual.distortion))
    seconds = known.seconds_per_epoch * _slower(known) + batches * STEP
    seconds += (recipe.distortion - bent) * TRAINING_IMAGES * DISTORTION
    epochs = recipe.last_epochs[-1]
    return max(seconds, 1.0) * epochs + BEFORE_AND_AFTER


def _slower(known: ModelEntry) -> float:
    """How many times longer this machine takes than the one on which a model was trained."""
    return float((known.recipe.get("machine_gflops") or SPEED) / machine_speed())
