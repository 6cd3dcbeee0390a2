"""Orders: every field checked, and the same on the command line."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import train as command
from recognizer.errors import ModelError
from recognizer.models import registry
from recognizer.models.recipes import ADAM, OPTIMIZERS, RECIPES
from recognizer.training.job_state import about
from recognizer.training.request import MOST_EPOCHS, MOST_IMAGES, SEEDS, TrainingRequest

NAME = "a-name-that-is-free"
orders = st.builds(
    TrainingRequest,
    recipe=st.sampled_from(list(RECIPES)),
    name=st.just(NAME),
    start_from=st.none() | st.sampled_from(list(RECIPES)),
    epochs=st.none() | st.integers(1, MOST_EPOCHS),
    batch_size=st.none() | st.integers(1, MOST_IMAGES),
    learning_rate=st.none() | st.floats(1e-7, 100),
    optimizer=st.none() | st.sampled_from(list(OPTIMIZERS)),
    distortion=st.none() | st.booleans(),
    seed=st.integers(0, SEEDS - 1),
    hold_back=st.booleans(),
    replace=st.booleans(),
)


@given(orders)
def test_the_command_line_says_the_same(order: TrainingRequest) -> None:
    args = command.parse(order.arguments())
    assert command.order_of(args.recipe, args) == order


@given(orders)
def test_what_may_be_asked_for_can_be_checked(order: TrainingRequest) -> None:
    order = dataclasses.replace(order, start_from=order.start_from and order.recipe)
    order.check()
    recipe = order.changed()
    assert recipe.epochs == (order.epochs or RECIPES[order.recipe].epochs)
    assert recipe.optimizer.name == (order.optimizer or RECIPES[order.recipe].optimizer.name)
    assert order.learning_rate in (None, recipe.optimizer.learning_rate)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"recipe": "../x"}, "no recipe"),
        ({"optimizer": "Adagrad"}, "no optimiser 'Adagrad'"),
        ({"epochs": 0}, "Epochs: 0. Give a whole number from 1 to 1,000"),
        ({"epochs": 1001}, "Epochs: 1001"),
        ({"epochs": 1.5}, "Epochs: 1.5"),
        ({"batch_size": 0}, "batch size: 0"),
        ({"batch_size": 10_001}, "batch size: 10001"),
        ({"learning_rate": 0.0}, "learning rate is 0;"),
        ({"learning_rate": -1.0}, "learning rate is -1;"),
        ({"learning_rate": float("nan")}, "learning rate is nan;"),
        ({"learning_rate": float("inf")}, "learning rate is inf;"),
        ({"seed": -1}, "seed: -1"),
        ({"seed": 2**32}, "seed: 4294967296"),
        ({"start_from": "simple-cnn"}, "do not fit into 'sgd-cnn'"),
        ({"start_from": "nowhere"}, "no model 'nowhere'"),
        ({"start_from": "../x"}, "cannot name a model"),
        ({"name": "sgd-cnn"}, "'sgd-cnn' already"),
        ({"name": ""}, "cannot name a model"),
        ({"name": "../x"}, "cannot name a model"),
        ({"name": "/etc/x"}, "cannot name a model"),
        ({"name": "con"}, "cannot name a model"),
        ({"name": "n" * 300}, "cannot name a model"),
        ({"name": "Ярослав"}, "cannot name a model"),
        ({"name": "٣"}, "cannot name a model"),
        ({"name": "a\n"}, "cannot name a model"),
    ],
)
def test_what_cannot_be_is_said(change: dict[str, Any], said: str) -> None:
    order = dataclasses.replace(TrainingRequest("sgd-cnn", NAME), **change)
    with pytest.raises(ModelError, match=said):
        order.check()


def test_another_optimiser_comes_with_its_own_settings() -> None:
    recipe = TrainingRequest("sgd-cnn", NAME, optimizer="Adam").changed()
    assert recipe.optimizer == ADAM
    assert TrainingRequest("sgd-cnn", NAME, optimizer="SGD").changed() == RECIPES["sgd-cnn"]
    assert TrainingRequest("robust-cnn", NAME, optimizer="AdamW").changed() == RECIPES["robust-cnn"]


def test_the_estimate_follows_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_estimate, "machine_speed", lambda: request_estimate.SPEED)
    known = registry.find_model("sgd-cnn")

    def seconds(**change: Any) -> float:
        told = request_estimate.seconds_of(TrainingRequest("sgd-cnn", NAME, **change), [known])
        assert told
        return told - request_estimate.BEFORE_AND_AFTER

    usual = seconds()
    assert usual == pytest.approx(10 * known.seconds_per_epoch)
    assert seconds(epochs=20) == pytest.approx(2 * usual)
    assert seconds(batch_size=320) < usual < seconds(batch_size=8)
    assert seconds(distortion=True) > usual
    monkeypatch.setattr(request_estimate, "machine_speed", lambda: request_estimate.SPEED / 2)
    assert seconds() == pytest.approx(2 * usual)


def test_without_a_model_of_the_recipe_there_is_no_estimate() -> None:
    other = registry.find_model("simple-cnn")
    assert request_estimate.seconds_of(TrainingRequest("sgd-cnn", NAME), [other]) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "5 s"), (33, "35 s"), (89, "90 s"), (100, "2 min"), (5000, "83 min"), (6000, "1.7 h")],
)
def test_times_in_words(seconds: float, said: str) -> None:
    assert about(seconds) == f"about {said}"
