"""A sweep: several values for the fields of a training request, and a run for every combination."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any, TypeVar

from recognizer.errors import RequestError
from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.models.records import TrainedRecipe
from recognizer.training.request import TrainingRequest

MOST = 1000  # runs of a sweep
T = TypeVar("T", int, float, str)
# What stands before a value in the name of a model.
SHORT = {"epochs": "epochs", "batch_size": "batch", "learning_rate": "rate", "seed": "seed"}


def whole_numbers(text: str) -> list[int]:
    """Take "0, 3" or "0-4", each value once; raises RequestError as the next ones do."""
    return _values(text, _range, "0, 3 or 0-4")


def decimals(text: str) -> list[float]:
    """Take "0.001, 0.002"."""
    return _values(text, lambda part: [float(part)], "0.001, 0.002")


def optimizers(text: str) -> list[str]:
    """Take "Adam, SGD"; whether there are such ones is checked later."""
    return _values(text, lambda part: [part], "Adam, SGD")


def seeds(text: str) -> list[int]:
    """As `whole_numbers`, but a single number says how many seeds, from 0 on."""
    values = whole_numbers(text)
    return whole_numbers(f"0-{values[0] - 1}") if text.strip().isdigit() else values


def _values(text: str, parse: Callable[[str], Iterable[T]], example: str) -> list[T]:
    """What is between commas, each value once.

    Raises:
        RequestError: There is none, or it is of another kind; or there are too many.
    """
    values: dict[T, None] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            values |= dict.fromkeys(parse(part))
        except ValueError as error:
            raise RequestError(f"{part!r} is no value. Give some, such as {example}.") from error
    if not values:
        raise RequestError("Give at least one value.")
    return list(values)


def _range(part: str) -> Sequence[int]:
    first, dash, last = part.partition("-")
    values = range(int(first), int(last if dash else first) + 1)
    if not values:
        raise ValueError(part)
    if (number := values.stop - values.start) > MOST:
        raise RequestError(f"{part} are {number:,} values. Give {MOST:,} at most.")
    return values


def combine(base: TrainingRequest, values: Mapping[str, Sequence[Any]]) -> list[TrainingRequest]:
    """Make a request for every combination of values.

    Args:
        base: What they share. Its name is the beginning of each name.
        values: The values of each field that has several, or one.

    Raises:
        RequestError: There are too many combinations.
    """
    number = prod(map(len, values.values()))
    if number > MOST:  # said before they are made
        raise RequestError(f"These are {number:,} trainings. Ask for {MOST:,} at most.")
    several = {field: chosen for field, chosen in values.items() if len(chosen) > 1}
    fixed = {field: chosen[0] for field, chosen in values.items() if len(chosen) == 1}
    shared = replace(base, **fixed)
    return [
        replace(shared, **changes, name=_name(base.name, changes))
        for combination in product(*several.values())
        for changes in [dict(zip(several, combination, strict=True))]
    ]


def _name(base: str, changes: Mapping[str, Any]) -> str:
    """The name of one of them: simple-cnn-rate-0-002-seed-3."""
    parts = [base, *(_part(field, value) for field, value in changes.items())]
    return "-".join(parts)


def _part(field: str, value: Any) -> str:
    if field == "optimizer":
        return str(value).lower()
    if field == "distortion":
        return "distorted" if value else "undistorted"
    return f"{SHORT[field]}-{str(value).replace('.', '-')}"  # in full: no two are the same


def with_free_names(requests: Iterable[TrainingRequest]) -> list[TrainingRequest]:
    """The same, each with a name that no model has."""
    return [
        request if request.replace else replace(request, name=registry.free_name(request.name))
        for request in requests
    ]


def split_done(
    requests: Iterable[TrainingRequest], models: Sequence[ModelEntry] | None = None
) -> tuple[list[TrainingRequest], list[ModelEntry]]:
    """Divide requests into those to train, and the models that others have made before.

    A request that replaces is always one to train. `models` are those to look among, by default
    all.
    """
    missing, done = [], []
    known = registry.complete_models() if models is None else models
    for request in requests:
        made = None if request.replace else model_of(request, known)
        if made:
            done.append(made)
        else:
            missing.append(request)
    return missing, done


def model_of(request: TrainingRequest, models: Iterable[ModelEntry]) -> ModelEntry | None:
    """The first of the models that was made with the settings of a request."""
    return next((model for model in models if is_of(model, request)), None)


def is_of(model: ModelEntry, request: TrainingRequest) -> bool:
    """Whether a model was made with the settings of a request, whatever it is called."""
    if model.learned or request.learn:
        return False
    return _settings(model.recipe) == _wanted(request)


def _settings(recipe: TrainedRecipe) -> tuple[object, ...]:
    """What tells one training from another."""
    return (
        recipe.name,
        recipe.start_from.name if recipe.start_from else None,
        recipe.optimizer,
        recipe.batch_size,
        recipe.epochs,
        bool(recipe.distortion),
        recipe.seed,
        recipe.drawings.saw_held_out if recipe.drawings else None,
    )


def _wanted(request: TrainingRequest) -> tuple[object, ...]:
    recipe = request.to_recipe()
    return (
        recipe.name,
        request.start_from,
        recipe.optimizer,
        recipe.batch_size,
        recipe.epochs,
        recipe.distortion,
        request.seed,
        len(recipe.later_stages) > 1 if recipe.drawings else None,
    )
