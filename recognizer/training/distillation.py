"""A network that learns from labels and, later, also from what it gave itself.

Some labels are wrong, and some drawings could be two digits: what a trained network gives for an
image says more than its label alone (G. Hinton et al.: Distilling the Knowledge in a Neural
Network, 2015; T. Furlanello et al.: Born-Again Neural Networks, 2018).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recognizer.models.evaluation import SCORES, Network, network_of
from recognizer.models.recipes import Recipe
from recognizer.training.batches import Mixture
from recognizer.training.fit import build

if TYPE_CHECKING:
    import keras

LABEL_SHARE = 0.5  # of what the student is to give; the rest is what the teacher gives


@dataclass(frozen=True, eq=False)
class Learner:
    """A network that is trained: from labels alone or, as a student, also from a teacher.

    Attributes:
        model: Images (n, 28, 28, 1) -> probabilities of the ten digits.
        teacher: Images (n, 28, 28, 1) -> probabilities (n, 11).
    """

    model: keras.Model
    teacher: keras.Model | None = None

    @classmethod
    def student(cls, recipe: Recipe, weights: list[NDArray[Any]]) -> Learner:
        """A network that goes on from these weights, and learns from what they give."""
        return cls(build(recipe, weights), with_all_outputs(build(recipe, weights)))

    @cached_property
    def trainer(self) -> keras.Model:
        """What Keras fits."""
        return with_all_outputs(self.model)

    @property
    def network(self) -> Network:
        """How it reads digits."""
        return network_of(self.model)

    def batches(
        self, mixture: Mixture, seed: int, epoch: int
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Yield images (n, 28, 28, 1) and the probabilities to give (n, 11), from an epoch on."""
        for images, labels in mixture.batches(seed, epoch):
            yield images, self.targets(images, labels)

    def targets(
        self, images: NDArray[np.float32], labels: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """The probabilities to give: of the label, and the teacher's; (n, 11)."""
        known = np.eye(self.trainer.output_shape[-1], dtype=np.float32)[labels]
        if self.teacher is None:
            return known
        given = np.asarray(self.teacher.predict_on_batch(images))
        return LABEL_SHARE * known + (1 - LABEL_SHARE) * given


def with_all_outputs(network: keras.Model) -> keras.Model:
    """The network with its eleven outputs: the ten digits, and no digit."""
    import keras

    return keras.Model(network.input, network.get_layer(SCORES).output)
