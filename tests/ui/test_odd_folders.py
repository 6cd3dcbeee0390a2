"""What the pages show where models or MNIST are missing, unusual or damaged."""

import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from recognizer.analysis.metrics import misclassified
from recognizer.datasets.mnist import find_mnist
from recognizer.models import registry
from recognizer.ui.markdown import plain
from tests.ui.pages import (
    CONFIDENCE,
    CURVES,
    DATA,
    MATRIX,
    MODELS,
    NUMBERS,
    OF_A_MODEL,
    TRAINING,
    WRONG,
    charts,
    images,
    open_page,
    tables,
    text_of,
)


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("page", OF_A_MODEL)
def test_without_a_model_every_page_says_what_to_do(page: str) -> None:
    app = open_page(page)
    assert "python train.py" in app.error[0].value
    assert not charts(app)


@pytest.mark.usefixtures("models", "mnist")
def test_without_a_model_the_data_page_works() -> None:
    app = open_page(DATA)
    assert not app.error
    assert charts(app) == 1


@pytest.mark.usefixtures("models")
def test_without_a_model_the_training_page_says_so() -> None:
    assert "There is no model yet" in text_of(open_page(TRAINING))


@pytest.mark.parametrize(
    ("page", "file"),
    [
        (CURVES, "recipe.json"),
        (WRONG, "report.json"),
        (CONFIDENCE, "model.keras"),
        (MATRIX, "predictions.npz"),
    ],
)
def test_a_damaged_model_is_named_and_the_active_one_is_shown(
    model_copy: Path, models: Path, page: str, file: str
) -> None:
    shutil.copytree(model_copy, models / "broken")
    content = (models / "broken" / file).read_bytes()
    (models / "broken" / file).write_bytes(content[: len(content) // 2])
    app = open_page(page, model="broken")
    assert "'broken' is damaged" in text_of(app)
    assert "The model `broken` cannot be shown" in text_of(app)
    assert "**larger-cnn**: " in text_of(app)
    assert not app.error


@pytest.mark.usefixtures("model_copy")
def test_a_folder_whose_name_is_not_valid_is_reported(models: Path) -> None:
    (models / "my_backup").mkdir()
    warning = open_page(TRAINING).warning[0].value
    assert plain("'my_backup' is not a valid model name") in warning


@pytest.mark.parametrize("page", [page for page in OF_A_MODEL if page != NUMBERS])
def test_damaged_predictions_are_reported_where_they_are_needed(
    model_copy: Path, page: str
) -> None:
    np.savez(model_copy / "predictions.npz", labels=np.zeros(3))
    app = open_page(page)
    if page == CURVES:  # it needs none
        assert not app.error
        assert charts(app) == 3
    else:
        assert "predictions.npz cannot be read" in app.error[0].value


@pytest.mark.parametrize("page", [CURVES, CONFIDENCE, MODELS])
def test_a_model_without_history_and_layers_is_shown(model_copy: Path, page: str) -> None:
    for file in ("history.csv", "layers.csv"):
        (model_copy / file).unlink()
    report = json.loads((model_copy / "report.json").read_text())
    kept = {key: report[key] for key in ("accuracy", "loss")}
    (model_copy / "report.json").write_text(json.dumps(kept))
    app = open_page(page)
    assert not app.error
    if page == CURVES:
        assert "'larger-cnn' has no history" in text_of(app)
        assert not charts(app)
    elif page == CONFIDENCE:
        assert charts(app) == 4
    else:
        assert "does not list its layers" in text_of(app)
        assert "No other model was evaluated" in text_of(app)


@pytest.mark.parametrize("page", [CURVES, MODELS])
def test_a_minimal_recipe_and_a_diverged_training_are_shown(model_copy: Path, page: str) -> None:
    (model_copy / "recipe.json").write_text('{"recipe": "mine", "parameters": 5}')
    (model_copy / "history.csv").write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n1,,0.1,,,3\n"
    )
    app = open_page(page, log="true")
    assert not app.error
    if page == CURVES:
        assert charts(app) == 3
        assert tables(app)[0].loc["Recipe", "larger-cnn"] == "mine"
    else:
        assert tables(app)[0].loc[0, "parameters"] == 5


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (MATRIX, "**0** of 10,000 test images are misclassified"),
        (WRONG, "No misclassified image passes these filters"),
        (CONFIDENCE, "**Wrong:** 0 answers"),
    ],
)
def test_a_model_without_an_error_is_shown(model_copy: Path, page: str, words: str) -> None:
    labels = registry.load_report("larger-cnn").labels
    certain = np.eye(10, dtype=np.float32)[labels]
    np.savez(model_copy / "predictions.npz", labels=labels, probabilities=certain)
    app = open_page(page, errors="true")
    assert not app.error
    assert words in text_of(app)


