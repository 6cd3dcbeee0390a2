"""Training on drawings from end to end: resumed, evaluated, and evaluated again."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import keras
import pandas as pd
import pytest

from recognizer import Drawing, Recognizer
from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import DrawingDataset
from recognizer.errors import MissingDatasetError
from recognizer.models import registry
from recognizer.models.csv_files import LEARNING_RATE
from recognizer.models.evaluation import evaluate
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import Recipe
from recognizer.training.listener import ProgressListener
from recognizer.training.maintenance import benchmark_models
from recognizer.training.pipeline import train
from tests.training.conftest import ROBUST, always, same, weights_of


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, few: Mnist, drawings: DrawingDataset
) -> Iterator[ModelEntry]:
    """A model in a folder of models of its own, which is not to be changed."""
    models = tmp_path_factory.mktemp("trained") / "models"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELS_DIR", str(models))
        model = train(ROBUST, few, "mine", drawings=drawings)
        assert sorted(path.name for path in models.iterdir()) == [".lock", "mine"]
        yield model


def put(model: ModelEntry, models: Path, name: str) -> Path:
    """A copy of a model in the test's own folder of models."""
    return Path(shutil.copytree(model.path, models / name))


def test_a_training_on_drawings_leaves_a_complete_model(
    trained: ModelEntry, models: Path, few: Mnist
) -> None:
    put(trained, models, "mine")
    model = registry.find_model("mine")
    assert model.history.index.tolist() == [1, 2, 3, 4]
    assert model.history[LEARNING_RATE].iloc[-1] == pytest.approx(0, abs=1e-6)
    plan = model.recipe.drawings
    assert plan
    assert plan.last_epochs == (2, 3, 4)
    assert plan.saw_held_out
    assert model.benchmark
    assert model.benchmark.institutions == ("art", "cea")
    recognizer = Recognizer.load("mine")
    assert recognizer.calibration == model.calibration
    assert recognizer.read(Drawing.from_strokes([[[0, 0], [9, 90]]])).no_digit > 0
    validated = evaluate(recognizer.network, few.validation)  # of the weights that were kept
    assert model.history["val_loss"].iloc[-1] == pytest.approx(validated.loss, rel=1e-4)


class StopError(Exception):
    pass


class Stopper(ProgressListener):
    """Ends the training after each of its epochs but the last."""

    def __init__(self) -> None:
        self.resumed: list[int] = []

    def on_begin(self, epochs: int, done: pd.DataFrame | None = None) -> None:
        self.epochs = epochs
        self.resumed.append(0 if done is None else len(done))

    def on_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        if epoch < self.epochs:
            raise StopError


def resume_until_done(
    recipe: Recipe, few: Mnist, drawings: DrawingDataset, models: Path
) -> ModelEntry:
    listener, epochs = Stopper(), recipe.last_epochs[-1]
    for _ in range(epochs - 1):
        with pytest.raises(StopError):
            train(recipe, few, "parts", drawings=drawings, listener=listener)
        assert not (models / "parts").exists()
        assert [path.is_dir() for path in models.glob(".unfinished-*")] == [True]
    model = train(recipe, few, "parts", drawings=drawings, listener=listener)
    assert listener.resumed == list(range(epochs))
    assert list(models.glob(".unfinished-*")) == []
    return model


def assert_same_models(one: ModelEntry, other: ModelEntry) -> None:
    pd.testing.assert_frame_equal(
        one.history.drop(columns="seconds"), other.history.drop(columns="seconds")
    )
    assert same(weights_of(one.path), weights_of(other.path))
    assert (one.benchmark, one.calibration) == (other.benchmark, other.calibration)


@pytest.mark.slow
def test_an_interrupted_training_is_resumed_to_the_same_weights(
    trained: ModelEntry, models: Path, few: Mnist, drawings: DrawingDataset
) -> None:
    """In the middle of the first stage, at its end, and at the second's."""
    assert_same_models(resume_until_done(ROBUST, few, drawings, models), trained)


@pytest.mark.slow
def test_with_graphs_an_interrupted_training_is_resumed_to_the_same_weights(
    models: Path, few: Mnist, drawings: DrawingDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of each of the stages, too."""
    monkeypatch.setattr(keras.Model, "run_eagerly", always(False))
    longer = replace(ROBUST, later_stages=(1, 1))
    parts = resume_until_done(longer, few, drawings, models)
    assert_same_models(parts, train(longer, few, "mine", drawings=drawings))


def test_without_drawings_nothing_is_left(models: Path, few: Mnist) -> None:
    with pytest.raises(MissingDatasetError, match="PEN_DIGITS"):
        train(ROBUST, few, "mine")
    assert list(models.iterdir()) == []


def test_models_are_evaluated_again_but_for_those_that_saw_the_drawings(
    trained: ModelEntry, models: Path, model_copy: Path, drawings: DrawingDataset
) -> None:
    put(trained, models, "saw")
    held_back = put(trained, models, "held-back")
    recipe = json.loads((held_back / "recipe.json").read_text())
    recipe["drawings"]["saw_held_out"] = False
    (held_back / "recipe.json").write_text(json.dumps(recipe))
    before = registry.find_model("larger-cnn").version
    again = {model.name: model for model in benchmark_models(drawings.without(["art"]))}
    assert again["saw"].benchmark == trained.benchmark
    for name in ("held-back", "larger-cnn"):
        benchmark = again[name].benchmark
        assert benchmark
        assert benchmark.institutions == ("cea",)
    assert again["larger-cnn"].version != before  # so that a loaded one is loaded again


def test_without_held_out_drawings_no_model_is_evaluated(
    model_copy: Path, drawings: DrawingDataset
) -> None:
    before = registry.find_model("larger-cnn").benchmark
    with pytest.raises(MissingDatasetError, match="too few to evaluate on"):
        next(benchmark_models(drawings.without(["art", "cea"])))
    assert registry.find_model("larger-cnn").benchmark == before
