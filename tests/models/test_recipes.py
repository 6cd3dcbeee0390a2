"""The recipes: the settings that were published, and those of the recipe for drawings."""

from dataclasses import replace

import pytest

from recognizer.models import networks
from recognizer.models.recipes import OPTIMIZERS, RECIPES

# name: optimizer, batch size, epochs
PUBLISHED = {
    "functional-cnn": ("Adam", 128, 15),
    "mlp-baseline": ("Adam", 200, 10),
    "simple-cnn": ("Adam", 200, 10),
    "larger-cnn": ("Adam", 200, 10),
    "sgd-cnn": ("SGD", 32, 10),
    "compact-cnn": ("RMSprop", 64, 5),
    "adadelta-cnn": ("Adadelta", 128, 12),
}


def test_there_are_seven_published_recipes_and_one_for_drawings() -> None:
    assert list(RECIPES) == [*PUBLISHED, "robust-cnn"]
    for name, recipe in RECIPES.items():
        assert recipe.name == name
        assert callable(getattr(networks, recipe.network))
        assert (recipe.published is not None) == (name in PUBLISHED)
        assert recipe.drawings == (name == "robust-cnn")


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_recipe_is_as_published(name: str) -> None:
    recipe = RECIPES[name]
    assert (recipe.optimizer.name, recipe.batch_size, recipe.epochs) == PUBLISHED[name]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_is_built_with_its_settings(name: str) -> None:
    optimizer = OPTIMIZERS[name]
    built = optimizer.build()
    assert type(built).__name__ == name
    assert float(built.learning_rate) == pytest.approx(optimizer.learning_rate)
    assert {key: getattr(built, key) for key in optimizer.settings} == optimizer.settings


def test_some_optimizers_have_published_settings() -> None:
    assert OPTIMIZERS["SGD"].settings == {"momentum": 0.9}
    assert OPTIMIZERS["SGD"].learning_rate == 0.01
    assert OPTIMIZERS["Adadelta"].learning_rate == 1.0


def test_the_learning_rate_rises_and_ends_at_zero() -> None:
    optimizer = RECIPES["robust-cnn"].optimizer
    rate = optimizer.build(warmup_steps=10, decay_steps=90)._learning_rate
    rates = [float(rate(step)) for step in (0, 10, 55, 100)]
    expected = [0.05, 1, 0.5, 0]
    assert rates == pytest.approx([share * optimizer.learning_rate for share in expected], abs=1e-9)


def test_later_stages_take_their_share_of_the_epochs_rounded_up() -> None:
    assert RECIPES["sgd-cnn"].last_epochs == [10]
    assert RECIPES["robust-cnn"].last_epochs == [18, 27, 34]
    assert replace(RECIPES["robust-cnn"], epochs=2).last_epochs == [2, 3, 4]