def test_models_evaluated_on_different_images_are_not_mixed(model_copy: Path, models: Path) -> None:
    other = shutil.copytree(model_copy, models / "few")
    report = registry.load_report("larger-cnn")
    labels, probabilities = report.labels[:50], report.probabilities[:50]
    np.savez(other / "predictions.npz", labels=labels, probabilities=probabilities)
    app = open_page(WRONG, model="few", image="40")
    assert not app.error
    assert tables(app)[0]["model"].tolist() == ["few"]
    app = open_page(WRONG, model="larger-cnn", image="400")
    assert not app.error
    assert tables(app)[0]["model"].tolist() == ["larger-cnn"]
    assert "No other model was evaluated" in text_of(open_page(MODELS, model="few"))
    app = open_page(TRAINING, beside="few")
    assert "They cannot be compared: they were evaluated on different images" in text_of(app)


@pytest.fixture
def without_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without MNIST; the file that a download makes."""
    monkeypatch.delenv("MNIST_NPZ", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("MNIST_URL", "http://localhost:1/mnist.npz")
    return tmp_path / "datasets" / "mnist.npz"


def retry(app: AppTest) -> None:
    """Press the button beside the message that MNIST is not available."""
    next(each for each in app.button if each.label == "Try again").click().run()


@pytest.mark.usefixtures("without_mnist")
@pytest.mark.parametrize("page", [MATRIX, WRONG])
def test_misclassified_images_are_shown_without_mnist(page: str) -> None:
    wrong = misclassified(registry.load_report("robust-cnn"))
    cell = ["label", "reading"]
    most = wrong[wrong.groupby(cell)["loss"].transform("size") > 1].iloc[[0]]  # not alone in it
    label, reading = most[cell].astype(str).to_numpy().ravel().tolist()
    number = str(most.index[0])
    app = open_page(page, model="robust-cnn", label=label, reading=reading, image=number)
    assert not app.error
    assert images(app) >= 2


@pytest.mark.usefixtures("without_mnist")
@pytest.mark.parametrize("page", [MATRIX, WRONG, DATA])
def test_offline_a_page_says_why_it_lacks_images_and_shows_the_rest(page: str) -> None:
    app = open_page(page, label="4", reading="4", image="4")  # read correctly
    assert "could not be downloaded" in app.error[0].value
    assert not images(app)
    assert len(app.error) == 1
    app.run()  # does not try again by itself
    retry(app)
    assert not app.exception
    assert "could not be downloaded" in app.error[0].value


@pytest.fixture
def source(mnist: object) -> Iterator[str]:
    """The address of a web server that has MNIST."""
    path = find_mnist().resolve()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(path.parent))
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/{path.name}"
        server.shutdown()


@pytest.mark.parametrize(("page", "shown"), [(MATRIX, 60), (WRONG, 2), (DATA, 20)])
def test_mnist_is_fetched_when_it_is_needed(
    source: str, without_mnist: Path, monkeypatch: pytest.MonkeyPatch, page: str, shown: int
) -> None:
    app = open_page(page, label="4", reading="4", image="4")
    assert not without_mnist.exists()
    monkeypatch.setenv("MNIST_URL", source)
    retry(app)
    assert not app.exception
    assert not app.error
    assert images(app) == shown
    assert without_mnist.exists()


def test_a_folder_without_its_images_needs_mnist(keras_copy: Path, without_mnist: Path) -> None:
    (keras_copy / "misclassified.npz").unlink()
    app = open_page(WRONG, image="445")
    assert "could not be downloaded" in app.error[0].value


def test_a_wrong_mnist_npz_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_NPZ", "/nowhere/mnist.npz")
    app = open_page(DATA)
    assert plain("MNIST_NPZ is set to /nowhere/mnist.npz") in app.error[0].value
