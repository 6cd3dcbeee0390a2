"""Retraining in Chromium: pressed, watched, cancelled, compared, taken back; and by whom."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from recognizer.datasets.mnist import Mnist
from tests.browser.driver import SETTLED, Pad, free_port, serve, wait_until_answers
from tests.conftest import SHIPPED
from tests.digits import DIGITS
from tests.waiting import wait_until

HAND = {digit: [np.array(s, dtype=float) for s in strokes] for digit, strokes in DIGITS.items()}
NO_DRAWINGS: dict[str, Any] = {
    "PEN_DIGITS": "",
    "PEN_OTHERS": "",
}  # to judge by them takes longer than to train
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Models to train into: two that are shipped."""
    for name in ("robust-cnn", "mlp-baseline"):
        shutil.copytree(SHIPPED / name, tmp_path / "models" / name)
    return tmp_path / "models"


@pytest.fixture
def own_app(folder: Path, mnist: Mnist) -> Iterator[str]:
    with serve(MODELS_DIR=str(folder), **NO_DRAWINGS) as address:
        yield address
        end_training(folder)


def end_training(folder: Path) -> None:
    notes = folder / ".training" / "job.json"
    if notes.exists():
        pid = json.loads(notes.read_text())["process"]["pid"]
        if psutil.pid_exists(pid):
            psutil.Process(pid).kill()


def order(page: Page, recipe: str, **fields: str) -> None:
    """Open the form and fill it in."""
    page.get_by_role("button", name="Retrain").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Recipe").click()
    page.get_by_role("option", name=recipe).click()
    expect(dialog.get_by_role("textbox", name="Name")).to_have_value(f"{recipe}-2")
    for label, value in fields.items():
        field = dialog.get_by_label(label.replace("_", " "), exact=True)
        expect(field).to_have_count(1)  # those of the recipe before are gone
        field.fill(value)
        field.press("Tab")
    page.wait_for_selector(SETTLED)


def start(page: Page, recipe: str = "mlp-baseline", **fields: str) -> None:
    order(page, recipe, **fields)
    page.get_by_role("button", name="Start training").click()
    page.get_by_text("is being trained").first.wait_for()


def test_pressed_while_drawing_then_compared_used_and_taken_back(
    page: Page, own_app: str, folder: Path
) -> None:
    pad = Pad(page, own_app)
    pad.draw(HAND[3])
    pad.wait_for_digit(3)
    start(page, Epochs="2", Batch_size="2000")
    expect(page.get_by_role("dialog")).to_have_count(0)
    pad.wait_for_digit(3)  # what was drawn is still there
    pad.press("Clear")
    pad.draw(HAND[4])
    pad.wait_for_digit(4)  # and drawing goes on
    done = page.get_by_role("link", name="mlp-baseline-2 is trained.")
    done.wait_for(timeout=120_000)
    pad.wait_for_digit(4)
    done.click()
    page.get_by_role("heading", name="Which model reads").wait_for()
    expect(page.get_by_role("combobox", name="Compare it with")).to_have_value("mlp-baseline-2")
    expect(page.get_by_text("Errors fixed").first).to_be_visible()
    expect(page.get_by_text("McNemar's p")).to_be_visible()

    page.get_by_role("button", name="Use this model").click()
    page.get_by_text("mlp-baseline-2 reads from now on").wait_for()
    assert (folder / ".active").read_text() == "mlp-baseline-2\n"
    other = Pad(page.context.new_page(), own_app)  # another visitor, without a restart
    other.draw(HAND[7])
    other.wait_for_digit(7)
    expect(other.page.get_by_text("mlp-baseline-2 reads at present")).to_be_visible()

    expect(page.get_by_role("combobox", name="Compare it with")).to_have_value("robust-cnn")
    page.get_by_role("button", name="Use this model").click()
    page.get_by_text("robust-cnn reads from now on").wait_for()
    assert (folder / ".active").read_text() == "robust-cnn\n"


