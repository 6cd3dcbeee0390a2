"""Retraining in Chromium: started, followed, cancelled, compared, used, and switched back."""

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from recognizer.models import registry
from recognizer.training import job_state
from tests.browser.driver import CHART, OVERFLOW, SETTLED, Pad, serve
from tests.browser.jobs import (
    NO_DRAWINGS,
    cancel,
    end_training,
    fill_in_form,
    noted_training,
    start,
)
from tests.digits import DIGITS
from tests.waiting import wait_until

HAND = {digit: [np.array(s, dtype=float) for s in strokes] for digit, strokes in DIGITS.items()}
TRAINED = "mlp-baseline-2"
# A training lets all other processes go first, so on a busy machine it takes its time.
LONG = 200_000  # milliseconds
EPOCH = re.compile(r"^\d+ of 300$")


@pytest.mark.slow
def test_a_model_is_trained_while_drawing_then_compared_and_used(
    page: Page, context: BrowserContext, retraining_app: str, folder: Path
) -> None:
    pad = Pad(page, retraining_app)
    pad.draw(HAND[3])
    start(page, Epochs="1", Batch_size="10000")
    expect(page.get_by_role("dialog")).to_have_count(0)
    other = context.new_page()  # another visitor
    other.goto(f"{retraining_app}/Models")
    expect(other.get_by_text(re.compile(f"{TRAINED}( is trained|: )")).first).to_be_visible()
    page.bring_to_front()  # browsers slow down what is behind
    pad.wait_for_digit(3)  # the drawing is still there
    pad.press("Clear")
    pad.draw(HAND[4])
    pad.wait_for_digit(4)
    done = page.get_by_role("link", name=f"{TRAINED} is trained.")
    expect(done).to_be_visible(timeout=LONG)
    expect(other.get_by_text(f"{TRAINED} is trained.")).to_be_visible()  # without a reload
    pad.wait_for_digit(4)
    done.click()

    expect(page.get_by_role("heading", name="Active model")).to_be_visible()
    expect(page.get_by_role("combobox", name="Compare with")).to_have_value(TRAINED)
    expect(page.get_by_text("Fixed errors").first).to_be_visible()
    expect(page.get_by_text("McNemar's p")).to_be_visible()
    page.get_by_role("button", name="Use this model").click()
    question = page.get_by_role("dialog", name="Use this model?")
    benchmark = registry.find_model("robust-cnn").benchmark
    assert benchmark
    of_drawings = f"robust-cnn reads {benchmark.overall.accuracy:.1%} of drawn digits."
    words = f"{TRAINED} was not evaluated on drawings; {of_drawings}"
    expect(question.get_by_text(words)).to_be_visible()
    question.get_by_role("button", name="Keep robust-cnn").click()
    expect(question).to_have_count(0)
    assert not (folder / ".active").exists()
    page.get_by_role("button", name="Use this model").click()
    question.get_by_role("button", name=f"Use {TRAINED}").click()
    expect(page.get_by_text(f"{TRAINED} is now the active model.")).to_be_in_viewport()
    assert (folder / ".active").read_text() == f"{TRAINED}\n"
    other.bring_to_front()
    visitor = Pad(other, retraining_app)
    visitor.draw(HAND[7])
    visitor.wait_for_digit(7)
    expect(other.get_by_text(f"Active model: {TRAINED}")).to_be_visible()

    page.bring_to_front()
    expect(page.get_by_role("combobox", name="Compare with")).to_have_value("robust-cnn")
    page.get_by_role("button", name="Use this model").click()  # the better one: no question
    expect(page.get_by_text("robust-cnn is now the active model.")).to_be_in_viewport()
    assert (folder / ".active").read_text() == "robust-cnn\n"


