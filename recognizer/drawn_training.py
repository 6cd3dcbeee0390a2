"""Training on MNIST and drawings together, in three stages and any number of interruptions.

1. The first, long stage keeps VALIDATION and HELD_BACK apart. Some labels are wrong (a
   bare stroke is called a 4); a network that has seen a drawing a hundred times and still
   doubts its label is mostly right, so such drawings are left out from then on.
2. The second stage goes on without them. At its end the network is judged by the drawings
   that were kept apart, and its confidence is set.
3. The third goes on with those drawings as well: what is shipped has learned from all, its
   figures and its confidence have not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recognizer.architectures import Recipe
from recognizer.checkpoint import Checkpoint
from recognizer.confidence import Confidence
from recognizer.data import MissingDatasetError, Mnist
from recognizer.drawn import PLAIN, Judge
from recognizer.evaluation import Network, evaluate, network_of
from recognizer.fitting import VERBOSE, Fitted, build, start_keras, watch
from recognizer.following import Follower
from recognizer.mixture import Mixture
from recognizer.model_folder import ModelEntry
from recognizer.networks import SCORES
from recognizer.pen import HELD_BACK, VALIDATION, Drawings

if TYPE_CHECKING:
    import keras

CODE = "augmentation canvas drawn_training mixture negatives networks preprocessing tracing"
STAGES = 3
LATER_RATE = 1 / 2  # of the first stage's learning rate
DOUBT = 0.7  # a label that is given less, by a network trained on it, is in doubt
MOST_IN_DOUBT = 0.03  # of all labels: a network that was trained too shortly doubts many
WARM_UP = 0.04  # share of a stage's steps in which the learning rate rises
STATISTICS_BATCHES = 40  # that batch normalisation is estimated on, after averaging


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


@dataclass(frozen=True, eq=False)
class Run:
    """One training: what, on what, and where its state is kept between interruptions."""

    recipe: Recipe
    data: Mnist
    drawings: Drawings
    seed: int
    checkpoint: Checkpoint
    follower: Follower
    start: ModelEntry | None = None  # whose weights are gone on from
    weights: list[NDArray[Any]] | None = None  # these


def whole(drawings: Drawings | None) -> Drawings:
    """Return the drawings if every stage finds what it needs.

    Raises:
        MissingDatasetError: There are none, or none of some institutions.
    """
    if drawings is None:
        raise MissingDatasetError(
            "This recipe is trained on drawn digits too. Name a file of them with --drawings or "
            "PEN_DIGITS; the README says how to get one."
        )
    apart = (*VALIDATION, *HELD_BACK)
    if not (Judge.of(drawings).ready and len(drawings.digits.without(apart))):
        raise MissingDatasetError(
            "The file of drawings is too small: it must hold digits of the institutions "
            f"{', '.join(VALIDATION)}, of any of {', '.join(HELD_BACK)}, and of others."
        )
    return drawings


def code() -> list[str]:
    """The source of all that makes the images and the network: with other code, other weights."""
    return [(Path(__file__).parent / f"{name}.py").read_text("utf-8") for name in CODE.split()]


def plan(recipe: Recipe) -> dict[str, Any]:
    """How the epochs and the institutions are divided, ready for JSON."""
    return {
        "last_epochs": recipe.last_epochs,
        "not_before_third_stage": [*VALIDATION, *HELD_BACK],
    }


def has_seen_all(described: dict[str, Any]) -> bool:
    """Whether the model so described was trained on the drawings that others are judged by.

    One that started from the weights of such a model was, too.
    """
    inherited = (described.get("start_from") or {}).get("has_seen_all", False)
    return inherited or len((described.get("drawings") or {}).get("last_epochs", [])) == STAGES


def stage_of(run: Run, number: int) -> Stage:
    """Stage 0, 1 or 2; the later ones need the doubts that the first one leaves."""
    ends = [0, *run.recipe.last_epochs]
    part = run.drawings if number == STAGES - 1 else run.drawings.without((*VALIDATION, *HELD_BACK))
    if number > 0:
        kept = ~np.isin(part.digits.digests(), run.checkpoint.read("doubts"))
        part = replace(part, digits=part.digits.subset(kept))
    rate = run.recipe.optimizer.learning_rate * (LATER_RATE if number else 1)
    mixture = Mixture(
        run.data.training,
        part.digits,
        part.others,
        run.recipe.batch_size,
        distortion=run.recipe.distortion,
    )
    return Stage(ends[number] + 1, ends[number + 1], rate, mixture)


def fit(run: Run) -> Fitted:
    """Train a network, from the checkpoint on if it holds a state.

    Its report and its confidence are from before it saw any drawing that was held back.
    """
    import keras

    start_keras(run.seed)
    network = build(run.recipe, run.weights)
    trainer = keras.Model(network.input, network.get_layer(SCORES).output)
    run.follower.keeps(run.checkpoint.folder)
    run.follower.begin(run.recipe.last_epochs[-1], run.checkpoint.history())
    for number, last in enumerate(run.recipe.last_epochs):
        if run.checkpoint.epoch <= last:
            stage = stage_of(run, number)
            _fit_stage(stage, run, trainer, network)
            _settle(trainer, stage.mixture, run.seed)
            _conclude(number, stage, run, network_of(network))
    history = run.checkpoint.history()
    # The weights that are kept are not those of the last epoch, but averaged.
    history.loc[history.index[-1], ["val_loss", "val_accuracy"]] = _validated(network, run)
    verdict = run.checkpoint.read("verdict")
    return Fitted(network, history, Confidence(**verdict["confidence"]), verdict["drawn"])


def _conclude(number: int, stage: Stage, run: Run, network: Network) -> None:
    """Keep what the end of a stage shows: labels in doubt, or the verdict of new drawings."""
    if number == 0:
        digits = stage.mixture.digits
        of_label = network(PLAIN.images(digits))[np.arange(len(digits)), digits.labels]
        least = np.argsort(of_label)[: int(len(digits) * MOST_IN_DOUBT)]
        digests = digits.digests()
        doubts = [digests[index] for index in least if of_label[index] < DOUBT]
        print(f"{len(doubts)} of {len(digits)} labels of drawn digits are in doubt.", flush=True)
        run.checkpoint.write("doubts", doubts)
    if number == 1:
        run.follower.at("Judging by drawings")
        if run.start and has_seen_all(run.start.recipe):  # it would be no judgement
            verdict = run.start.confidence, dict[str, Any]()
        else:
            verdict = Judge.of(run.drawings).judge(network)
        confidence, drawn = verdict
        run.checkpoint.write("verdict", {"confidence": asdict(confidence), "drawn": drawn})


def _fit_stage(stage: Stage, run: Run, trainer: keras.Model, network: keras.Model) -> None:
    """Train one stage to its end, or the rest of it that the checkpoint leaves."""
    import keras

    trainer.compile(
        optimizer=stage.optimizer(run.recipe),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    done = max(run.checkpoint.epoch, stage.first - 1)
    if done >= stage.first:
        print(f"Going on after epoch {done}.", flush=True)
        run.checkpoint.load(trainer)
    if done == stage.last:
        return
    trainer.fit(
        stage.mixture.batches(run.seed, done + 1),
        steps_per_epoch=stage.mixture.steps,
        initial_epoch=done,
        epochs=stage.last,
        callbacks=[
            keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: _reseed(trainer, epoch)),
            watch(run.follower, lambda row: _keep(row, run, trainer, network)),
        ],
        shuffle=False,  # the batches come shuffled
        verbose=VERBOSE,
    )


def _reseed(trainer: keras.Model, epoch: int) -> None:
    """Make dropout's randomness that of an epoch: a checkpoint does not hold its state."""
    for number, layer in enumerate(trainer.layers):
        if generator := getattr(layer, "seed_generator", None):
            generator.state.assign(np.random.SeedSequence([number, epoch]).generate_state(2))