def test_two_browsers_see_one_training_and_a_reload_keeps_it(
    browser: Browser, page: Page, own_app: str, folder: Path
) -> None:
    page.goto(own_app)
    start(page, Epochs="300")
    context = browser.new_context()
    other = context.new_page()
    other.goto(f"{own_app}/Models")
    expect(other.get_by_text("mlp-baseline-2 is being trained")).to_be_visible()
    other.get_by_role("button", name="Retrain").click()
    expect(other.get_by_text("One training runs at a time")).to_be_visible()
    page.reload()
    expect(page.get_by_text("epoch 1 of 300")).to_be_visible(timeout=60_000)
    page.goto(f"{own_app}/Training")
    expect(page.get_by_text("1 of 300").last).to_be_visible()
    expect(page.locator("[data-testid=stVegaLiteChart] svg.marks")).to_have_count(2, timeout=60_000)
    cancel(page)
    expect(page.get_by_text("The training of mlp-baseline-2 was cancelled").first).to_be_visible()
    expect(other.get_by_text("was cancelled").first).to_be_visible()  # by itself
    assert not list(folder.glob(".new-*"))
    assert not (folder / "mlp-baseline-2").exists()
    context.close()


def cancel(page: Page) -> None:
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the training").click()


def test_a_form_opened_before_somebody_else_started_says_so_and_keeps_what_was_typed(
    browser: Browser, page: Page, own_app: str
) -> None:
    page.goto(own_app)
    order(page, "mlp-baseline", Name="mine")
    context = browser.new_context()
    other = context.new_page()
    other.goto(own_app)
    start(other, Epochs="300")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("dialog").get_by_text("One training runs at a time")).to_be_visible()
    other.goto(f"{own_app}/Training")
    cancel(other)
    context.close()


def test_a_name_that_cannot_be_is_said_and_nothing_is_lost(page: Page, own_app: str) -> None:
    page.goto(own_app)
    order(page, "mlp-baseline", Batch_size="333")
    dialog = page.get_by_role("dialog")
    name = dialog.get_by_label("Name", exact=True)
    for value in ("../x", "/etc/x", "con", "Ярослав", "n" * 300, "", "mlp-baseline"):
        name.fill(value)
        name.press("Tab")
        page.get_by_role("button", name="Start training").click()
        taken = value == "mlp-baseline"
        said = f"{value[:70]!r} cannot name a model" if not taken else f"a model {value!r} already"
        expect(dialog.get_by_text(said)).to_be_visible()
        expect(name).to_have_value(value)
        expect(dialog.get_by_label("Batch size", exact=True)).to_have_value("333")


def test_the_server_started_anew_finds_the_training(page: Page, folder: Path, mnist: Mnist) -> None:
    with serve(MODELS_DIR=str(folder), **NO_DRAWINGS) as address:
        page.goto(address)
        start(page, Epochs="300")
    with serve(MODELS_DIR=str(folder), **NO_DRAWINGS) as address:
        pad = Pad(page, address)
        expect(page.get_by_text("mlp-baseline-2 is being trained")).to_be_visible()
        pad.draw(HAND[3])
        pad.wait_for_digit(3)
        page.goto(f"{address}/Training")
        cancel(page)
        expect(page.get_by_text("was cancelled").first).to_be_visible()


def test_a_killed_training_says_so_and_can_be_started_again(
    page: Page, own_app: str, folder: Path
) -> None:
    page.goto(f"{own_app}/Training")
    start(page, Epochs="1", Batch_size="2000")
    page.get_by_text("1 of 1", exact=True).wait_for(timeout=60_000)
    end_training(folder)
    expect(page.get_by_text("The training ended without a word")).to_be_visible()
    expect(page.get_by_text("Log", exact=True)).to_have_count(1)
    page.get_by_text("Log", exact=True).click()
    expect(page.get_by_text("mlp-baseline-2: recipe mlp-baseline")).to_be_visible()
    wait_until(lambda: not list(folder.glob(".new-*")))
    page.get_by_role("button", name="Train again").click()
    page.get_by_text("mlp-baseline-2 is trained").first.wait_for(timeout=120_000)


