"""What the dashboards say where models or MNIST are missing, odd or damaged."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from recognizer.models import registry
from tests.pages import (
    CURVES,
    DATA,
    MATRIX,
    MODELS,
    OF_A_MODEL,
    WRONG,
    charts,
    open_page,
    said,
    tables,
)


@pytest.mark.parametrize("page", OF_A_MODEL)
def test_without_a_model_every_page_says_what_to_do(models: Path, page: str) -> None:
    app = open_page(page)
    assert "python train.py" in app.error[0].value
    assert not charts(app)


def test_without_a_model_the_data_page_works(models: Path, mnist: object) -> None:
    app = open_page(DATA)
    assert not app.error
    assert charts(app) == 1


@pytest.mark.parametrize("page", OF_A_MODEL)
@pytest.mark.parametrize("file", ["recipe.json", "report.json", "model.keras", "predictions.npz"])
def test_a_damaged_model_is_named_and_the_rest_works(
    model_copy: Path, models: Path, page: str, file: str
) -> None:
    shutil.copytree(model_copy, models / "broken")
    content = (models / "broken" / file).read_bytes()
    (models / "broken" / file).write_bytes(content[: len(content) // 2])
    app = open_page(page, model="broken")
    assert "'broken' is damaged" in said(app)
    assert "model `broken` cannot be shown" in said(app)
    assert "**larger-cnn** reads" in said(app)
    assert tables(app) or charts(app) or app.get("download_button")


@pytest.mark.parametrize("page", OF_A_MODEL)
def test_predictions_that_are_no_predictions_are_named(model_copy: Path, page: str) -> None:
    np.savez(model_copy / "predictions.npz", labels=np.zeros(3))
    app = open_page(page)
    assert page == CURVES or "predictions.npz cannot be read" in app.error[0].value


@pytest.mark.parametrize("page", OF_A_MODEL)
def test_a_model_without_a_history_or_layers_says_so(model_copy: Path, page: str) -> None:
    for file in ("history.csv", "layers.csv"):
        (model_copy / file).unlink()
    report = json.loads((model_copy / "report.json").read_text())
    kept = {key: report[key] for key in ("accuracy", "loss")}
    (model_copy / "report.json").write_text(json.dumps(kept))
    app = open_page(page)
    assert not app.error
    if page == CURVES:
        assert "'larger-cnn' has no history" in said(app)
        assert not charts(app)
    if page == MODELS:
        assert "does not list its layers" in said(app)
        assert "No other model" in said(app)


@pytest.mark.parametrize("page", OF_A_MODEL)
def test_a_recipe_that_says_little_and_a_training_that_diverged(
    model_copy: Path, page: str
) -> None:
    (model_copy / "recipe.json").write_text('{"recipe": "mine", "parameters": 5}')
    (model_copy / "history.csv").write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n1,,0.1,,,3\n"
    )
    app = open_page(page, log="true")
    assert not app.error


@pytest.mark.parametrize("page", OF_A_MODEL)
def test_a_model_that_makes_no_mistake(model_copy: Path, page: str) -> None:
    labels = registry.load_report("larger-cnn").labels
    certain = np.eye(10, dtype=np.float32)[labels]
    np.savez(model_copy / "predictions.npz", labels=labels, probabilities=certain)
    app = open_page(page, errors="true")
    assert not app.error


@pytest.mark.parametrize("page", OF_A_MODEL)
def test_models_judged_on_different_images_do_not_mix(
    model_copy: Path, models: Path, page: str
) -> None:
    other = shutil.copytree(model_copy, models / "few")
    report = registry.load_report("larger-cnn")
    labels, probabilities = report.labels[:50], report.probabilities[:50]
    np.savez(other / "predictions.npz", labels=labels, probabilities=probabilities)
    assert not open_page(page, model="few", image="40").error
    assert not open_page(page, model="larger-cnn", image="400").error


@pytest.fixture
def without_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MNIST_NPZ", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("MNIST_URL", "http://localhost:1/mnist.npz")


@pytest.mark.parametrize("page", [MATRIX, WRONG, DATA])
def test_without_mnist_it_is_offered_and_the_rest_is_shown(without_mnist: None, page: str) -> None:
    app = open_page(page, label="4", reading="9", image="445")
    assert "not on this machine" in said(app)
    app.button(key="fetch").click().run()
    assert not app.exception
    assert "could not be downloaded" in app.error[0].value


def test_a_wrong_mnist_npz_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_NPZ", "/nowhere/mnist.npz")
    app = open_page(DATA)
    assert "MNIST_NPZ names /nowhere/mnist.npz" in app.error[0].value
    assert not [button for button in app.button if button.key == "fetch"]
