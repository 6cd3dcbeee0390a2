"""The recipes: seven published ones and one for drawings, by name.

A recipe is a network with its initializer, optimizer, batch size, epochs and
validation. Keras is imported when a network is built, so that recipes can be listed
at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

if TYPE_CHECKING:
    import keras

DEFAULT_SEED = 0
Word = Annotated[str, Field(max_length=100)]  # as a file may hold it
VALIDATION = "last 10,000 training images"  # for all recipes, whatever was published


@dataclass(frozen=True)
class Published:
    """What the tutorial printed on the 10,000 test images, and what it validated on."""

    accuracy: float  # share of the test images, 0 to 1
    validation: Word = ""
    loss: float | None = None  # mean cross-entropy in nats; None where it was not printed


@dataclass(frozen=True)
class Optimizer:
    """A Keras optimizer by its class name, with every setting that is not Keras's default."""

    name: Word
    learning_rate: float
    settings: Annotated[dict[Word, float | bool], Field(max_length=50)]

    def build(self, warmup_steps: int = 0, decay_steps: int = 0) -> keras.Optimizer:
        """Return it; with steps to decay in, the rate rises first and ends at 0 on a cosine."""
        import keras

        rate: Any = self.learning_rate
        if decay_steps:
            rate = keras.optimizers.schedules.CosineDecay(
                rate / 20, decay_steps, warmup_target=rate, warmup_steps=warmup_steps
            )
        return getattr(keras.optimizers, self.name)(learning_rate=rate, **self.settings)


@dataclass(frozen=True)
class Recipe:
    """How one model is made. The validation images are the same 10,000 for all recipes."""

    name: str
    network: str  # the function in networks.py that builds it
    optimizer: Optimizer
    batch_size: int
    epochs: int
    published: Published | None  # None: the network is this project's own
    initializer: str = "glorot_uniform"
    drawings: bool = False  # also trained on drawn digits and on non-digits
    distortion: bool = False  # images are distorted differently each time
    later_stages: tuple[float, ...] = ()  # their epochs, each as a share of `epochs`

    @property
    def last_epochs(self) -> list[int]:
        """The last epoch of each stage, counted from 1 over all."""
        later = (math.ceil(self.epochs * share) for share in self.later_stages)
        return list(accumulate([self.epochs, *later]))

    def build(self) -> keras.Model:
        """Return the network with fresh weights, not compiled."""
        from recognizer.models import networks

        network: keras.Model = getattr(networks, self.network)(self.initializer)
        return network


ADAM = Optimizer("Adam", 0.001, {})
SGD = Optimizer("SGD", 0.01, {"momentum": 0.9})
RMSPROP = Optimizer("RMSprop", 0.001, {})
# 1.0 was Adadelta's default rate when its tutorial was written; today's 0.001 does not
# come near the published figure.
ADADELTA = Optimizer("Adadelta", 1.0, {"rho": 0.95})
ADAMW = Optimizer("AdamW", 0.001, {})
# The optimizers that can be chosen instead of a recipe's own, by name.
OPTIMIZERS = {each.name: each for each in (ADAM, ADAMW, SGD, RMSPROP, ADADELTA)}
TEST_IMAGES = "test images"  # what some tutorials validated on; the product never does

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "functional-cnn",
            "functional_cnn",
            ADAM,
            batch_size=128,
            epochs=15,
            published=Published(0.9895, "last 10,000 training images", loss=0.0321),
        ),
        Recipe(
            "mlp-baseline",
            "mlp_baseline",
            ADAM,
            batch_size=200,
            epochs=10,
            published=Published(0.9813, TEST_IMAGES),
            initializer="random_normal",
        ),
        Recipe(
            "simple-cnn",
            "simple_cnn",
            ADAM,
            batch_size=200,
            epochs=10,
            published=Published(0.9904, TEST_IMAGES),
        ),
        Recipe(
            "larger-cnn",
            "larger_cnn",
            ADAM,
            batch_size=200,
            epochs=10,
            published=Published(0.9917, TEST_IMAGES),
        ),
        Recipe(
            "sgd-cnn",
            "sgd_cnn",
            SGD,
            batch_size=32,
            epochs=10,
            published=Published(0.9919, "random 10 % of the training images", loss=0.0325),
            initializer="he_uniform",
        ),
        Recipe(
            "compact-cnn",
            "compact_cnn",
            RMSPROP,
            batch_size=64,
            epochs=5,
            published=Published(0.9918, "none"),
        ),
        Recipe(
            "adadelta-cnn",
            "adadelta_cnn",
            ADADELTA,
            batch_size=128,
            epochs=12,
            published=Published(0.9891, TEST_IMAGES, loss=0.0435),
        ),
        Recipe(
            "robust-cnn",
            "robust_cnn",
            Optimizer(
                "AdamW",
                0.002,
                {"weight_decay": 0.01, "use_ema": True, "ema_momentum": 0.998},
            ),
            batch_size=256,
            epochs=18,
            published=None,
            drawings=True,
            distortion=True,
            later_stages=(1 / 2, 3 / 8),
        ),
    )
}


def learning_recipe(recipe: Recipe) -> Recipe:
    """How a model of a recipe learns from kept drawings: `training/learning.py` has the rest."""
    return replace(
        recipe,
        optimizer=Optimizer("AdamW", 0.002, {"weight_decay": 0.01}),
        batch_size=256,
        epochs=4,
        published=None,
        drawings=False,  # it needs none: there are some in the folder of the model
        distortion=True,
        later_stages=(),
    )