def test_a_model_is_renamed_and_deleted_but_never_a_shipped_one(
    page: Page, own_app: str, folder: Path
) -> None:
    shutil.copytree(folder / "mlp-baseline", folder / "mine")
    recipe = json.loads((folder / "mine" / "recipe.json").read_text())
    (folder / "mine" / "recipe.json").write_text(json.dumps(recipe | {"shipped": False}))
    page.goto(f"{own_app}/Training?beside=mine")
    page.get_by_role("button", name="Rename").click()
    name = page.get_by_label("New name")
    name.fill("../yours")
    name.press("Enter")
    page.get_by_role("button", name="Rename").last.click()
    expect(page.get_by_text("cannot name a model")).to_be_visible()
    if not name.is_visible():
        page.get_by_role("button", name="Rename").first.click()
    name.fill("yours")
    name.press("Enter")
    page.get_by_role("button", name="Rename").last.click()
    expect(page.get_by_text("mine is called yours now")).to_be_visible()
    assert (folder / "yours").is_dir()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete yours").click()
    expect(page.get_by_text("yours is deleted")).to_be_visible()
    assert not (folder / "yours").exists()
    page.goto(f"{own_app}/Training?beside=mlp-baseline")
    expect(page.get_by_role("button", name="Use this model")).to_be_enabled()
    expect(page.get_by_role("button", name="Rename")).to_be_disabled()
    expect(page.get_by_role("button", name="Delete")).to_be_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_and_the_page_fit_a_phone(browser: Browser, address: str, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"{address}/Training")
    page.get_by_role("heading", name="Which model reads").wait_for()
    page.wait_for_selector(SETTLED)
    assert page.evaluate(OVERFLOW) == 0
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("button", name="Retrain").click()
    page.get_by_role("button", name="Start training").wait_for()
    box = page.get_by_role("dialog").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    context.close()


# Who may: served to others, who is signed in and on the list


@pytest.fixture
def served(folder: Path, tmp_path: Path) -> Iterator[str]:
    """The app served to others, with a real OpenID provider, and Ada on the list."""
    port, provider = free_port(), free_port()
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(
        f"""
[retraining]
allowed = ["Ada@example.org", "mallory@example.org"]

[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "not a secret, in a test"
client_id = "digits"
client_secret = "not a secret either"
server_metadata_url = "http://localhost:{provider}/.well-known/openid-configuration"
"""
    )
    options = (f"--secrets.files={secrets}", "--server.address=0.0.0.0")
    with (
        openid_provider(provider),
        serve(*options, port=port, MODELS_DIR=str(folder), **NO_DRAWINGS) as address,
    ):
        yield address
        end_training(folder)


@contextmanager
def openid_provider(port: int) -> Iterator[None]:
    """Who signs in there is who they say they are."""
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", f"--port={port}"]
    for name in ("ada", "bob", "mallory"):
        verified = name != "mallory"
        claims = {"sub": name, "email": f"{name}@example.org", "email_verified": verified}
        command.append(f"--user-claims={json.dumps(claims)}")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_answers(f"http://localhost:{port}/.well-known/openid-configuration")
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def sign_in(context: BrowserContext, address: str, who: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=who).click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page


def test_served_to_others_only_who_is_on_the_list_may_retrain(
    browser: Browser, served: str, folder: Path, mnist: Mnist
) -> None:
    context = browser.new_context()
    page = context.new_page()
    pad = Pad(page, served)
    pad.draw(HAND[5])
    pad.wait_for_digit(5)  # anyone may draw
    expect(page.get_by_role("button", name="Retrain")).to_be_disabled()
    expect(page.get_by_text("Sign in to retrain")).to_be_visible()
    page.goto(f"{served}/Training")
    expect(page.get_by_role("button", name="Use this model")).to_be_disabled()
    context.close()

    for who, why in (
        ("bob", "bob@example.org is not on the list"),
        ("mallory", "mallory@example.org was never verified"),
    ):
        context = browser.new_context()
        page = sign_in(context, served, who)
        expect(page.get_by_text(why)).to_be_visible()
        expect(page.get_by_role("button", name="Retrain")).to_be_disabled()
        context.close()

    context = browser.new_context()
    page = sign_in(context, served, "ada")
    start(page, Epochs="300")
    page.goto(f"{served}/Training")
    cancel(page)
    expect(page.get_by_text("was cancelled").first).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()  # the provider asks
    expect(page.get_by_role("button", name="Retrain")).to_be_disabled()
    context.close()


def test_served_to_others_without_a_list_nobody_may(page: Page, folder: Path) -> None:
    with serve("--server.address=0.0.0.0", MODELS_DIR=str(folder)) as address:
        page.goto(address)
        expect(page.get_by_role("button", name="Retrain")).to_be_disabled()
        expect(page.get_by_text("no list yet", exact=False)).to_be_visible()
