"""Training on MNIST and drawings together, in three stages and any number of interruptions.

1. The first stage is the long one. It leaves the validation and held-out institutions aside. Some
   labels are wrong (a bare stroke is called a 4); a network that has seen a drawing many times and
   still doubts its label is mostly right, so such drawings are left out from then on.
2. In the second stage the network also learns from what it gave at the end of the first: it is
   its own teacher. At the end it is scored on the drawings that were held out, and its confidence
   is calibrated.
3. The third adds those drawings. The final model is trained on all of them; its scores and its
   calibration are from before this stage.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import HELD_OUT, VALIDATION, DrawingDataset, StrokeDataset
from recognizer.errors import MissingDatasetError
from recognizer.models.drawing_benchmark import TYPICAL, DrawingBenchmark
from recognizer.models.evaluation import Network, evaluate
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import Recipe
from recognizer.models.records import DrawingPlan, TrainedRecipe
from recognizer.training.batches import Mixture
from recognizer.training.checkpoint import Checkpoint, Verdict
from recognizer.training.distillation import LABEL_SHARE, Learner
from recognizer.training.fit import VERBOSE, Fitted, build, report_to, start_keras
from recognizer.training.listener import ProgressListener

if TYPE_CHECKING:
    import keras

FORMAT = 3  # of checkpoints: raise it after a change that no setting and no batch shows
APART = (*VALIDATION, *HELD_OUT)  # institutions that only the third stage trains on
LATER_RATE = 1 / 2  # of the first stage's learning rate
DOUBTFUL = 0.7  # a label that gets less, from a network trained on it, is doubtful
MOST_DOUBTFUL = 0.03  # of all labels: a network that was trained too briefly doubts many
WARM_UP = 0.04  # share of a stage's steps in which the learning rate rises
STATISTICS_BATCHES = 40  # that batch normalization is estimated on, after averaging


@dataclass(frozen=True, eq=False)
class Run:
    """One training: what, on what, and where its state is kept between interruptions."""

    recipe: Recipe
    data: Mnist
    drawings: DrawingDataset
    seed: int
    checkpoint: Checkpoint
    listener: ProgressListener
    start: ModelEntry | None = None  # the model that it starts from
    weights: list[NDArray[Any]] | None = None  # its weights

    def mixture(self, drawings: DrawingDataset) -> Mixture:
        """What a stage trains on: MNIST with these drawings."""
        return _mixture(self.recipe, self.data, drawings)


@dataclass(frozen=True, eq=False)
class Stage:
    """A run of epochs over one mixture; its learning rate rises, then falls to zero."""

    first: int  # its first epoch, counted from 1 over all stages
    last: int
    rate: float
    mixture: Mixture

    def optimizer(self, recipe: Recipe) -> keras.Optimizer:
        steps = (self.last - self.first + 1) * self.mixture.steps
        warm_up = int(steps * WARM_UP)
        return replace(recipe.optimizer, learning_rate=self.rate).build(warm_up, steps - warm_up)


def check(drawings: DrawingDataset | None) -> DrawingDataset:
    """Return the drawings if every stage finds what it needs.

    Raises:
        MissingDatasetError: There are none, or none of some institutions.
    """
    if drawings is None:
        raise MissingDatasetError(
            "This recipe also trains on drawn digits. Name a file of them with --drawings or "
            "PEN_DIGITS; docs/training.md says how to get one."
        )
    if not (DrawingBenchmark.of(drawings).ready and len(drawings.digits.without(APART))):
        raise MissingDatasetError(
            "The file of drawings is too small: it needs digits from "
            f"{', '.join(VALIDATION)}, from at least one of {', '.join(HELD_OUT)}, and from other "
            "institutions."
        )
    return drawings


def plan(recipe: Recipe) -> DrawingPlan:
    """How the epochs and the institutions are divided."""
    return DrawingPlan(
        last_epochs=tuple(recipe.last_epochs),
        saw_held_out=len(recipe.last_epochs) == 3,
        third_stage_only=APART,
    )


def fingerprint(
    recipe: Recipe, data: Mnist, drawings: DrawingDataset, settings: TrainedRecipe
) -> str:
    """Eight characters that change with what can change the weights.

    The settings, the constants of the stages, the drawings and the network are taken as they
    are; the code that makes images is taken by what it makes: three batches. FORMAT stands for
    the rest.
    """
    layers = [layer.get_config() | {"name": None} for layer in recipe.build().layers]
    constants = [LATER_RATE, DOUBTFUL, MOST_DOUBTFUL, WARM_UP, STATISTICS_BATCHES, LABEL_SHARE]
    parts = [FORMAT, constants, asdict(settings), layers, drawings.digests()]
    digest = hashlib.sha256(json.dumps(parts, default=str).encode())
    for images, labels in islice(_mixture(recipe, data, drawings).batches(seed=0), 3):
        digest.update(images.tobytes() + labels.tobytes())
    return digest.hexdigest()[:8]


def fit(run: Run) -> Fitted:
    """Train a network, resumed from the checkpoint if it holds a state.

    Its scores and its calibration are from before it saw any drawing that was held out.
    """
    start_keras(run.seed)
    run.listener.on_checkpoint(run.checkpoint.folder)
    run.listener.on_begin(run.recipe.last_epochs[-1], run.checkpoint.history())
    drawings = run.drawings.without(APART)
    learner = Learner.student(run.recipe, _taught(run, drawings))
    _fit_later_stages(run, drawings, learner)
    history = run.checkpoint.history()
    # The weights that are kept are not those of the last epoch, but averaged.
    history.loc[history.index[-1], ["val_loss", "val_accuracy"]] = _validated(learner, run)
    verdict = run.checkpoint.read_verdict()
    return Fitted(learner.model, history, verdict.calibration, verdict.benchmark)


def _taught(run: Run, drawings: DrawingDataset) -> list[NDArray[Any]]:
    """The weights at the end of the first stage."""
    first, rate = run.recipe.last_epochs[0], run.recipe.optimizer.learning_rate
    if run.checkpoint.epoch <= first:
        learner = Learner(build(run.recipe, run.weights))
        _fit_stage(Stage(1, first, rate, run.mixture(drawings)), run, learner)
        run.checkpoint.write_doubtful(doubtful(drawings.digits, learner.network))
        run.checkpoint.save_teacher(learner.model.get_weights())
    return run.checkpoint.load_teacher()


def _fit_later_stages(run: Run, drawings: DrawingDataset, learner: Learner) -> None:
    """Train on the drawings whose labels are not doubtful, score, then train on all of those."""
    first, second, *third = run.recipe.last_epochs
    rate = run.recipe.optimizer.learning_rate * LATER_RATE
    if run.checkpoint.epoch <= second:
        mixture = run.mixture(_trusted(drawings, run.checkpoint))
        _fit_stage(Stage(first + 1, second, rate, mixture), run, learner)
        run.checkpoint.write_verdict(_verdict(run, learner.network))
    if third:
        mixture = run.mixture(_trusted(run.drawings, run.checkpoint))
        _fit_stage(Stage(second + 1, third[0], rate, mixture), run, learner)


def _mixture(recipe: Recipe, data: Mnist, drawings: DrawingDataset) -> Mixture:
    return Mixture(data.training, drawings, recipe.batch_size, recipe.distortion)


def doubtful(digits: StrokeDataset, network: Network) -> list[str]:
    """The digests of drawings whose label the network doubts, the most doubtful first."""
    of_label = network(TYPICAL.images(digits))[np.arange(len(digits)), digits.labels]
    lowest = np.argsort(of_label)[: int(len(digits) * MOST_DOUBTFUL)]
    digests = digits.digests()
    found = [digests[index] for index in lowest if of_label[index] < DOUBTFUL]
    print(f"{len(found)} of {len(digits)} labels of drawn digits are doubtful.", flush=True)
    return found


def _trusted(drawings: DrawingDataset, checkpoint: Checkpoint) -> DrawingDataset:
    """The drawings without those whose labels are doubtful."""
    kept = ~np.isin(drawings.digits.digests(), checkpoint.read_doubtful())
    return replace(drawings, digits=drawings.digits.subset(kept))


def _verdict(run: Run, network: Network) -> Verdict:
    """Calibrate and score the network, unless it started from one that saw the held-out drawings.

    It then keeps that one's calibration, and has no scores.
    """
    run.listener.on_phase("Evaluating on drawings")
    if run.start and run.start.recipe.saw_held_out:
        return Verdict(run.start.calibration)
    return Verdict(*DrawingBenchmark.of(run.drawings).run(network))


def _fit_stage(stage: Stage, run: Run, learner: Learner) -> None:
    """Train one stage, or the rest of it that the checkpoint leaves, and average its weights."""
    learner.trainer.compile(
        optimizer=stage.optimizer(run.recipe),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    done = max(run.checkpoint.epoch, stage.first - 1)
    if done >= stage.first:
        print(f"Resumed after epoch {done}.", flush=True)
        run.checkpoint.load(learner.trainer)
    if done < stage.last:
        _fit_epochs(stage, done, run, learner)
    _average(learner.trainer, stage.mixture, run.seed)


def _fit_epochs(stage: Stage, done: int, run: Run, learner: Learner) -> None:
    import keras

    learner.trainer.fit(
        learner.batches(stage.mixture, run.seed, done + 1),
        steps_per_epoch=stage.mixture.steps,
        initial_epoch=done,
        epochs=stage.last,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda epoch, _: _reseed(learner.trainer, run.seed, epoch)
            ),
            report_to(run.listener, lambda row: _save(row, run, learner)),
        ],
        shuffle=False,  # the batches come shuffled
        verbose=VERBOSE,
    )


def _reseed(trainer: keras.Model, seed: int, epoch: int) -> None:
    """Make dropout's randomness that of an epoch: a checkpoint does not hold its state."""
    for number, layer in enumerate(trainer.layers):
        if generator := getattr(layer, "seed_generator", None):
            generator.state.assign(np.random.SeedSequence([seed, number, epoch]).generate_state(2))


