"""The part of the Retrain form in which fields have several values: a training for each."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from recognizer import cluster
from recognizer.errors import RequestError
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import OPTIMIZERS, Recipe
from recognizer.training.capacity import at_once
from recognizer.training.job_state import about
from recognizer.training.request import TrainingRequest
from recognizer.training.sweep import (
    combine,
    decimals,
    split_done,
    whole_numbers,
    with_free_names,
)
from recognizer.ui import recipe_form

MOST = 100  # trainings that a page starts together
TOGETHER = 0.75  # of the time that trainings take one after the other, each on all cores
DISTORTIONS = {"Without": [False], "With": [True], "Both": [False, True]}
# The fields for several values: what parses each, its label, and an example.
TEXTS: dict[str, tuple[Callable[[str], Sequence[Any]], str, str]] = {
    "epochs": (whole_numbers, "Epochs", "5, 10 or 5-8"),
    "batch_size": (whole_numbers, "Batch size", "64, 128"),
    "learning_rate": (decimals, "Learning rate", "0.001, 0.002"),
    "seed": (whole_numbers, "Seed", "0-4"),
}
FIELDS = (*TEXTS, "optimizer", "distortion", "name")


def wants_several(recipe: Recipe) -> bool:
    """Ask whether fields have several values; keep what the fields hold that are not shown now."""
    wanted = st.toggle(
        "Several values",
        key=_key("values", recipe),
        help=(
            "Give several values for a field, such as 0-4 or 0.001, 0.002. Every combination is "
            f"trained, {MOST} at most. The page *Training* compares the models."
        ),
    )
    own = [_key(field, recipe) for field in FIELDS]
    _keep(recipe_form.keys(recipe) if wanted else own)
    return wanted


def _keep(keys: Iterable[str]) -> None:
    """Set values again that Streamlit would forget with their fields."""
    for key in keys:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def _key(field: str, recipe: Recipe) -> str:
    return f"several-{field}-{recipe.name}"


def ask(recipe: Recipe, start_from: str | None) -> list[TrainingRequest]:
    """The fields, with room for several values; return a request for every combination.

    Raises:
        RequestError: What was typed is no list of values, or there are too many.
    """
    usual = _usual(recipe)
    left, right = st.columns(2)  # a row each, so that on a phone they keep their order
    texts = {"epochs": _text(left, "epochs", recipe, usual, help=recipe_form.stages(recipe))}
    texts["batch_size"] = _text(right, "batch_size", recipe, usual)
    left, right = st.columns(2)
    optimizers = left.multiselect(
        "Optimizer",
        list(OPTIMIZERS),
        usual["optimizer"],
        key=_key("optimizer", recipe),
        placeholder="Choose some",
    )
    texts["learning_rate"] = _text(
        right, "learning_rate", recipe, usual, placeholder="The usual one"
    )
    left, right = st.columns(2)
    texts["seed"] = _text(left, "seed", recipe, usual)
    name = right.text_input(
        "Name",
        usual["name"],
        key=_key("name", recipe),
        help="The beginning of each name. What differs follows, as in mine-rate-0-002-seed-3.",
        live=True,
    )
    distortion = st.segmented_control(
        "Distortion",
        list(DISTORTIONS),
        default=usual["distortion"],
        key=_key("distortion", recipe),
        required=True,
        help=recipe_form.DISTORTION,
    )
    if not optimizers:
        raise RequestError("Optimizer: choose at least one.")
    several: dict[str, Sequence[Any]] = {"optimizer": optimizers}
    several |= {"distortion": DISTORTIONS[str(distortion)]} | _parse(texts)
    return combine(TrainingRequest(recipe.name, name.strip(), start_from), several)


def _usual(recipe: Recipe) -> dict[str, str]:
    """What the fields hold at first: what those for single values do.

    They are the fields' own defaults. Set in the session's state, they would not reach the
    browser of somebody who types while the fields appear, because that runs the script again.
    """
    before = recipe_form.typed(recipe)
    rate = before.learning_rate
    return {
        "epochs": str(before.epochs),
        "batch_size": str(before.batch_size),
        "learning_rate": "" if rate is None else f"{rate:g}",
        "seed": str(before.seed),
        "optimizer": before.optimizer or recipe.optimizer.name,
        "distortion": "With" if before.distortion else "Without",
        "name": before.name or recipe.name,
    }


def _text(place: Any, field: str, recipe: Recipe, usual: Mapping[str, str], **options: Any) -> str:
    """A field for values."""
    _, label, example = TEXTS[field]
    options["help"] = f"Such as {example}. {options.get('help') or ''}".strip()
    text: str = place.text_input(label, usual[field], key=_key(field, recipe), live=True, **options)
    return text


def _parse(texts: Mapping[str, str]) -> dict[str, Sequence[Any]]:
    """The values of each field; of the learning rate, none where nothing was typed."""
    values: dict[str, Sequence[Any]] = {}
    for field, text in texts.items():
        parse, label, _ = TEXTS[field]
        if field == "learning_rate" and not text.strip():
            continue
        try:
            values[field] = parse(text)
        except RequestError as error:
            raise RequestError(f"{label}: {error}") from error
    return values


def plan(requests: Sequence[TrainingRequest], trained: list[ModelEntry]) -> list[TrainingRequest]:
    """Say what will be trained, and what is there already; return what is missing.

    Raises:
        RequestError: Nothing is missing, or too much, or a value is not possible.
        ModelError: The name is not.
    """
    missing, made = split_done(requests, trained)
    if made:
        names = ", ".join(model.name for model in made[:3]) + (", …" if len(made) > 3 else "")
        number = "1 of these models is" if len(made) == 1 else f"{len(made)} of these models are"
        st.caption(f"{number} there already and left out: {names}.")
    if not missing:
        raise RequestError("All of these models are there. Change a value to train others.")
    if len(missing) > MOST:
        raise RequestError(
            f"These are {len(missing)} trainings. Ask for {MOST} at most; train.py takes more."
        )
    missing = with_free_names(missing)
    for request in missing:
        request.check()  # nothing can be said of what is impossible
    st.caption(f"{in_words(missing, trained)}. You can keep drawing.")
    return missing


def in_words(requests: Sequence[TrainingRequest], trained: list[ModelEntry]) -> str:
    """How many trainings there are, where, and how long that takes on this machine."""
    number = f"{len(requests)} training{'s' * (len(requests) > 1)}"
    if cluster.address_of():
        return f"{number} on the cluster"
    together = min(at_once(), len(requests))
    if together > 1:
        number += f", {together} at a time"
    alike = Counter(replace(request, name="", seed=0) for request in requests)
    times = {each: each.estimate_seconds(trained) for each in alike}  # the seed takes no time
    seconds = sum(count * (times[each] or math.nan) for each, count in alike.items())
    if math.isnan(seconds):
        return f"{number}, on this machine"
    return f"{number}: {about(seconds * (TOGETHER if together > 1 else 1))} on this machine"
