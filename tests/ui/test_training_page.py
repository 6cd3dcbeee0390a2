"""The Training page without a browser: the last training, past ones, and their models."""

import json
import os
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.processes import Identity
from recognizer.training import job_state, jobs
from recognizer.training.request import TrainingRequest
from recognizer.ui.comparison import doubt_about
from tests.conftest import SHIPPED
from tests.training_notes import REQUEST, note_training
from tests.ui.pages import (
    MODELS,
    TRAINING,
    charts,
    open_page,
    tables,
    text_of,
)

GONE = Identity(os.getpid(), 0.0)  # no process: this number is taken by one that started later


@pytest.mark.usefixtures("running")
def test_the_training_page_shows_all_about_a_training() -> None:
    app = open_page(TRAINING)
    assert [metric.value for metric in app.metric[:4]] == ["2 of 3", "125 of 250", "35 s", "90.00%"]
    words = "Recipe mlp-baseline, from scratch: Adam with a learning rate of 0.001, batches of 200"
    assert words in text_of(app)
    assert charts(app) == 2


def test_a_failed_training_is_reported_with_its_reason(running: Path) -> None:
    (running / "log.txt").unlink()
    job_state.note_end("failed", "There was not enough memory.")
    app = open_page(TRAINING)
    assert app.error[0].value == "There was not enough memory."
    assert "This training was started in a terminal; see its output there." in text_of(app)
    assert not [button for button in app.button if button.key == "again"]


@pytest.mark.usefixtures("model_copy")
def test_a_killed_training_is_reported_and_can_be_started_again(
    started: list[TrainingRequest],
) -> None:
    note_training(GONE)
    app = open_page(TRAINING)
    assert "The training stopped unexpectedly" in app.error[0].value
    assert app.code[0].value == "so far, so good"
    assert charts(app) == 2
    app.button(key="again").click().run()
    assert not app.exception
    assert started == [REQUEST]


def test_a_model_is_renamed_and_deleted(model_copy: Path, models: Path) -> None:
    mine = shutil.copytree(SHIPPED / "mlp-baseline", models / "mine")
    recipe = json.loads((mine / "recipe.json").read_text())
    (mine / "recipe.json").write_text(json.dumps(recipe | {"shipped": False}))
    app = open_page(TRAINING, beside="mine")
    app.text_input(key="rename-mine").set_value("../yours")
    app.button(key="rename").click().run()
    assert "'../yours' is not a valid model name" in app.error[-1].value
    app.text_input(key="rename-mine").set_value("yours")
    app.button(key="rename").click().run()
    assert "mine is now called yours." in app.toast[0].value
    assert app.selectbox(key="beside").value == "yours"
    assert (models / "yours").is_dir()
    app.button(key="delete").click().run()
    assert "yours was deleted." in app.toast[0].value
    assert not (models / "yours").exists()
    assert not app.exception


@pytest.fixture
def trained(running: Path, models: Path) -> Path:
    """A training that is done, and the folder of its model."""
    mine = shutil.copytree(SHIPPED / "mlp-baseline", models / "mine")
    recipe = json.loads((mine / "recipe.json").read_text())
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    (mine / "recipe.json").write_text(json.dumps(recipe | {"shipped": False, "trained_at": now}))
    job_state.note_end("done")
    return mine


def notices(app: AppTest) -> list[str]:
    """What the sidebar and the Training page say of the last training."""
    links = [link.proto.label for link in app.sidebar.get("page_link")]
    alerts = [alert.proto.title for alert in app.info]
    return [words for words in (*links, *alerts) if "is trained" in words]


@pytest.mark.usefixtures("trained")
def test_what_is_said_of_a_training_follows_its_model() -> None:
    app = open_page(TRAINING)
    assert notices(app) == ["mine is trained."] * 2
    app.text_input(key="rename-mine").set_value("yours")
    app.button(key="rename").click().run()
    assert notices(app) == ["yours is trained."] * 2
    assert tables(app)[-1].iloc[0]["Model"].startswith("**yours**")
    app.button(key="delete").click().run()
    assert notices(app) == []
    assert tables(app)[-1].iloc[0]["Result"].endswith("Deleted since")


