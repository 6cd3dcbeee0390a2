"""The sidebar and the Training page without a browser, and who may change models."""

import json
import shutil
import time
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recognizer import processes
from recognizer.models import registry
from recognizer.training import jobs
from recognizer.training.job_state import current
from recognizer.training.request import TrainingRequest
from recognizer.ui import permission as permissions
from tests.conftest import SHIPPED
from tests.pages import APP, PAGES, TRAINING, open_page, said

ORDER = TrainingRequest("mlp-baseline", "mine", epochs=3)


@pytest.fixture
def running(model_copy: Path, models: Path) -> None:
    """A training in its second epoch, as this very process notes it."""
    told = {"order": asdict(ORDER), "process": asdict(processes.own()), "began": time.time()}
    progress = {"phase": "Training", "epoch": 2, "epochs": 3, "batch": 125, "batches": 250}
    figures = {"accuracy": 0.9, "loss": 0.3, "seconds_left": 33.0, "updated": time.time()}
    folder = models / ".training"
    folder.mkdir()
    (folder / "job.json").write_text(json.dumps(told))
    (folder / "progress.json").write_text(json.dumps(progress | figures))
    (folder / "history.csv").write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n1,0.4,0.88,0.2,0.94,2.0\n"
    )


def test_every_page_says_what_reads_and_offers_to_retrain() -> None:
    for app in (AppTest.from_file(APP, default_timeout=60).run(), *map(open_page, PAGES)):
        assert f"**{registry.active_model().name}** reads at present" in said(app)
        assert not app.button(key="retrain").disabled


@pytest.mark.usefixtures("running")
def test_every_page_follows_a_training_in_a_line() -> None:
    for page in (AppTest.from_file(APP, default_timeout=60).run(), *map(open_page, PAGES)):
        bar = page.sidebar.get("progress")[0]
        assert "mine is being trained: epoch 2 of 3, about 35 s left." in bar.proto.text


@pytest.mark.usefixtures("running")
def test_the_training_page_shows_all_that_is_known() -> None:
    app = open_page(TRAINING)
    assert [metric.value for metric in app.metric[:3]] == ["2 of 3", "125 of 250", "35 s"]
    assert "Recipe mlp-baseline, from scratch: Adam at a learning rate of 0.001" in said(app)
    assert len(app.get("vega_lite_chart")) == 2


@pytest.mark.usefixtures("running")
def test_a_second_press_says_what_is_running() -> None:
    app = open_page(TRAINING)
    app.button(key="retrain").click().run()
    assert not app.exception
    assert "mine is being trained: epoch 2 of 3" in app.info[-1].value
    assert "One training runs at a time" in app.info[-1].value


@pytest.mark.usefixtures("running")
def test_a_failure_is_told_with_its_reason(models: Path) -> None:
    outcome = {"state": "failed", "reason": "There was not enough memory."}
    (models / ".training" / "outcome.json").write_text(json.dumps(outcome))
    (models / ".training" / "log.txt").touch()
    app = open_page(TRAINING)
    assert "There was not enough memory." in app.error[0].value
    assert app.button(key="again").label == "Train again"


def open_form() -> AppTest:
    """The form by itself: AppTest runs the page again with each change, which closes it."""

    def page() -> None:
        from recognizer.ui.retraining import form

        form()

    return AppTest.from_function(page, default_timeout=60).run()


def test_the_form_has_the_recipes_own_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    app = open_page(TRAINING)
    app.button(key="retrain").click().run()
    assert not app.exception
    values = {each.label: each.value for each in (*app.number_input, *app.text_input)}
    assert values["Epochs"] == 5
    assert values["Batch size"] == 64
    assert values["Learning rate"] == 0.001
    assert values["Name"] == "compact-cnn-2"
    assert "on this machine: 5 epochs of 782 batches" in said(app)


