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


def parse_values(text: str, kind: Callable[[str], T]) -> list[T]:
    """Take "0.001, 0.002", or with whole numbers also "0-4", each value once.

    Raises:
        RequestError: A value is not of this kind, or there are too many.
    """
    values: dict[T, None] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            values |= dict.fromkeys(_range(part) if kind is int else [kind(part)])  # type: ignore[arg-type]
        except ValueError as error:
            example = "0, 3 or 0-4" if kind is int else "0.001, 0.002"
            raise RequestError(f"{part!r} is no value. Give some, such as {example}.") from error
    if not values:
        raise RequestError("Give at least one value.")
    return list(values)


def parse_seeds(text: str) -> list[int]:
    """As `parse_values`, but a single number says how many seeds, from 0 on."""
    values = parse_values(text, int)
    return parse_values(f"0-{values[0] - 1}", int) if text.strip().isdigit() else values


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
    models, missing, done = registry.complete_models() if models is None else models, [], []
    for request in requests:
        made = None if request.replace else next((m for m in models if is_of(m, request)), None)
        if made:
            done.append(made)
        else:
            missing.append(request)
    return missing, done


def models_of(requests: Iterable[TrainingRequest]) -> list[ModelEntry]:
    """The models that requests have made, now or before."""
    models = registry.complete_models()
    found = (next((m for m in models if is_of(m, request)), None) for request in requests)
    return [model for model in found if model]


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
