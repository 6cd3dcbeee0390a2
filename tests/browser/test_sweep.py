"""Several trainings in Chromium: asked for in the form, side by side, compared, cancelled."""

import csv
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from recognizer.training.job_state import current
from tests.browser.driver import BRIEFLY, OVERFLOW, SETTLED
from tests.browser.jobs import cancel, fill_in_form, noted_training
from tests.browser.test_retraining import LONG
from tests.conftest import SHIPPED
from tests.training_notes import SWEEP, note_run, note_sweep, note_trained_run
from tests.waiting import wait_until

ROW = 35  # pixels that a row of the table is high


def start_sweep(page: Page, **fields: str) -> None:
    """Train mlp-baseline with two seeds."""
    fill_in_form(page, "mlp-baseline")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Several values").click()
    expect(dialog.get_by_role("textbox", name="Epochs")).to_be_visible()
    for label, value in {"Seed": "1-2", **fields}.items():
        dialog.get_by_role("textbox", name=label.replace("_", " ")).fill(value)
    expect(dialog.get_by_text("2 trainings")).to_be_visible()
    page.wait_for_selector(SETTLED)
    dialog.get_by_role("button", name="Start training").click()
    page.get_by_text("Training 2 models").first.wait_for()


@pytest.mark.slow
def test_who_types_while_the_fields_appear_empties_no_other_one(
    page: Page, retraining_app: str, folder: Path
) -> None:
    page.goto(f"{retraining_app}/Training")
    fill_in_form(page, "mlp-baseline")
    dialog = page.get_by_role("dialog")
    epochs = dialog.get_by_role("textbox", name="Epochs")
    for number in range(1, 7):
        dialog.get_by_text("Several values").click()
        epochs.fill(f"1-{number + 1}")
        expect(dialog.get_by_text(f"{number + 1} trainings")).to_be_visible()
        page.wait_for_selector(SETTLED)
        expect(dialog.get_by_role("button", name="Start training")).to_be_enabled(timeout=BRIEFLY)
        expect(dialog.get_by_role("textbox", name="Batch size")).to_have_value("200")
        expect(dialog.get_by_test_id("stMultiSelect")).to_contain_text("Adam")
        dialog.get_by_text("Several values").click()
        expect(epochs).to_have_count(0)


def choose_row(page: Page, number: int) -> None:
    """Choose a row of the table, counted from 1; it is drawn on a canvas."""
    page.wait_for_selector(SETTLED)
    table = page.get_by_test_id("stDataFrame").first
    table.click(position={"x": ROW / 2, "y": (number + 0.5) * ROW})


@pytest.mark.slow
def test_a_model_of_a_sweep_is_chosen_while_others_are_trained(
    phone: Page, retraining_app: str, folder: Path
) -> None:
    """On a phone, and with the rows in another order whenever one of them gets ahead."""
    page = phone
    with noted_training() as process:
        note_sweep(process)
        note_trained_run(SWEEP[0], 0.96, SHIPPED / "mlp-baseline")
        note_trained_run(SWEEP[1], 0.97, SHIPPED / "mlp-baseline")
        note_run(SWEEP[2], 0.9)
        page.goto(f"{retraining_app}/Training")
        expect(page.get_by_role("heading", name="Training 4 models")).to_be_visible()
        page.wait_for_function(f"{OVERFLOW} === 0")
        beside = page.get_by_role("combobox", name="Compare with")
        choose_row(page, 2)
        expect(beside).to_have_value("mine-seed-0")
        choose_row(page, 1)
        expect(beside).to_have_value("mine-seed-1")
        note_run(SWEEP[2], 0.98)  # the first one now
        choose_row(page, 4)
        expect(page.get_by_text("This one has no model, or none yet.")).to_be_visible()
        expect(beside).to_have_value("mine-seed-1")
        cancel(page)
        assert not process.alive
    words = "The training of 4 models was cancelled: 2 are trained."
    expect(page.get_by_test_id("stMain").get_by_text(words)).to_be_visible()


@pytest.mark.slow
def test_a_sweep_is_cancelled_and_another_one_trained_and_used(
    page: Page, retraining_app: str, folder: Path
) -> None:
    page.goto(f"{retraining_app}/Training")
    start_sweep(page, Epochs="900")
    expect(page.get_by_text("0 of 2 trained").first).to_be_visible(timeout=LONG)
    job = current()
    assert job
    process = psutil.Process(job.process.pid)
    wait_until(process.children)
    family = [process, *process.children(recursive=True)]
    cancel(page)
    expect(page.get_by_text("was cancelled: 0 are trained.").first).to_be_visible()
    assert not any(each.is_running() for each in family)

    start_sweep(page, Epochs="1", Batch_size="10000", Name="mine")
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text("2 models are trained.")).to_be_visible(timeout=LONG)
    expect(main.get_by_role("cell", name="2", exact=True)).to_be_visible()  # seeds in a mean
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert {row["Name"] for row in rows} == {"mine-seed-1", "mine-seed-2"}
    better, worse = rows
    assert float(better["Validation"]) > float(worse["Validation"])
    choose_row(page, 2)
    expect(page.get_by_role("combobox", name="Compare with")).to_have_value(worse["Name"])
    choose_row(page, 1)
    expect(page.get_by_role("combobox", name="Compare with")).to_have_value(better["Name"])
    page.get_by_role("button", name="Use this model").click()
    page.get_by_role("dialog").get_by_role("button", name=f"Use {better['Name']}").click()
    expect(page.get_by_text(f"{better['Name']} is now the active model.")).to_be_in_viewport()
    assert (folder / ".active").read_text() == f"{better['Name']}\n"