def _validated(network: keras.Model, run: Run) -> tuple[float, float]:
    """Loss and accuracy on the validation images, of the ten digits alone as everywhere."""
    report = evaluate(network, run.data.validation)
    return report.loss, report.accuracy


def _keep(row: dict[str, float], run: Run, trainer: keras.Model, network: keras.Model) -> None:
    """Validate and save the state after an epoch, and say how long the rest will take."""
    loss, accuracy = _validated(network, run)
    row = row | {"val_loss": loss, "val_accuracy": accuracy}
    run.checkpoint.save(trainer, row)
    epoch = run.checkpoint.epoch
    left = run.recipe.last_epochs[-1] - epoch
    minutes = left * run.checkpoint.history()["seconds"].median() / 60
    print(f"epoch {epoch}: validation accuracy {accuracy:.2%}, about {minutes:.0f} min left")
    run.follower.after_epoch(epoch, row)


def _settle(trainer: keras.Model, mixture: Mixture, seed: int) -> None:
    """Put the averaged weights in place, and estimate batch normalisation for them anew."""
    import keras

    _reseed(trainer, epoch=0)
    trainer.optimizer.finalize_variable_values(trainer.trainable_variables)
    layers = [x for x in trainer.layers if isinstance(x, keras.layers.BatchNormalization)]
    usual = [layer.momentum for layer in layers]
    for number, (images, _) in enumerate(islice(mixture.batches(seed, 0), STATISTICS_BATCHES)):
        for layer in layers:  # so that the moving statistics become the mean over all batches
            layer.momentum = number / (number + 1)
        trainer(images, training=True)
    for layer, momentum in zip(layers, usual, strict=True):
        layer.momentum = momentum