def test_past_trainings_are_listed_with_their_end(trained: Path) -> None:
    note_training(GONE)
    with pytest.raises(MemoryError), jobs.run(replace(REQUEST, name="large")):
        raise MemoryError
    past = tables(open_page(TRAINING))[-1].set_index("Model")
    assert [name.split("**")[1] for name in past.index] == ["large", "mine"]
    assert past["Result"].str.startswith(("Failed after", "Trained in")).all()
    assert "There was not enough memory" in past["Result"].iloc[0]
    assert past["On drawings"].to_list() == ["–", "95.08%"]
    assert past["Result"].str.contains(time.strftime("%B %Y")).all()


@pytest.mark.usefixtures("trained")
def test_a_model_without_a_figure_on_drawings_says_how_to_get_one(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = json.loads((models / "mine" / "report.json").read_text())
    del report["drawn"]
    (models / "mine" / "report.json").write_text(json.dumps(report))
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    for page in (MODELS, TRAINING):
        assert "Not evaluated on drawings: mine. There are no drawings on this machine" in text_of(
            open_page(page)
        )
    monkeypatch.setenv("PEN_DIGITS", __file__)
    assert "`python train.py --judge` does it." in text_of(open_page(MODELS))


@pytest.mark.usefixtures("running")
def test_the_first_epoch_has_curves(models: Path) -> None:
    (models / ".training" / "history.csv").unlink()
    app = open_page(TRAINING)
    assert charts(app) == 0
    assert "The curves appear with the first batches." in text_of(app)
    (models / ".training" / "batches.csv").write_text("batch,accuracy,loss\n3,0.5,1.5\n6,0.6,1\n")
    assert charts(open_page(TRAINING)) == 2


@pytest.mark.usefixtures("model_copy")
def test_a_shipped_model_can_be_used_but_not_changed(models: Path) -> None:
    shutil.copytree(SHIPPED / "mlp-baseline", models / "mlp-baseline")
    app = open_page(TRAINING, beside="mlp-baseline")
    assert not app.button(key="use").disabled
    assert "It came with the app and cannot be changed." in text_of(app)
    app.button(key="delete").click().run()
    assert "'mlp-baseline' came with the app and cannot be changed." in app.error[-1].value
    app.button(key="use").click().run()
    assert "mlp-baseline reads 95.1% of drawn digits, larger-cnn 97.4%." in text_of(app)
    assert registry.active_model().name == "larger-cnn"
    registry.activate("mlp-baseline")
    app = open_page(TRAINING, beside="larger-cnn")
    app.button(key="use").click().run()  # the better one: no question
    said = app.toast[0].value
    assert "larger-cnn is now the active model. The previous one was mlp-baseline" in said
    assert registry.active_model().name == "larger-cnn"


def scored(model: ModelEntry, accuracy: float | None, on_mnist: float = 0.99) -> ModelEntry:
    """A model with this accuracy on drawings."""
    result = model.benchmark
    assert result
    result = replace(result, overall=replace(result.overall, accuracy=accuracy or 0.0))
    summary = replace(model.summary, accuracy=on_mnist, benchmark=result if accuracy else None)
    return replace(model, summary=summary)


@pytest.mark.parametrize(
    ("new", "old", "words"),
    [
        ((0.985,), (0.972,), ""),
        ((0.972,), (0.972,), ""),
        ((0.972,), (0.985,), "mine reads 97.2% of drawn digits, active 98.5%."),
        ((0.9712,), (0.9714,), "mine reads 97.12% of drawn digits, active 97.14%."),
        ((None, 0.999), (0.985,), "not evaluated on drawings; active reads 98.5% of drawn"),
        ((0.972, 0.98), (None, 0.99), "mine reads 98.0% of MNIST's test images, active 99.0%."),
        ((None, 0.98), (None, 0.99), "mine reads 98.0% of MNIST's test images, active 99.0%."),
        ((None, 0.99), (None, 0.98), ""),
    ],
)
def test_a_model_that_reads_worse_is_doubted(
    new: tuple[float], old: tuple[float], words: str
) -> None:
    known = registry.find_model("larger-cnn")
    mine = scored(replace(known, name="mine"), *new)
    doubt = doubt_about(mine, scored(replace(known, name="active"), *old))
    assert words in doubt
    assert bool(words) == bool(doubt)
