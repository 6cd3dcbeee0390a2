"""A sweep: what is typed becomes values, and every combination of them a training."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import RECIPES
from recognizer.training import sweep
from recognizer.training.request import TrainingRequest

BASE = TrainingRequest("simple-cnn", "simple-cnn")


@pytest.mark.parametrize(
    ("text", "values"),
    [("3", [3]), ("0-4", [0, 1, 2, 3, 4]), (" 7, 1 ,1-2,", [7, 1, 2]), ("5-5", [5])],
)
def test_whole_numbers_may_be_ranges(text: str, values: list[int]) -> None:
    assert sweep.whole_numbers(text) == values


def test_other_values_are_a_list() -> None:
    assert sweep.decimals("0.001, 2e-3,0.001") == [0.001, 0.002]
    assert sweep.optimizers("Adam,SGD") == ["Adam", "SGD"]


@pytest.mark.parametrize(("text", "values"), [("3", [0, 1, 2]), ("3-4", [3, 4]), ("9,", [9])])
def test_a_number_of_seeds_counts_them(text: str, values: list[int]) -> None:
    assert sweep.seeds(text) == values


def test_every_combination_is_one_training_with_a_name_of_its_own() -> None:
    values: dict[str, list[Any]] = {
        "learning_rate": [0.001, 2e-5],
        "optimizer": ["Adam", "SGD"],
        "seed": [0, 7],
    }
    requests = sweep.combine(BASE, values)
    asked = [(each.learning_rate, each.optimizer, each.seed) for each in requests]
    assert asked == list(product(*values.values()))
    names = [registry.check_name(request.name) for request in requests]
    assert names[1] == "simple-cnn-rate-0-001-adam-seed-7"
    assert names[4] == "simple-cnn-rate-2e-05-adam-seed-0"
    assert len(set(names)) == 8


def test_a_single_value_changes_no_name() -> None:
    (request,) = sweep.combine(BASE, {"epochs": [3], "seed": [5]})
    assert request == replace(BASE, epochs=3, seed=5)


def test_what_was_trained_before_is_not_missing(
    model_copy: Path, shipped_model: ModelEntry
) -> None:
    name = shipped_model.recipe.name
    requests = sweep.combine(TrainingRequest(name, name), {"seed": [0, 1]})
    missing, done = sweep.split_done(requests)
    assert [request.seed for request in missing] == [1]
    assert [model.name for model in done] == [name]
    found = [sweep.model_of(request, done) for request in requests]
    assert found == [done[0], None]
    (named,) = sweep.with_free_names([replace(missing[0], name=name)])
    assert named.name == f"{name}-2"


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 3},
        {"learning_rate": 0.1},
        {"optimizer": "SGD"},
        {"distortion": True},
        {"batch_size": 7},
        {"start_from": "other"},
        {"learn": True},
    ],
    ids=str,
)
def test_a_model_with_other_settings_is_another_one(
    shipped_model: ModelEntry, change: dict[str, Any]
) -> None:
    request = TrainingRequest(shipped_model.recipe.name, "x")
    assert sweep.is_of(shipped_model, request)
    assert not sweep.is_of(shipped_model, replace(request, **change))


@pytest.fixture
def shipped_model() -> ModelEntry:
    return registry.find_model("larger-cnn")


def test_each_shipped_model_is_of_its_recipe() -> None:
    for name in RECIPES:
        assert sweep.is_of(registry.find_model(name), TrainingRequest(name, "x"))