def test_every_visitor_sees_a_training_and_that_it_was_cancelled(
    page: Page, context: BrowserContext, retraining_app: str, folder: Path
) -> None:
    other = context.new_page()
    with noted_training() as process:
        page.goto(f"{retraining_app}/Training")
        other.goto(f"{retraining_app}/Models")
        expect(other.get_by_text("Training mine: epoch 2 of 3")).to_be_visible()
        other.get_by_role("button", name="Retrain").click()
        expect(other.get_by_text("One training runs at a time")).to_be_visible()
        page.bring_to_front()
        expect(page.get_by_role("heading", name="Training mine")).to_be_visible()
        expect(page.get_by_text("2 of 3", exact=True)).to_be_visible()
        expect(page.locator(CHART)).to_have_count(2)
        cancel(page)
        assert not process.alive
        expect(other.get_by_text("The training of mine was cancelled.")).to_be_visible()


def test_a_killed_training_is_reported_on_the_open_page(
    page: Page, retraining_app: str, folder: Path
) -> None:
    with noted_training() as process:
        page.goto(f"{retraining_app}/Training")
        expect(page.get_by_role("heading", name="Training mine")).to_be_visible()
        process.kill()
        expect(page.get_by_text("The training stopped unexpectedly")).to_be_visible()
    expect(page.get_by_role("button", name="Train again")).to_be_visible()
    page.wait_for_selector(SETTLED)  # until then, the page of a moment ago is below
    log = page.get_by_text("Log", exact=True)
    expect(log).to_have_count(1)
    log.click()
    expect(page.get_by_text("so far, so good")).to_be_visible()


def test_the_form_stays_open_until_what_it_asks_for_is_possible(
    page: Page, retraining_app: str, folder: Path
) -> None:
    page.goto(retraining_app)
    fill_in_form(page, "mlp-baseline", Name="../x", Batch_size="333")
    dialog = page.get_by_role("dialog")
    button = dialog.get_by_role("button", name="Start training")
    expect(dialog.get_by_text("'../x' is not a valid model name")).to_be_visible()
    expect(button).to_be_disabled()
    dialog.get_by_label("Name", exact=True).fill("mine")  # without leaving the field
    expect(button).to_be_enabled()
    with noted_training():  # somebody else was faster
        button.click()
        expect(dialog.get_by_text("Training mine: epoch 2 of 3")).to_be_visible()
        expect(dialog.get_by_text("One training runs at a time")).to_be_visible()
        expect(button).to_be_disabled()
        expect(dialog.get_by_label("Name", exact=True)).to_have_value("mine")
        expect(dialog.get_by_label("Batch size", exact=True)).to_have_value("333")


def test_a_form_opened_during_a_training_waits_for_its_end(
    page: Page, retraining_app: str, folder: Path
) -> None:
    with noted_training() as process:
        page.goto(f"{retraining_app}/Models")
        fill_in_form(page, "mlp-baseline", Epochs="7")
        dialog = page.get_by_role("dialog")
        button = dialog.get_by_role("button", name="Start training")
        expect(dialog.get_by_text("One training runs at a time")).to_be_visible()
        expect(button).to_be_disabled()
        process.kill()
        expect(button).to_be_enabled()
        expect(dialog.get_by_label("Epochs", exact=True)).to_have_value("7")


def put_model(folder: Path) -> None:
    """Put a model in place as if the training that is noted had made it."""
    recipe = json.loads((folder / "mlp-baseline" / "recipe.json").read_text())
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    shutil.copytree(folder / "mlp-baseline", folder / "mine")
    recipe |= {"shipped": False, "trained_at": now}
    (folder / "mine" / "recipe.json").write_text(json.dumps(recipe))


