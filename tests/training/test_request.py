"""Training requests: every field checked, and the same after a journey as JSON."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.errors import ModelError, RequestError
from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.models.learned import Learned, write_learned
from recognizer.models.recipes import ADAM, OPTIMIZERS, RECIPES, learning_recipe
from recognizer.models.records import StartModel
from recognizer.training import request as request_module
from recognizer.training.request import (
    BEFORE_AND_AFTER,
    MAX_BATCH_SIZE,
    MAX_EPOCHS,
    MAX_LEARNING_RATE,
    ON_DRAWINGS,
    SEEDS,
    SPEED,
    STEP,
    TrainingRequest,
)
from tests.conftest import SHIPPED

NAME = "a-name-that-is-free"
requests = st.builds(
    TrainingRequest,
    recipe=st.sampled_from(list(RECIPES)),
    name=st.just(NAME),
    start_from=st.none() | st.sampled_from(list(RECIPES)),
    epochs=st.none() | st.integers(1, MAX_EPOCHS),
    batch_size=st.none() | st.integers(1, MAX_BATCH_SIZE),
    learning_rate=st.none() | st.floats(1e-7, MAX_LEARNING_RATE),
    optimizer=st.none() | st.sampled_from(list(OPTIMIZERS)),
    distortion=st.none() | st.booleans(),
    seed=st.integers(0, SEEDS - 1),
    hold_back=st.booleans(),
    replace=st.booleans(),
    learn=st.booleans(),
)


@given(requests)
def test_a_request_is_the_same_after_a_journey_as_json(request: TrainingRequest) -> None:
    content = json.loads(json.dumps(dataclasses.asdict(request)))
    assert TrainingRequest.from_json(content) == request


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "not a training request"),
        ([], "not a training request"),
        ({"recipe": "sgd-cnn"}, "name: Field required"),
        ({"recipe": "sgd-cnn", "name": 5}, "name: Input should be a valid string"),
        ({"recipe": "sgd-cnn", "name": "x", "epochs": "many"}, "epochs: Input should be"),
        ({"recipe": "sgd-cnn", "name": "x", "epochs": 1.5}, "epochs: Input should be"),
        ({"recipe": "sgd-cnn", "name": "x", "seed": None}, "seed: Input should be"),
    ],
)
def test_json_that_is_no_request_is_refused(content: object, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        TrainingRequest.from_json(content)


@given(requests)
def test_a_possible_request_passes_its_check(request: TrainingRequest) -> None:
    start = request.recipe if request.start_from or request.learn else None
    request = dataclasses.replace(request, start_from=start)
    request.check()
    recipe, usual = request.to_recipe(), RECIPES[request.recipe]
    if request.learn:
        usual = learning_recipe(usual)
    assert recipe.epochs == (request.epochs or usual.epochs)
    assert recipe.optimizer.name == (request.optimizer or usual.optimizer.name)
    assert request.learning_rate in (None, recipe.optimizer.learning_rate)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"recipe": "../x"}, r"no recipe '\.\./x'\. Choose one of functional-cnn, "),
        ({"optimizer": "Adagrad"}, "no optimizer 'Adagrad'. Choose one of Adam, "),
        ({"epochs": 0}, "Epochs: 0. Give a whole number from 1 to 1,000"),
        ({"epochs": 1001}, "Epochs: 1001"),
        ({"batch_size": 0}, "Batch size: 0. Give a whole number from 1 to 10,000"),
        ({"batch_size": 10_001}, "Batch size: 10001"),
        ({"learning_rate": 0.0}, "Learning rate: 0. Give a number above 0 and up to 100"),
        ({"learning_rate": -1.0}, "Learning rate: -1"),
        ({"learning_rate": 101.0}, "Learning rate: 101"),
        ({"learning_rate": float("nan")}, "Learning rate: nan"),
        ({"learning_rate": float("inf")}, "Learning rate: inf"),
        ({"seed": -1}, "Seed: -1. Give a whole number from 0 to 4,294,967,295"),
        ({"seed": 2**32}, "Seed: 4294967296"),
        ({"start_from": "simple-cnn"}, "do not fit 'sgd-cnn'"),
    ],
)
def test_an_impossible_request_is_refused_with_the_reason(
    change: dict[str, Any], reason: str
) -> None:
    request = dataclasses.replace(TrainingRequest("sgd-cnn", NAME), **change)
    with pytest.raises(RequestError, match=reason):
        request.check()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"start_from": "nowhere"}, "no model 'nowhere'"),
        ({"start_from": "../x"}, "not a valid model name"),
        ({"name": "sgd-cnn"}, "'sgd-cnn' is taken"),
        ({"name": "../x"}, "not a valid model name"),
    ],
)
def test_a_request_with_an_impossible_model_is_refused(change: dict[str, Any], reason: str) -> None:
    request = dataclasses.replace(TrainingRequest("sgd-cnn", NAME), **change)
    with pytest.raises(ModelError, match=reason):
        request.check()


def test_a_taken_name_may_be_replaced() -> None:
    TrainingRequest("sgd-cnn", "sgd-cnn", replace=True).check()


def test_a_request_keeps_what_it_does_not_name() -> None:
    changed = TrainingRequest("sgd-cnn", NAME, epochs=3, learning_rate=0.5).to_recipe()
    assert (changed.epochs, changed.batch_size) == (3, 32)
    assert changed.optimizer.learning_rate == 0.5
    assert changed.optimizer.settings == {"momentum": 0.9}
    assert TrainingRequest("robust-cnn", NAME).to_recipe() == RECIPES["robust-cnn"]
    assert TrainingRequest("sgd-cnn", NAME).to_recipe() == RECIPES["sgd-cnn"]


def test_holding_back_leaves_out_the_third_stage() -> None:
    changed = TrainingRequest("robust-cnn", NAME, hold_back=True).to_recipe()
    assert changed.last_epochs == RECIPES["robust-cnn"].last_epochs[:2]


def test_another_optimizer_comes_with_its_own_settings() -> None:
    assert TrainingRequest("sgd-cnn", NAME, optimizer="Adam").to_recipe().optimizer == ADAM
    assert TrainingRequest("sgd-cnn", NAME, optimizer="SGD").to_recipe() == RECIPES["sgd-cnn"]
    assert (
        TrainingRequest("robust-cnn", NAME, optimizer="AdamW").to_recipe() == RECIPES["robust-cnn"]
    )


# Learning from kept drawings


@pytest.mark.parametrize("name", RECIPES)
def test_learning_needs_no_drawings_and_keeps_the_network(name: str) -> None:
    request = TrainingRequest(name, NAME, start_from=name, learn=True)
    request.check()
    recipe = request.to_recipe()
    assert (recipe.name, recipe.network) == (name, RECIPES[name].network)
    assert not recipe.drawings  # so that UniPen is not fetched
    assert recipe.last_epochs == [recipe.epochs]
    assert dataclasses.replace(request, epochs=3).to_recipe().epochs == 3


def test_learning_needs_a_model_that_learns() -> None:
    with pytest.raises(RequestError, match="Name the model that learns"):
        TrainingRequest("sgd-cnn", NAME, learn=True).check()


# How long it takes


@pytest.fixture
def known() -> ModelEntry:
    return registry.find_model("sgd-cnn")


def test_the_estimate_follows_the_request(
    known: ModelEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_module, "machine_speed", lambda: SPEED)
    monkeypatch.delenv("PEN_DIGITS", raising=False)

    def seconds(**change: Any) -> float:
        estimate = TrainingRequest("sgd-cnn", NAME, **change).estimate_seconds([known])
        assert estimate
        return estimate - BEFORE_AND_AFTER

    usual = seconds()
    assert usual == pytest.approx(10 * known.seconds_per_epoch)
    assert seconds(epochs=20) == pytest.approx(2 * usual)
    assert seconds(batch_size=320) < usual < seconds(batch_size=8)
    assert seconds(distortion=True) > usual
    monkeypatch.setattr(request_module, "machine_speed", lambda: SPEED / 2)
    assert seconds() == pytest.approx(2 * usual)
    monkeypatch.setenv("PEN_DIGITS", __file__)  # it is then evaluated on them, too
    assert seconds() == pytest.approx(2 * usual + ON_DRAWINGS)


def test_the_estimate_counts_all_batches_of_a_training_on_drawings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half of each batch is MNIST, so an epoch has twice as many batches."""
    monkeypatch.setattr(request_module, "machine_speed", lambda: SPEED)
    known = registry.find_model("robust-cnn")
    epochs = RECIPES["robust-cnn"].last_epochs[-1]
    for size in (128, 512):
        request = TrainingRequest("robust-cnn", NAME, batch_size=size)
        more = 100_000 / size - 100_000 / 256
        estimate = request.estimate_seconds([known])
        usual = TrainingRequest("robust-cnn", NAME).estimate_seconds([known])
        assert estimate
        assert usual
        assert estimate - usual == pytest.approx(epochs * more * STEP)


