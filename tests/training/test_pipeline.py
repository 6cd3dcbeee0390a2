"""The training pipeline, from a recipe to a published model."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from recognizer import Drawing, Recognizer
from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import DrawingDataset
from recognizer.errors import ModelError, TrainingError
from recognizer.models import registry
from recognizer.models.csv_files import HISTORY_COLUMNS, LEARNING_RATE
from recognizer.models.evaluation import evaluate, network_of
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import RECIPES
from recognizer.training.listener import ProgressListener
from recognizer.training.maintenance import profile_models
from recognizer.training.pipeline import train
from tests.training.conftest import PLAIN, always, same, weights_of


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny: Mnist) -> Iterator[ModelEntry]:
    """A model in a folder of models of its own, which is not to be changed."""
    models = tmp_path_factory.mktemp("trained") / "models"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELS_DIR", str(models))
        model = train(PLAIN, tiny, "mine", seed=3)
        assert {path.name for path in models.iterdir()} == {".lock", "mine"}
        yield model


@pytest.fixture
def first(trained: ModelEntry, models: Path) -> ModelEntry:
    """The same model in the test's own folder of models."""
    shutil.copytree(trained.path, models / "mine")
    return registry.find_model("mine")


def test_a_training_leaves_a_complete_model(first: ModelEntry, tiny: Mnist) -> None:
    assert first.history.columns.tolist() == [*HISTORY_COLUMNS, LEARNING_RATE]
    assert np.allclose(first.history[LEARNING_RATE], PLAIN.optimizer.learning_rate)
    assert first.history.index.tolist() == [1, 2]
    assert (first.history["seconds"] > 0).all()
    recipe = first.recipe
    assert (recipe.name, recipe.epochs, recipe.seed) == ("larger-cnn", 2, 3)
    assert (recipe.optimizer, recipe.drawings) == (PLAIN.optimizer, None)
    assert recipe.packages["keras"] == keras.__version__
    assert recipe.machine_gflops
    assert recipe.trained_at
    assert not recipe.shipped
    assert first.summary.reading_ms
    assert first.benchmark is None


def test_its_report_is_of_the_test_images(first: ModelEntry, tiny: Mnist) -> None:
    report = registry.load_report("mine")
    np.testing.assert_array_equal(report.labels, tiny.test.labels)
    assert (first.accuracy, first.loss) == (report.accuracy, report.loss)
    assert report.accuracy > 0.5  # ten classes: by chance it would be 0.1
    network = keras.saving.load_model(first.path / "model.keras")
    assert not network.compiled
    assert evaluate(network_of(network), tiny.test).loss == pytest.approx(first.loss, abs=1e-5)


def test_the_model_reads(first: ModelEntry) -> None:
    reading = Recognizer.load("mine").read(Drawing.from_strokes([[[0, 0], [9, 90]]]))
    assert reading.digit is not None


def test_the_same_seed_gives_the_same_weights(first: ModelEntry, tiny: Mnist) -> None:
    again, other = (train(PLAIN, tiny, f"seed-{seed}", seed=seed) for seed in (3, 4))
    assert same(weights_of(first.path), weights_of(again.path))
    assert not same(weights_of(first.path), weights_of(other.path))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sgd-cnn", "compact-cnn", "adadelta-cnn"])
def test_with_graphs_the_same_seed_gives_the_same_weights(
    models: Path, tiny: Mnist, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras.Model, "run_eagerly", always(False))
    recipe = replace(RECIPES[name], epochs=1)
    one, two = (train(recipe, tiny, name, seed=1) for name in ("one", "two"))
    assert same(weights_of(one.path), weights_of(two.path))


def test_a_taken_name_is_refused_before_the_training(first: ModelEntry, tiny: Mnist) -> None:
    class Unheard(ProgressListener):
        def on_begin(self, *_: object) -> None:
            raise AssertionError("it began")

    with pytest.raises(ModelError, match="is taken"):
        train(PLAIN, tiny, "mine", listener=Unheard())


def test_a_failed_training_leaves_nothing(models: Path, tiny: Mnist) -> None:
    diverging = replace(PLAIN, optimizer=replace(PLAIN.optimizer, learning_rate=1e38))
    with pytest.raises(TrainingError, match="learning rate is too high"):
        train(diverging, tiny, "mine")
    assert list(models.iterdir()) == []


@pytest.mark.parametrize("phase", ["Testing", "Publishing"])
def test_a_training_can_be_stopped_in_its_last_phases(
    models: Path, tiny: Mnist, phase: str
) -> None:
    class Stopper(ProgressListener):
        def on_phase(self, entered: str) -> None:
            if phase == "Publishing":
                self.stopped = entered == "Testing"
            elif entered == phase:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(replace(PLAIN, epochs=1), tiny, "mine", listener=Stopper())
    assert list(models.iterdir()) == []


def test_a_training_starts_from_the_weights_of_a_model(first: ModelEntry, tiny: Mnist) -> None:
    still = replace(PLAIN, epochs=1, optimizer=replace(PLAIN.optimizer, learning_rate=1e-30))
    second = train(still, tiny, "second", start=first)
    assert second.accuracy == first.accuracy
    assert same(weights_of(first.path), weights_of(second.path))
    start = second.recipe.start_from
    assert start
    assert (start.name, start.saw_held_out, len(start.sha256)) == ("mine", False, 64)


def test_a_shipped_model_that_is_replaced_is_still_shipped(model_copy: Path, tiny: Mnist) -> None:
    assert registry.is_shipped("larger-cnn")
    model = train(replace(PLAIN, epochs=1), tiny, "larger-cnn", replace=True)
    assert model.recipe.shipped
    assert model.recipe.epochs == 1


def test_a_recipe_without_drawings_is_evaluated_on_them(
    models: Path, tiny: Mnist, drawings: DrawingDataset
) -> None:
    phases = []

    class Noting(ProgressListener):
        def on_phase(self, phase: str) -> None:
            phases.append(phase)

    recipe = replace(PLAIN, epochs=1)
    model = train(recipe, tiny, "mine", drawings=drawings, listener=Noting())
    assert model.benchmark
    assert model.benchmark.digits == 20
    assert phases == ["Evaluating on drawings", "Testing", "Publishing"]


def test_every_model_is_profiled_again(first: ModelEntry) -> None:
    (first.path / "layers.csv").unlink()
    (profiled,) = profile_models()
    assert profiled.name == "mine"
    assert (first.path / "layers.csv").exists()
