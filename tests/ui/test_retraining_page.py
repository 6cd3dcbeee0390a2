"""The sidebar, the form and the Training page without a browser."""

import json
import os
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recognizer import processes
from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.processes import Identity
from recognizer.training import job_state, jobs
from recognizer.training.job_state import current
from recognizer.training.request import TrainingRequest
from recognizer.ui import permission as permissions
from recognizer.ui.comparison import doubt_about
from recognizer.ui.past import plain
from tests.conftest import SHIPPED
from tests.training_notes import REQUEST, note_training
from tests.ui.pages import (
    DATA,
    MODELS,
    PATIENCE,
    TRAINING,
    charts,
    open_draw_page,
    open_page,
    tables,
    text_of,
)

GONE = Identity(os.getpid(), 0.0)  # no process: this number is taken by one that started later


@pytest.fixture
def running(model_copy: Path, models: Path) -> Path:
    """A training, noted as run by this very process; its folder."""
    note_training(processes.own())
    return models / ".training"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[TrainingRequest]:
    """The requests that the pages start; nothing is trained."""
    requests: list[TrainingRequest] = []
    monkeypatch.setattr(jobs, "start", requests.append)
    return requests


@pytest.fixture
def denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "permission", lambda: permissions.Permission("You may not."))


def test_pages_name_the_active_model_and_offers_to_retrain() -> None:
    for app in (open_draw_page(), *map(open_page, [MODELS, DATA, TRAINING])):
        assert f"Active model: **{registry.active_model().name}**" in text_of(app)
        assert not app.button(key="retrain").disabled


@pytest.mark.usefixtures("running")
def test_the_sidebar_follows_a_training_in_a_line() -> None:
    for page in (open_draw_page(), open_page(MODELS)):
        bar = page.sidebar.get("progress")[0]
        assert bar.proto.text == "Training mine: epoch 2 of 3, about 35 s left."


@pytest.mark.usefixtures("running")
def test_the_training_page_shows_all_about_a_training() -> None:
    app = open_page(TRAINING)
    assert [metric.value for metric in app.metric[:4]] == ["2 of 3", "125 of 250", "35 s", "90.00%"]
    words = "Recipe mlp-baseline, from scratch: Adam with a learning rate of 0.001, batches of 200"
    assert words in text_of(app)
    assert charts(app) == 2


@pytest.mark.usefixtures("model_copy")
def test_the_form_says_what_is_being_trained() -> None:
    note_training(Identity.of(os.getppid()))
    app = open_form()
    assert "Training mine\\: epoch 2 of 3" in app.markdown[-1].value
    assert "One training runs at a time" in app.markdown[-1].value
    assert app.button(key="start").disabled
    job_state.note_end("done")
    app.run()
    assert not app.button(key="start").disabled


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


def open_form() -> AppTest:
    """The form by itself: AppTest runs the page again after each change, which closes it."""

    def page() -> None:
        from recognizer.ui.retraining import form

        form()

    return AppTest.from_function(page, default_timeout=PATIENCE).run()


def test_the_form_shows_the_values_of_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    app = open_page(TRAINING)
    app.button(key="retrain").click().run()
    assert not app.exception
    values = {each.label: each.value for each in (*app.number_input, *app.text_input)}
    assert values["Epochs"] == 5
    assert values["Batch size"] == 64
    assert values["Learning rate"] == 0.001
    assert values["Name"] == "compact-cnn-2"
    assert "on this machine: 5 epochs of 782 batches" in text_of(app)


def test_the_form_starts_what_it_shows(started: list[TrainingRequest]) -> None:
    app = open_form()
    app.selectbox[0].select("mlp-baseline").run()
    app.number_input(key="epochs-mlp-baseline").set_value(2)
    app.selectbox(key="optimizer-mlp-baseline").select("SGD").run()
    app.text_input(key="name-mlp-baseline").set_value(" mine ")
    app.selectbox(key="start-mlp-baseline").select("mlp-baseline")
    app.button(key="start").click().run()
    assert not app.exception
    (request,) = started
    assert (request.recipe, request.name) == ("mlp-baseline", "mine")
    assert (request.start_from, request.epochs) == ("mlp-baseline", 2)
    assert request.optimizer == "SGD"
    assert request.to_recipe().optimizer.learning_rate == 0.01


@pytest.mark.parametrize("name", ["../x", "con", "Ярослав", "n" * 300, "", "larger-cnn"])
def test_the_form_rejects_a_name_and_keeps_what_was_typed(model_copy: Path, name: str) -> None:
    app = open_form()
    app.selectbox[0].select("mlp-baseline").run()
    app.number_input(key="size-mlp-baseline").set_value(333)
    app.text_input(key="name-mlp-baseline").set_value(name)
    app.run()
    taken = f"The name {name!r} is taken. Choose another one."
    invalid = f"{name[:70]!r} is not a valid model name."
    assert plain(taken if name == "larger-cnn" else invalid) in app.markdown[-1].value
    assert app.button(key="start").disabled
    assert app.text_input(key="name-mlp-baseline").value == name
    assert app.number_input(key="size-mlp-baseline").value == 333
    assert current() is None


@pytest.mark.usefixtures("models")
def test_a_recipe_that_needs_drawings_says_so_if_there_are_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    app = open_form()
    app.selectbox[0].select("robust-cnn").run()
    assert plain("Set PEN_DIGITS to a file of them") in app.markdown[-1].value
    assert app.button(key="start").disabled
    assert current() is None


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
        assert "Not evaluated on drawings: mine. The app has no file" in text_of(open_page(page))
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


@pytest.mark.usefixtures("model_copy")
def test_served_to_others_without_an_allow_list_nobody_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "_on_this_machine", lambda: False)
    app = open_page(MODELS)
    assert app.button(key="retrain").disabled
    assert "There is no allow-list yet" in text_of(app)


def test_every_action_checks_the_permission_again(
    models: Path, model_copy: Path, started: list[TrainingRequest], denied: None
) -> None:
    """A button that a page still shows does nothing for users who may no longer do it."""
    shutil.copytree(SHIPPED / "mlp-baseline", models / "mlp-baseline")
    app = open_form()
    app.button(key="start").click().run()
    assert "You may not." in app.error[-1].value
    assert not started
    (models / ".active").write_text("mlp-baseline")
    app = open_page(TRAINING, beside="larger-cnn")
    app.button(key="use").click().run()
    assert "You may not." in app.error[-1].value
    assert (models / ".active").read_text() == "mlp-baseline"


@pytest.mark.usefixtures("running")
def test_only_users_with_permission_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled: list[object] = []
    monkeypatch.setattr(jobs, "cancel", cancelled.append)
    with monkeypatch.context() as patch:
        patch.setattr(permissions, "permission", lambda: permissions.Permission("You may not."))
        app = open_page(TRAINING)
        app.button(key="cancel").click().run()
    assert "You may not." in app.error[-1].value
    assert not cancelled
    app.button(key="cancel").click().run()
    assert cancelled == [processes.own()]
