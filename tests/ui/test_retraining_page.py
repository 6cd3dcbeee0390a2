"""The sidebar, the form, and who may use them, without a browser."""

import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recognizer import processes
from recognizer.models import registry
from recognizer.processes import Identity
from recognizer.training import job_state, jobs
from recognizer.training.job_state import current
from recognizer.training.request import TrainingRequest
from recognizer.ui import permission as permissions
from recognizer.ui.markdown import plain
from tests.conftest import SHIPPED
from tests.datasets.zenodo import zenodo
from tests.training_notes import note_training
from tests.ui.pages import (
    DATA,
    MODELS,
    PATIENCE,
    TRAINING,
    open_draw_page,
    open_page,
    text_of,
)

GONE = Identity(os.getpid(), 0.0)  # no process: this number is taken by one that started later


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
        assert bar.proto.text == plain("Training mine: epoch 2 of 3, about 35 s left.")


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
def test_a_recipe_that_needs_drawings_can_be_trained_where_they_can_be_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    with zenodo({"unipen.tgz": b"fetched later"}) as (url, _):
        monkeypatch.setenv("UNIPEN_URL", url)
        app = open_form()
        app.selectbox[0].select("robust-cnn").run()
        assert "The drawings of UniPen are fetched first" in text_of(app)
        assert not app.button(key="start").disabled


@pytest.mark.usefixtures("models")
def test_a_recipe_that_needs_drawings_says_so_if_there_are_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    app = open_form()
    app.selectbox[0].select("robust-cnn").run()
    assert plain("The drawings of UniPen are not on this machine") in app.markdown[-1].value
    assert app.button(key="start").disabled
    assert current() is None


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
