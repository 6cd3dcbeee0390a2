"""Training on drawings: two stages, checkpoints, and what is left of an interruption."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from recognizer import Drawing, Recognizer
from recognizer.datasets.mnist import CLASSES, Mnist
from recognizer.datasets.strokes import HELD_OUT, VALIDATION, DrawingDataset
from recognizer.errors import MissingDatasetError
from recognizer.models import registry
from recognizer.models.folder import LEARNING_RATE
from recognizer.models.networks import SCORES
from recognizer.models.recipes import RECIPES
from recognizer.training import stages
from recognizer.training.checkpoint import Checkpoint
from recognizer.training.pipeline import judge_models, train
from recognizer.training.progress import ProgressListener
from recognizer.training.stages import Run, stage_of
from tests.test_drawn import drawings, others

EVERYONE = (*HELD_OUT, *VALIDATION, "syn")


def small(init: str) -> keras.Model:
    """As robust-cnn ends, and quick to train."""
    images = keras.layers.Input((28, 28, 1))
    flat = keras.layers.Flatten()(keras.layers.AveragePooling2D(4)(images))
    dense = keras.layers.Dense(16)(keras.layers.Dropout(0.3)(flat))
    normal = keras.layers.BatchNormalization()(dense)
    scores = keras.layers.Dense(CLASSES + 1, activation="softmax", name=SCORES)(normal)
    return keras.Model(images, scores[:, :CLASSES])


RECIPE = replace(RECIPES["robust-cnn"], network=small, epochs=2, batch_size=64)


@pytest.fixture
def drawn() -> DrawingDataset:
    return DrawingDataset(drawings(EVERYONE), others(EVERYONE))


def weights(path: Path) -> list[np.ndarray]:
    return keras.saving.load_model(path / "model.keras", compile=False).get_weights()


def test_the_stages_keep_institutions_and_doubts_apart(
    tmp_path: Path, tiny: Mnist, drawn: DrawingDataset
) -> None:
    checkpoint = Checkpoint(tmp_path)
    run = Run(RECIPE, tiny, drawn, 0, checkpoint, ProgressListener())
    checkpoint.write("doubts", drawn.digits.of(["syn"]).digests()[:3])
    first, second, third = (stage_of(run, number) for number in range(3))
    ends = [(stage.first, stage.last) for stage in (first, second, third)]
    assert ends == [(1, 2), (3, 3), (4, 4)]
    assert set(first.mixture.digits.institutions) == set(second.mixture.digits.institutions)
    assert set(first.mixture.digits.institutions) == {"syn"}
    assert set(second.mixture.others.institutions) == {"syn"}
    assert set(third.mixture.digits.institutions) == set(EVERYONE)
    assert first.mixture.digits.labels.tolist() == list(range(10))
    assert second.mixture.digits.labels.tolist() == list(range(3, 10))
    assert (first.rate, second.rate) == (0.002, 0.001)


@pytest.mark.parametrize(("doubted", "found"), [(1, 1), (5, 3)])
def test_labels_in_doubt_are_found_but_not_too_many(
    tmp_path: Path, tiny: Mnist, drawn: DrawingDataset, doubted: int, found: int
) -> None:
    hundred = replace(drawn, digits=drawings(("syn",) * 10 + (*HELD_OUT, *VALIDATION)))
    run = Run(RECIPE, tiny, hundred, 0, Checkpoint(tmp_path), ProgressListener())
    stage = stage_of(run, 0)
    digits = stage.mixture.digits

    def network(images: np.ndarray) -> np.ndarray:
        """Sure of every label but the last ones."""
        right = np.eye(10, dtype=np.float32)[digits.labels]
        right[-doubted:] = 0.1
        return right

    stages._conclude(0, stage, run, network)
    doubts = run.checkpoint.read("doubts")
    assert len(doubts) == found
    assert set(doubts) <= set(digits.digests()[-doubted:])


def test_training_on_drawings_leaves_a_whole_model(
    models: Path, tiny: Mnist, drawn: DrawingDataset
) -> None:
    model = train(RECIPE, tiny, "mine", drawings=drawn)
    assert sorted(path.name for path in models.iterdir()) == [".lock", "mine"]
    assert model.history.index.tolist() == [1, 2, 3, 4]
    assert model.history[LEARNING_RATE].iloc[-1] == pytest.approx(0, abs=1e-6)
    assert model.recipe["drawings"]["last_epochs"] == [2, 3, 4]
    assert model.drawn["digits"] == 10 * len(HELD_OUT)
    recognizer = Recognizer.load("mine")
    assert recognizer.models.calibration == model.confidence
    assert recognizer.read(Drawing.from_strokes([[[0, 0], [9, 90]]])).probabilities.sum() < 1


class StopError(Exception):
    pass


def test_an_interrupted_training_goes_on_to_the_same_weights(
    models: Path, tiny: Mnist, drawn: DrawingDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(RECIPE, tiny, "whole", drawings=drawn)
    save = Checkpoint.save

    def save_and_stop(self: Checkpoint, model: keras.Model, row: dict[str, float]) -> None:
        save(self, model, row)
        if self.epoch in (1, 2, 3):  # in the middle of the first stage, at its end, and the next's
            raise StopError

    monkeypatch.setattr(Checkpoint, "save", save_and_stop)
    for _ in range(3):
        with pytest.raises(StopError):
            train(RECIPE, tiny, "parts", drawings=drawn)
        assert not (models / "parts").exists()
    parts = train(RECIPE, tiny, "parts", drawings=drawn)
    pd.testing.assert_frame_equal(
        parts.history.drop(columns="seconds"), whole.history.drop(columns="seconds")
    )
    for one, other in zip(weights(parts.path), weights(whole.path), strict=True):
        np.testing.assert_array_equal(one, other)
    assert parts.drawn == whole.drawn
    assert sorted(path.name for path in models.iterdir()) == [".lock", "parts", "whole"]


def test_another_training_has_another_checkpoint(
    models: Path, tiny: Mnist, drawn: DrawingDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []

    def note(run: Run) -> None:
        folders.append(run.checkpoint.folder)
        raise StopError

    monkeypatch.setattr(stages, "fit", note)
    relabelled = replace(drawn.digits, labels=drawn.digits.labels[::-1])
    fewer = DrawingDataset(drawn.digits, others(HELD_OUT))
    for seed, recipe, data in (
        (0, RECIPE, drawn),
        (1, RECIPE, drawn),
        (0, replace(RECIPE, epochs=3), drawn),
        (0, RECIPE, fewer),
        (0, RECIPE, DrawingDataset(relabelled, drawn.others)),
        (0, RECIPE, drawn),
    ):
        with pytest.raises(StopError):
            train(recipe, tiny, "mine", seed=seed, drawings=data)
    assert len(set(folders[:5])) == 5
    assert folders[5] == folders[0]


def test_a_checkpoint_that_was_cut_short_is_not_taken(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "state")
    assert checkpoint.epoch == 0
    model = small("glorot_uniform")
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    checkpoint.save(model, {"loss": 1.0, "seconds": 2.0})
    # Killed while it wrote the second: history is ahead, the weights are a part.
    (checkpoint.folder / "part.weights.h5").write_bytes(b"half")
    (checkpoint.folder / "history.csv").write_text("epoch,loss,seconds\n1,1.0,2.0\n2,0.5,2.0\n")
    assert checkpoint.epoch == 1
    assert checkpoint.history()["loss"].tolist() == [1.0]
    checkpoint.load(model)


def test_without_drawings_it_says_what_is_missing(models: Path, tiny: Mnist) -> None:
    with pytest.raises(MissingDatasetError, match="PEN_DIGITS"):
        train(RECIPE, tiny, "mine")
    assert not list(models.iterdir())


@pytest.mark.parametrize("missing", ["syn", *VALIDATION])
def test_too_few_drawings_are_refused_before_training(
    models: Path, tiny: Mnist, drawn: DrawingDataset, missing: str
) -> None:
    with pytest.raises(MissingDatasetError, match="too small"):
        train(RECIPE, tiny, "mine", drawings=drawn.without([missing]))


def test_letters_and_signs_are_not_needed(models: Path, tiny: Mnist, drawn: DrawingDataset) -> None:
    model = train(RECIPE, tiny, "mine", drawings=DrawingDataset(drawn.digits, others(())))
    assert model.drawn["others"] == 0


def test_models_are_judged_anew_but_for_what_they_were_trained_on(
    models: Path, model_copy: Path, tiny: Mnist, drawn: DrawingDataset
) -> None:
    knows = train(RECIPE, tiny, "knows", drawings=drawn)
    train(replace(RECIPE, later_stages=(0.25,)), tiny, "held-back", drawings=drawn)
    before = registry.find_model("larger-cnn").version
    fewer = drawn.without(HELD_OUT[:2])
    judged = {model.name: model for model in judge_models(fewer)}
    assert judged["knows"].drawn == knows.drawn
    for name in ("held-back", "larger-cnn"):
        assert judged[name].drawn["institutions"] == sorted(HELD_OUT[2:])
    assert judged["larger-cnn"].version != before  # so that a loaded one is loaded anew
    with pytest.raises(MissingDatasetError, match="judge by"):
        next(judge_models(drawn.without(HELD_OUT)))
    assert registry.find_model("larger-cnn").drawn == judged["larger-cnn"].drawn
