"""Training on drawings: which stage sees which drawings, and what a checkpoint belongs to."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import HELD_OUT, VALIDATION, DrawingDataset
from recognizer.errors import MissingDatasetError
from recognizer.models import registry
from recognizer.models.calibration import Calibration
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import Recipe
from recognizer.training import augmentation, pipeline, stages
from recognizer.training.checkpoint import Checkpoint
from recognizer.training.distillation import Learner
from recognizer.training.listener import ProgressListener
from recognizer.training.stages import Run, Stage
from tests.stroke_data import crosses, digits
from tests.training.conftest import ROBUST, SOME


@dataclass
class Fake:
    """Stands for the training of a stage: notes it, and saves the state of each epoch."""

    seen: list[Stage]

    def __call__(self, stage: Stage, run: Run, learner: Learner) -> None:
        self.seen.append(stage)
        for epoch in range(max(run.checkpoint.epoch + 1, stage.first), stage.last + 1):
            run.checkpoint.save(learner.trainer, {"loss": 1.0, "seconds": epoch})


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    fake = Fake([])
    monkeypatch.setattr(stages, "_fit_stage", fake)
    return fake


@pytest.fixture
def run(tmp_path: Path, few: Mnist, drawings: DrawingDataset) -> Run:
    return Run(ROBUST, few, drawings, 0, Checkpoint(tmp_path / "state"), ProgressListener())


def test_the_first_two_stages_see_neither_validation_nor_held_out_drawings(
    run: Run, fake: Fake
) -> None:
    stages.fit(run)
    first, second, third = fake.seen
    assert [(stage.first, stage.last) for stage in fake.seen] == [(1, 2), (3, 3), (4, 4)]
    assert [stage.rate for stage in fake.seen] == [0.002, 0.001, 0.001]
    for stage in (first, second):
        for part in (stage.mixture.drawings.digits, stage.mixture.drawings.non_digits):
            assert set(part.institutions) == {"syn"}
    assert set(third.mixture.drawings.digits.institutions) == set(SOME)
    assert set(third.mixture.drawings.non_digits.institutions) == set(SOME)


def test_doubtful_labels_are_left_out_from_the_second_stage_on(
    run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "doubtful", lambda digits, network: digits.digests()[:3])
    stages.fit(run)
    labels = [stage.mixture.drawings.of(["syn"]).digits.labels.tolist() for stage in fake.seen]
    assert labels == [list(range(10)), list(range(3, 10)), list(range(3, 10))]


def test_a_resumed_training_repeats_no_finished_stage(run: Run, fake: Fake) -> None:
    stages.fit(run)
    verdict = run.checkpoint.read_verdict()
    run.checkpoint.path(4).rename(run.checkpoint.path(3))  # as after the second stage
    fake.seen.clear()
    stages.fit(run)
    # The second is there again: its weights have to be averaged before the third.
    assert [stage.first for stage in fake.seen] == [3, 4]
    assert run.checkpoint.read_verdict() == verdict


def test_scores_are_of_the_held_out_drawings(run: Run, fake: Fake) -> None:
    fitted = stages.fit(run)
    assert fitted.benchmark
    assert fitted.benchmark.institutions == ("art", "cea")
    assert fitted.benchmark.digits == 20


def test_a_model_that_starts_from_one_that_saw_held_out_drawings_has_no_scores(
    run: Run, fake: Fake
) -> None:
    start = replace(registry.find_model("robust-cnn"), calibration=Calibration(0.5, 0.25, 0.75))
    assert start.recipe.saw_held_out
    fitted = stages.fit(replace(run, start=start))
    assert (fitted.calibration, fitted.benchmark) == (start.calibration, None)


# Doubtful labels


@pytest.mark.parametrize(("doubted", "found"), [(1, 1), (5, 3)])
def test_doubtful_labels_are_found_but_not_too_many(doubted: int, found: int) -> None:
    hundred = digits([f"s{number:02}" for number in range(10)])

    def network(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Sure of every label but the last ones."""
        sure = np.eye(10, dtype=np.float32)[hundred.labels]
        sure[-doubted:] = 0.1
        return sure

    digests = stages.doubtful(hundred, network)
    assert len(digests) == found
    assert set(digests) <= set(hundred.digests()[-doubted:])


# What is needed


def test_without_drawings_it_says_what_is_missing() -> None:
    with pytest.raises(MissingDatasetError, match="PEN_DIGITS"):
        stages.check(None)


@pytest.mark.parametrize("missing", [("syn",), VALIDATION, HELD_OUT])
def test_too_few_drawings_are_refused(drawings: DrawingDataset, missing: tuple[str, ...]) -> None:
    assert stages.check(drawings) is drawings
    with pytest.raises(MissingDatasetError, match="too small"):
        stages.check(drawings.without(missing))


# Which training a checkpoint belongs to


@pytest.fixture
def key(few: Mnist, drawings: DrawingDataset) -> Callable[..., str]:
    def key(
        recipe: Recipe = ROBUST,
        drawings: DrawingDataset = drawings,
        seed: int = 0,
        start: ModelEntry | None = None,
    ) -> str:
        settings = pipeline.settings_of(recipe, seed, start)
        return stages.fingerprint(recipe, few, drawings, settings)

    return key


def test_the_same_training_has_the_same_key(key: Callable[..., str]) -> None:
    assert key() == key()
    assert len(key()) == 8


def test_another_training_has_another_key(
    key: Callable[..., str], drawings: DrawingDataset
) -> None:
    relabeled = replace(drawings.digits, labels=drawings.digits.labels[::-1])
    writers = np.char.replace(drawings.digits.writers, "syn", "xyz")
    elsewhere = replace(drawings.digits, writers=writers)  # no image is another one
    optimizer = replace(ROBUST.optimizer, learning_rate=0.001)
    keys = [
        key(),
        key(seed=1),
        key(replace(ROBUST, epochs=3)),
        key(replace(ROBUST, batch_size=32)),
        key(replace(ROBUST, distortion=False)),
        key(replace(ROBUST, later_stages=(0.25,))),
        key(replace(ROBUST, optimizer=optimizer)),
        key(replace(ROBUST, network="robust_cnn")),
        key(drawings=DrawingDataset(relabeled, drawings.non_digits)),
        key(drawings=DrawingDataset(elsewhere, drawings.non_digits)),
        key(drawings=DrawingDataset(drawings.digits, crosses(["syn"]))),
        key(drawings=drawings.without(["cea"])),
        key(start=registry.find_model("robust-cnn")),
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", ["ROTATION", "BEND", "AS_PICTURE"])
def test_code_that_makes_other_images_has_another_key(
    key: Callable[..., str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = key()
    monkeypatch.setattr(augmentation, name, 2 * getattr(augmentation, name))
    assert key() != before