def _validated(learner: Learner, run: Run) -> tuple[float, float]:
    """Loss and accuracy on the validation images, of the ten digits alone as everywhere."""
    report = evaluate(learner.network, run.data.validation)
    return report.loss, report.accuracy


def _save(row: dict[str, float], run: Run, learner: Learner) -> None:
    """Validate and save the state after an epoch, and say how long the rest will take."""
    loss, accuracy = _validated(learner, run)
    row = row | {"val_loss": loss, "val_accuracy": accuracy}
    run.checkpoint.save(learner.trainer, row)
    epoch = run.checkpoint.epoch
    left = run.recipe.last_epochs[-1] - epoch
    minutes = left * run.checkpoint.history()["seconds"].median() / 60
    print(f"epoch {epoch}: validation accuracy {accuracy:.2%}, about {minutes:.0f} min left")
    run.listener.on_epoch(epoch, row)


def _average(trainer: keras.Model, mixture: Mixture, seed: int) -> None:
    """Put the averaged weights in place, and estimate batch normalization for them again."""
    import keras

    _reseed(trainer, seed, epoch=0)
    trainer.optimizer.finalize_variable_values(trainer.trainable_variables)
    layers = [x for x in trainer.layers if isinstance(x, keras.layers.BatchNormalization)]
    usual = [layer.momentum for layer in layers]
    for number, (images, _) in enumerate(islice(mixture.batches(seed, 0), STATISTICS_BATCHES)):
        for layer in layers:  # so that the moving statistics become the mean over all batches
            layer.momentum = number / (number + 1)
        trainer(images, training=True)
    for layer, momentum in zip(layers, usual, strict=True):
        layer.momentum = momentum