def test_what_is_said_of_a_training_follows_its_model(
    page: Page, retraining_app: str, folder: Path
) -> None:
    """Renamed with Enter, then deleted."""
    with noted_training():
        put_model(folder)
        job_state.note_end("done")
    page.goto(f"{retraining_app}/Training")
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text("mine is trained.")).to_be_visible()
    page.get_by_role("button", name="Rename").click()
    field = page.get_by_role("textbox", name="New name")
    field.fill("../x")
    field.press("Enter")
    expect(page.get_by_text("'../x' is not a valid model name")).to_be_in_viewport()
    field.fill("yours")
    field.press("Enter")
    expect(page.get_by_text("mine is now called yours.")).to_be_in_viewport()
    expect(page.get_by_role("link", name="yours is trained.")).to_be_visible()
    expect(main.get_by_text("yours is trained.")).to_be_visible()
    expect(page.get_by_text("mine is trained.")).to_have_count(0)
    expect(field).to_have_count(0)  # the panel is closed
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete yours").click()
    expect(page.get_by_text("yours was deleted.")).to_be_in_viewport()
    expect(page.get_by_text("is trained.")).to_have_count(0)
    expect(page.get_by_text("Deleted since")).to_be_visible()


def test_past_trainings_fit_a_phone(page: Page, retraining_app: str, folder: Path) -> None:
    with noted_training():
        job_state.note_end("failed", "The loss became NaN or infinite in epoch 1. " * 3)
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{retraining_app}/Training")
    table = page.get_by_role("table").last
    expect(table.get_by_text("Failed after")).to_be_visible()
    box = table.get_by_role("columnheader", name="Result").bounding_box()
    assert box
    assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize("width", [1280, 390])
def test_a_running_training_has_its_place(
    page: Page, retraining_app: str, folder: Path, width: int
) -> None:
    """Curves from the first batches on, Cancel at the right edge, the way from other pages."""
    page.set_viewport_size({"width": width, "height": 900})
    with noted_training():
        notes = folder / ".training"
        (notes / "history.csv").unlink()
        (notes / "batches.csv").write_text("batch,accuracy,loss\n3,0.5,1.5\n6,0.6,1\n")
        if width == 390:
            page.goto(f"{retraining_app}/Training")
        else:
            page.goto(f"{retraining_app}/Models")
            page.get_by_role("link", name="Show its progress").click()
        expect(page.get_by_role("heading", name="Training mine")).to_be_visible()
        expect(page.locator(CHART)).to_have_count(2)
        page.wait_for_function(f"{OVERFLOW} === 0")
        cancel_box = page.get_by_role("button", name="Cancel").bounding_box()
        bar_box = page.get_by_test_id("stMain").get_by_role("progressbar").bounding_box()
        assert cancel_box
        assert bar_box
        right = bar_box["x"] + bar_box["width"]
        assert cancel_box["x"] + cancel_box["width"] == pytest.approx(right, abs=2)


def test_the_form_and_the_training_page_fit_a_phone(
    page: Page, retraining_app: str, folder: Path
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{retraining_app}/Training")
    expect(page.get_by_text("McNemar's p")).to_be_visible()
    page.wait_for_selector(SETTLED)
    page.wait_for_function(f"{OVERFLOW} === 0")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("button", name="Retrain").click()
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        box = page.get_by_role("dialog").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


@pytest.mark.slow
def test_a_restarted_server_finds_the_training(page: Page, folder: Path, mnist: object) -> None:
    with serve(MODELS_DIR=str(folder), **NO_DRAWINGS) as address:
        page.goto(address)
        start(page, Epochs="300")
    with serve(MODELS_DIR=str(folder), **NO_DRAWINGS) as address:
        page.goto(f"{address}/Training")
        expect(page.get_by_text(EPOCH)).to_be_visible(timeout=LONG)
        cancel(page)
        assert not list(folder.glob(".new-*"))
        assert not (folder / TRAINED).exists()
        page.goto("about:blank")


@pytest.mark.slow
def test_a_killed_training_is_started_again(page: Page, retraining_app: str, folder: Path) -> None:
    page.goto(f"{retraining_app}/Training")
    start(page, Epochs="300")
    expect(page.get_by_text(EPOCH)).to_be_visible(timeout=LONG)
    end_training()
    page.get_by_role("button", name="Train again").click()
    wait_until(lambda: not list(folder.glob(".new-*")))
    expect(page.get_by_text(EPOCH)).to_be_visible(timeout=LONG)
    cancel(page)
