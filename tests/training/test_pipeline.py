"""Training, from the recipe to the folder, and its command line."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

import train as command
from recognizer import Drawing, Recognizer
from recognizer.datasets.mnist import Mnist
from recognizer.errors import ModelError, TrainingError
from recognizer.models import registry
from recognizer.models.evaluation import evaluate
from recognizer.models.folder import HISTORY_COLUMNS, LEARNING_RATE
from recognizer.models.recipes import RECIPES
from recognizer.training.pipeline import train
from recognizer.training.request import TrainingRequest
from tests.conftest import SHIPPED

RECIPE = replace(RECIPES["larger-cnn"], epochs=2, batch_size=20)


def test_training_leaves_a_whole_model(models: Path, tiny: Mnist) -> None:
    model = train(RECIPE, tiny, "mine", seed=3)
    assert {path.name for path in models.iterdir()} == {".lock", "mine"}
    assert model.history.columns.tolist() == [*HISTORY_COLUMNS, LEARNING_RATE]
    assert np.allclose(model.history[LEARNING_RATE], RECIPE.optimizer.learning_rate)
    assert model.history.index.tolist() == [1, 2]
    assert (model.history["seconds"] > 0).all()
    assert model.recipe["recipe"] == "larger-cnn"
    assert model.recipe["epochs"] == 2
    assert model.recipe["seed"] == 3
    assert model.recipe["packages"]["keras"] == keras.__version__
    report = registry.load_report("mine")
    np.testing.assert_array_equal(report.labels, tiny.test.labels)
    assert report.accuracy > 0.5  # ten classes: by chance it would be 0.1
    assert Recognizer.load("mine").read(Drawing.from_strokes([[[0, 0], [9, 90]]])).digit is not None


def test_the_report_is_what_keras_measures(models: Path, tiny: Mnist) -> None:
    model = train(RECIPE, tiny, "mine")
    network = keras.saving.load_model(model.path / "model.keras")
    assert not network.compiled
    network.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    images = tiny.test.images[..., np.newaxis] / 255
    loss, accuracy = network.evaluate(images, tiny.test.labels, verbose=0)
    assert (model.loss, model.accuracy) == pytest.approx((loss, accuracy), abs=1e-5)
    assert evaluate(network, tiny.test).loss == pytest.approx(loss, abs=1e-5)


def test_the_same_seed_gives_the_same_weights(models: Path, tiny: Mnist) -> None:
    def weights(name: str, seed: int) -> list[np.ndarray]:
        train(RECIPE, tiny, name, seed=seed)
        return keras.saving.load_model(models / name / "model.keras").get_weights()

    first, second, third = weights("one", 1), weights("two", 1), weights("three", 2)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, third, strict=True))


def test_an_order_keeps_what_it_does_not_name() -> None:
    changed = TrainingRequest("sgd-cnn", "mine", epochs=3, learning_rate=0.5).changed()
    assert (changed.epochs, changed.batch_size) == (3, 32)
    assert changed.optimizer.learning_rate == 0.5
    assert changed.optimizer.settings == {"momentum": 0.9}
    assert len(TrainingRequest("robust-cnn", "mine", hold_back=True).changed().later_stages) == 1
    assert TrainingRequest("robust-cnn", "mine").changed() == RECIPES["robust-cnn"]
    assert TrainingRequest("sgd-cnn", "mine").changed() == RECIPES["sgd-cnn"]


def test_a_taken_name_is_refused_before_training(model_copy: Path, tiny: Mnist) -> None:
    with pytest.raises(ModelError, match="already"):
        train(RECIPE, tiny, "larger-cnn")


def test_a_training_that_diverges_says_what_to_change(models: Path, tiny: Mnist) -> None:
    diverging = replace(RECIPE, optimizer=replace(RECIPE.optimizer, learning_rate=1e30))
    with pytest.raises(TrainingError, match="learning rate is too high"):
        train(diverging, tiny, "mine")
    assert list(models.iterdir()) == []


def test_a_training_goes_on_from_the_weights_of_a_model(models: Path, tiny: Mnist) -> None:
    first = train(RECIPE, tiny, "first")
    still = replace(RECIPE, epochs=1, optimizer=replace(RECIPE.optimizer, learning_rate=1e-30))
    second = train(still, tiny, "second", start=first)
    assert second.accuracy == first.accuracy
    weights = (model.path / "model.keras" for model in (first, second))
    one, two = (keras.saving.load_model(path).get_weights() for path in weights)
    assert all(np.allclose(a, b) for a, b in zip(one, two, strict=True))
    assert second.recipe["start_from"]["model"] == "first"
    assert not second.recipe["start_from"]["has_seen_all"]
    with pytest.raises(TrainingError, match="do not fit"):
        train(RECIPES["simple-cnn"], tiny, "third", start=first)


def test_what_is_shown_is_bent_if_that_is_asked_for(models: Path, tiny: Mnist) -> None:
    bent = train(replace(RECIPE, distortion=True), tiny, "bent")
    plain = train(RECIPE, tiny, "plain")
    assert bent.recipe["distortion"]
    assert len(bent.history) == 2
    assert bent.history["loss"].iloc[-1] > plain.history["loss"].iloc[-1]  # it is harder to learn


def test_a_shipped_model_trained_anew_is_shipped_still(model_copy: Path, tiny: Mnist) -> None:
    assert registry.is_shipped("larger-cnn")
    assert train(RECIPE, tiny, "larger-cnn", replace=True).recipe["shipped"]
    assert "shipped" not in train(RECIPE, tiny, "larger-cnn-2").recipe


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list"]) == 0
    listed = capsys.readouterr().out
    assert all(f"| {name} |" in listed for name in RECIPES)


def test_the_readme_has_the_results_that_the_command_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["--results"]) == 0
    shipped = [
        line
        for line in capsys.readouterr().out.splitlines()
        if "`" not in line or any(f"`{name}`" in line for name in RECIPES)
    ]
    assert "\n".join(shipped) in (SHIPPED.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-recipe"],
        ["sgd-cnn", "--epochs", "0"],
        ["sgd-cnn", "--epochs", "1.5"],
        ["sgd-cnn", "--learning-rate", "nan"],
        ["sgd-cnn", "--learning-rate", "-1"],
        ["sgd-cnn", "--batch-size", "many"],
        ["sgd-cnn", "--seed", "-1"],
        ["--all", "--name", "mine"],
        ["sgd-cnn", "--all"],
    ],
)
def test_bad_arguments_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(arguments)
    assert stop.value.code == 2
    assert "error" in capsys.readouterr().err


def test_missing_data_and_bad_names_are_said_in_a_line(
    models: Path, capsys: pytest.CaptureFixture[str], mnist: Mnist
) -> None:
    assert command.main(["sgd-cnn", "--data", "nowhere.npz"]) == 1
    assert "no file nowhere.npz" in capsys.readouterr().err
    assert command.main(["sgd-cnn", "--name", "../x"]) == 1
    assert "cannot name a model" in capsys.readouterr().err


def test_the_command_trains_and_keeps_what_is_there(
    model_copy: Path,
    mnist: Mnist,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PEN_DIGITS", raising=False)  # to judge by them takes longer than to train
    arguments = ["larger-cnn", "--epochs", "1", "--batch-size", "1000", "--seed", "5"]
    assert command.main(arguments) == 0
    model = registry.find_model("larger-cnn-2")
    assert "larger-cnn-2" in capsys.readouterr().out
    assert model.recipe["batch_size"] == 1000
    assert model.recipe["seed"] == 5
    assert registry.find_model("larger-cnn").recipe["batch_size"] == 200


def test_ctrl_c_leaves_no_half_model(models: Path, mnist: Mnist) -> None:
    """A real Ctrl-C in the middle of an epoch."""
    process = subprocess.Popen(
        [sys.executable, "-u", "train.py", "sgd-cnn", "--name", "mine"],
        cwd=SHIPPED.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ,
        text=True,
    )
    assert process.stdout
    assert process.stderr
    assert any("Epoch 1" in line for line in process.stdout)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted; no model was left half done" in errors
    assert "Traceback" not in errors
    assert not (set(models.iterdir()) - {models / ".training"})
