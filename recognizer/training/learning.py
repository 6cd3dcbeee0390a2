"""Learning from kept drawings: a model goes on from its weights, and must not forget.

It is trained on kept drawings and on what it repeats: see student.py. Then its weights go only a
part of the way from the old ones to the new ones (M. Wortsman et al.: Robust fine-tuning of
zero-shot models, 2022). How many kept drawings are in a batch, and how far the weights go, is
decided by what the model then still knows: see retention.py. If it forgets whatever is chosen, no
model is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recognizer.collection.records import KeptDrawing
from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import DrawingDataset
from recognizer.errors import TrainingError
from recognizer.models import keras_network
from recognizer.models.evaluation import evaluate, network_of
from recognizer.models.folder import ModelEntry
from recognizer.models.learned import Learned, verdict, write_learned
from recognizer.models.recipes import DEFAULT_SEED, RECIPES, Recipe, learning_recipe
from recognizer.training import kept, pipeline
from recognizer.training.fit import Fitted, build, start_keras
from recognizer.training.kept import Kept
from recognizer.training.listener import ProgressListener
from recognizer.training.replay import Replay, carry_replay, gather
from recognizer.training.retention import Knowledge, Reader, measures
from recognizer.training.student import Student, Weights

SHARES = (1 / 16, 1 / 32)  # of a batch: kept drawings
INTERPOLATIONS = (0.65, 0.5)  # how far the weights go; any less, they hardly learn


def learn(  # noqa: PLR0913 - most of them by keyword
    start: ModelEntry,
    drawings: Sequence[KeptDrawing],
    name: str,
    *,
    data: Mnist,
    pen: DrawingDataset | None = None,
    seed: int = DEFAULT_SEED,
    replace: bool = False,
    listener: ProgressListener | None = None,
    recipe: Recipe | None = None,
) -> ModelEntry:
    """Make a model that has learned from kept drawings, and publish it.

    Args:
        start: The model that learns. It stays as it is.
        drawings: Kept drawings; those that are held out only judge the new model.
        name: Of the new model.
        data: MNIST.
        pen: Drawings to repeat, to check and to evaluate on; without them, it repeats and checks
            those in the folder of `start`.
        seed: 0 to 2**32 - 1. The same one gives the same weights on the same machine.
        replace: Replace a model of that name.
        listener: Learns how far it is.
        recipe: How; by default that of `learning_recipe`.

    Raises:
        RequestError: There are too few drawings to learn from.
        TrainingError: The model would forget more than it may.
        ModelError: The name is taken (and `replace` is not set) or not valid, or `start` is
            damaged.
    """
    listener = listener or ProgressListener()
    recipe = recipe or learning_recipe(RECIPES[start.recipe.name])
    lesson = Lesson(start, recipe, drawings, data, pen, seed, listener)
    settings = pipeline.settings_of(recipe, seed, start)
    making = pipeline.Making(recipe, settings, data, name, replace, listener)
    return making.publish(lesson.fit, lesson.add)


@dataclass(frozen=True, eq=False)
class Attempt:
    """A network that has learned, with `share` of each batch kept drawings.

    Attributes:
        interpolation: How far its weights went; 0 if it forgets however far they go.
        weights: These weights.
        history: A row for each epoch.
        forgotten: What it forgets, in words; empty unless `interpolation` is 0.
        read: The share of the drawings that it learned from that it reads correctly.
    """

    share: float
    interpolation: float
    weights: Weights
    history: pd.DataFrame
    forgotten: list[str]
    read: float = 0.0


@dataclass(frozen=True, eq=False)
class Lesson:
    """One model's learning from kept drawings; its attributes are arguments of `learn`."""

    start: ModelEntry
    recipe: Recipe
    drawings: Sequence[KeptDrawing]
    data: Mnist
    pen: DrawingDataset | None
    seed: int
    listener: ProgressListener

    @cached_property
    def student(self) -> Student:
        old: Weights = keras_network.load(self.start).get_weights()
        return Student(self.recipe, old, self.data.validation, self.seed, self.listener)

    @cached_property
    def kept(self) -> Kept:
        return Kept.of(self.drawings, self.student.classes)

    @cached_property
    def replay(self) -> Replay:
        return gather(self.data, self.pen, self.start.path, self.seed)

    @property
    def reader(self) -> Reader:
        """The network as it is now, with the calibration that it starts with."""
        return Reader(self.student.network, self.start.calibration)

    def fit(self) -> Fitted:
        """Let the network learn as much as it can without forgetting.

        Raises:
            RequestError: There are too few drawings to learn from.
            TrainingError: It forgets, whatever is chosen.
        """
        start_keras(self.seed)
        self.listener.on_phase("Preparing the drawings")
        if self.kept.left_out:
            print(f"Left out, as this network cannot learn from them: {self.kept.left_out}.")
        best, model = self.best, self.student.model
        model.set_weights(best.weights)
        report = evaluate(network_of(model), self.data.validation)
        # The weights that are kept are not those of the last epoch.
        last = best.history.index[-1]
        best.history.loc[last, ["val_loss", "val_accuracy"]] = report.loss, report.accuracy
        fitted = Fitted(model, best.history, self.start.calibration)
        if self.start.recipe.saw_held_out:  # its calibration is from before it saw them
            return fitted
        return pipeline.with_benchmark(fitted, self.pen, self.listener)

    @cached_property
    def best(self) -> Attempt:
        """The attempt that forgets nothing, and reads most of what it learned from.

        Raises:
            TrainingError: There is none.
        """
        attempts: list[Attempt] = []
        for share in SHARES:
            attempts.append(self._attempt(share))
            if attempts[-1].interpolation == max(INTERPOLATIONS):
                break
        good = [attempt for attempt in attempts if attempt.interpolation]
        if not good:
            raise TrainingError(
                "Nothing was learned: the model would forget what it knows. It would read worse: "
                f"{', '.join(attempts[-1].forgotten)}. Look through the kept drawings for wrong "
                "labels, and for signs that look like another digit; then train again."
            )
        return max(good, key=lambda attempt: attempt.read)

    def _attempt(self, share: float) -> Attempt:
        """Train with this share, and go as far as nothing is forgotten."""
        student, forgotten = self.student, list[str]()
        before, doubted, repeated = self._before
        history = student.train(student.batches(self.kept.training, share, repeated))
        self.listener.on_phase("Checking what it still knows")
        new = student.model.get_weights()
        for far in INTERPOLATIONS:
            weights = [a + far * (b - a) for a, b in zip(student.old, new, strict=True)]
            student.model.set_weights(weights)
            forgotten = Knowledge.of(self.reader, self.replay).forgotten(before, doubted)
            if not forgotten:
                read = self.reader.read(kept.as_read(self.kept.training)).correct.mean()
                return Attempt(share, far, weights, history, [], float(read))
        return Attempt(share, 0.0, student.old, history, forgotten)

    @cached_property
    def _before(
        self,
    ) -> tuple[Knowledge, frozenset[int], tuple[NDArray[np.uint8], NDArray[np.float32]]]:
        """What the network knows before it learns, which labels it doubts, what it repeats."""
        known, drawings = Knowledge.of(self.reader, self.replay), self.kept.training
        doubted = self.reader.read(kept.as_read(drawings)).doubted(kept.weights(drawings))
        return known, doubted, self.student.targets(self.replay.training)

    def add(self, folder: Path, fitted: Fitted) -> None:
        """Add what learning has changed, and what a later learning repeats, to the new folder."""
        old = build(self.recipe, self.student.old)
        before = Reader(network_of(old), self.start.calibration)
        after = Reader(network_of(fitted.model), fitted.calibration)
        held_out = kept.as_read(self.kept.held_out)
        earlier = self.start.learned.trained_on if self.start.learned else ()
        learned = Learned(
            start=pipeline.start_model(self.start),
            trained_on=tuple(dict.fromkeys((*earlier, *_digests(self.kept.training)))),
            held_out=_digests(self.kept.held_out),
            left_out=self.kept.left_out,
            share=self.best.share,
            interpolation=self.best.interpolation,
            measures=measures(before, after, held_out, self.data, self.pen),
        )
        write_learned(folder, learned)
        carry_replay(self.start.path, folder)
        print(verdict(learned), flush=True)


def _digests(drawings: Sequence[KeptDrawing]) -> tuple[str, ...]:
    return tuple(each.digest[:16] for each in drawings)