def test_what_is_trained_on_drawings_says_so_where_there_are_none(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    app = open_form()
    app.selectbox[0].select("robust-cnn").run()
    assert "PEN_DIGITS" in app.warning[-1].value
    app.button(key="start").click().run()
    assert "PEN_DIGITS" in app.error[-1].value
    assert current() is None


# Who may


def visitor(  # noqa: PLR0917
    monkeypatch: pytest.MonkeyPatch,
    user: dict[str, Any] | None = None,
    allowed: list[str] | None = None,
    providers: dict[str, Any] | None = None,
    address: str = "0.0.0.0",
    headers: dict[str, str] | None = None,
) -> None:
    """Be somebody who asks for the app from somewhere."""
    secrets = {
        "retraining": {"allowed": allowed or []},
        "auth": {"client_id": "x"} if providers is None else providers,
    }
    fake = SimpleNamespace(
        secrets=secrets,
        user=user or {},
        get_option=lambda _: address,
        context=SimpleNamespace(headers=headers or {}),
    )
    monkeypatch.setattr(permissions, "st", fake)


@pytest.mark.parametrize(
    ("address", "headers", "local"),
    [
        ("localhost", {}, True),
        ("localhost", {"Host": "localhost:8501"}, True),
        ("127.0.0.1", {"Host": "127.0.0.1:8501"}, True),
        ("::1", {"Host": "[::1]:8501"}, True),
        ("localhost", {"Host": "localhost"}, True),
        ("localhost", {"Host": "digits.example.org"}, False),
        ("localhost", {"Host": "digits.example.org:443"}, False),
        ("localhost", {"Host": "localhost.example.org:8501"}, False),
        ("localhost", {"Host": "localhost:8501", "X-Forwarded-For": "203.0.113.9"}, False),
        ("localhost", {"Host": "localhost:8501", "X-Real-IP": "203.0.113.9"}, False),
        ("0.0.0.0", {"Host": "localhost:8501"}, False),
        (None, {"Host": "localhost:8501"}, False),
        ("192.168.1.7", {"Host": "192.168.1.7:8501"}, False),
    ],
)
def test_on_localhost_everyone_may(
    monkeypatch: pytest.MonkeyPatch, address: str, headers: dict[str, str], local: bool
) -> None:
    visitor(monkeypatch, address=address, headers=headers)
    assert permissions.permission().given == local


ADA = {"is_logged_in": True, "email": "Ada@example.org"}


@pytest.mark.parametrize(
    ("user", "allowed", "why_not"),
    [
        (ADA, ["ada@EXAMPLE.org"], ""),
        (ADA | {"email_verified": True}, ["ada@example.org"], ""),
        (ADA | {"email_verified": "False"}, ["ada@example.org"], "never verified"),
        (ADA, "ada@example.org", "no list yet"),
        (ADA | {"email_verified": False}, ["ada@example.org"], "never verified"),
        (ADA, ["bob@example.org"], "not on the list"),
        (ADA, [], "no list yet"),
        ({}, ["ada@example.org"], "Sign in"),
        ({"is_logged_in": False, "email": "ada@example.org"}, ["ada@example.org"], "Sign in"),
        ({"is_logged_in": True}, ["ada@example.org"], "no e-mail address"),
        ({"is_logged_in": True, "email": ""}, [""], "no e-mail address"),
    ],
)
def test_served_to_others_the_list_decides(
    monkeypatch: pytest.MonkeyPatch, user: dict[str, Any], allowed: list[str], why_not: str
) -> None:
    visitor(monkeypatch, user, allowed)
    found = permissions.permission()
    assert found.given == (not why_not)
    assert why_not in found.why_not


@pytest.mark.parametrize(
    ("auth", "providers"),
    [
        ({"client_id": "x"}, ("",)),
        ({"cookie_secret": "x", "google": {"client_id": "y"}, "okta": {}}, ("google", "okta")),
        ({}, ()),
    ],
)
def test_the_ways_to_sign_in_are_those_in_the_secrets(
    monkeypatch: pytest.MonkeyPatch, auth: dict[str, Any], providers: tuple[str, ...]
) -> None:
    visitor(monkeypatch, allowed=["ada@example.org"], providers=auth)
    assert permissions.permission().providers == providers


def test_the_check_is_where_the_work_starts(
    model_copy: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A button that a page still shows does nothing for who may not any more."""
    shutil.copytree(SHIPPED / "mlp-baseline", models / "mlp-baseline")
    app = open_form()
    denied = permissions.Permission("You may not.")
    monkeypatch.setattr(permissions, "permission", lambda: denied)
    app.button(key="start").click().run()
    assert "You may not." in app.error[-1].value
    assert current() is None
    assert permissions.permission() is denied
    app = open_page(TRAINING)
    app.button(key="use").click().run()
    assert "You may not." in app.error[-1].value
    assert not (models / ".active").exists()


@pytest.mark.usefixtures("running")
def test_cancel_is_for_those_who_may(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[object] = []
    monkeypatch.setattr(jobs, "cancel", ended.append)
    monkeypatch.setattr(permissions, "permission", lambda: permissions.Permission("You may not."))
    app = open_page(TRAINING)
    app.button(key="cancel").click().run()
    assert "You may not." in app.error[-1].value
    assert not ended
    monkeypatch.setattr(permissions, "permission", permissions.Permission)
    app.button(key="cancel").click().run()
    assert ended == [processes.own()]


def test_a_folder_with_an_odd_name_is_said_to_be_damaged(model_copy: Path, models: Path) -> None:
    (models / "my_backup").mkdir()
    assert "'my_backup' cannot name a model" in open_page(TRAINING).warning[0].value
