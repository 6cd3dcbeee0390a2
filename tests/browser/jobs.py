"""Trainings in the browser: started with the form, or only noted as running."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, expect

from recognizer.processes import Identity
from recognizer.training.job_state import current
from tests.browser.driver import SETTLED, choose
from tests.training_notes import note_training

NO_DRAWINGS: dict[str, Any] = {  # to evaluate a model on drawings takes longer than to train it
    "PEN_DIGITS": "",
    "PEN_OTHERS": "",
}


def fill_in_form(page: Page, recipe: str, **fields: str) -> None:
    """Open the form and fill it in."""
    page.get_by_role("button", name="Retrain").click()
    dialog = page.get_by_role("dialog")
    choose(dialog.get_by_role("combobox", name="Recipe"), recipe)
    expect(dialog.get_by_role("textbox", name="Name")).to_have_value(f"{recipe}-2")
    for label, value in fields.items():
        field = dialog.get_by_label(label.replace("_", " "), exact=True)
        expect(field).to_have_count(1)  # those of the recipe before are gone
        field.fill(value)
        field.press("Tab")
    page.wait_for_selector(SETTLED)


def start(page: Page, **fields: str) -> None:
    """Train mlp-baseline-2 from the weights of mlp-baseline."""
    fill_in_form(page, "mlp-baseline", **fields)
    box = page.get_by_role("dialog").get_by_role("combobox", name="Start from")
    choose(box, "the weights of mlp-baseline")
    page.wait_for_selector(SETTLED)
    page.get_by_role("button", name="Start training").click()
    page.get_by_text("Training mlp-baseline-2").first.wait_for()


def cancel(page: Page) -> None:
    """Cancel the training, on the Training page."""
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the training").click()
    main = page.get_by_test_id("stMain")  # on a phone the sidebar, which says so too, is closed
    expect(main.get_by_text("was cancelled").first).to_be_visible()


@contextmanager
def noted_training() -> Iterator[Identity]:
    """A process that does nothing, noted as the one that trains."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    waiting = threading.Thread(target=process.wait)  # or it stays as a zombie once it is killed
    waiting.start()
    identity = Identity.of(process.pid)
    try:
        note_training(identity)
        yield identity
    finally:
        identity.kill()
        waiting.join()


def end_training() -> None:
    """End the training that runs, if any."""
    if (job := current()) and job.running:
        job.process.kill()