def test_learning_takes_minutes_whatever_its_model_learned_before(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_module, "machine_speed", lambda: SPEED)
    for name in ("robust-cnn", "learned"):
        shutil.copytree(SHIPPED / "robust-cnn", models / name)
    found = Learned(StartModel("robust-cnn", "0", True), (), (), 0, 0.1, 0.5, ())
    write_learned(models / "learned", found)
    recipe = json.loads((models / "learned" / "recipe.json").read_text())
    recipe["trained_at"] = "2030-01-01T00:00:00+00:00"
    (models / "learned" / "recipe.json").write_text(json.dumps(recipe))
    known = registry.complete_models()
    request = TrainingRequest("robust-cnn", NAME, start_from="learned", learn=True)
    seconds = request.estimate_seconds(known)
    assert seconds
    assert 60 < seconds < 600
    assert seconds == request.estimate_seconds(known[1:])  # what has learned is no measure
    assert request.estimate_seconds(known[:1]) is None


def test_without_a_model_of_the_recipe_there_is_no_estimate(known: ModelEntry) -> None:
    other = registry.find_model("simple-cnn")
    without_history = dataclasses.replace(known, path=Path("/nowhere"))
    assert TrainingRequest("sgd-cnn", NAME).estimate_seconds([other, without_history]) is None
