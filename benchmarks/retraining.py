"""What a training costs those who draw meanwhile, and what the app adds to it: one table.

    python -m benchmarks.retraining

Needs MNIST, a file of drawings (PEN_DIGITS) and Chromium (see the README). Close other programs
first. The ratios are of whole epochs: as this app trains, with its augmentation, progress and
checkpoints, to Keras's `fit` on as many images that lie ready.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.latency import answer_time, row
from recognizer import registry
from tests.browser.driver import Pad, find_chromium, launch, serve

ANSWERS = 40
STARTS = 5
TRAINED_MEANWHILE = ("robust-cnn", "sgd-cnn")


def main() -> None:
    print("| what | median | 95th percentile | wanted |\n| --- | ---: | ---: | ---: |")
    with sync_playwright() as playwright, models() as folder:
        executable = find_chromium(playwright)
        if executable is None:
            raise SystemExit("No Chromium found (see the README).")
        with serve(MODELS_DIR=str(folder)) as address:
            browser = launch(playwright, executable)
            for recipe in TRAINED_MEANWHILE:
                while_training(browser, address, recipe)
            browser.close()


@contextmanager
def models() -> Iterator[Path]:
    """A copy of the models, to train into."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copytree(registry.models_dir(), Path(folder) / "models"))


def while_training(browser: Browser, address: str, recipe: str) -> None:
    pad = Pad(browser.new_page(), address)
    answer_time(pad)  # the first one loads the network, and what draws the chart
    page, forms, starts, ends = pad.page, [], [], []
    for number in range(STARTS):
        forms.append(timed(open_form, page))
        choose(page, recipe)
        starts.append(timed(start, page))
        if number == STARTS - 1:
            page.get_by_text("epoch 1 of").first.wait_for(timeout=120_000)
            seconds = [answer_time(pad) for _ in range(ANSWERS)]
            row(f"{recipe} trains: pen lifted → answer on screen", "1,000 ms", seconds)
        ends.append(cancel(browser, address))
        page.get_by_text("was cancelled").first.wait_for()
        pad.settle()
    row(f"{recipe}: Retrain pressed → form on screen", "1,000 ms", forms)
    row(f"{recipe}: Start pressed → training on screen", "1,000 ms", starts)
    row(f"{recipe}: Cancel pressed → ended", "5,000 ms", ends)
    page.close()


def timed(action: object, page: Page) -> float:
    started = time.perf_counter()
    action(page)  # type: ignore[operator]
    return time.perf_counter() - started


def open_form(page: Page) -> None:
    page.get_by_role("button", name="Retrain").click()
    page.get_by_role("button", name="Start training").wait_for()


def choose(page: Page, recipe: str) -> None:
    box = page.get_by_role("dialog").get_by_role("combobox", name="Recipe")
    if box.input_value() != recipe:
        box.click()
        page.get_by_role("option", name=recipe).click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").wait_for()
    page.wait_for_timeout(1500)


def start(page: Page) -> None:
    page.get_by_role("button", name="Start training").click()
    page.get_by_text("is being trained").first.wait_for()


def cancel(browser: Browser, address: str) -> float:
    page = browser.new_page()
    page.goto(f"{address}/Training")
    page.get_by_role("button", name="Cancel").click()
    button = page.get_by_role("button", name="Cancel the training")
    button.wait_for()
    started = time.perf_counter()
    button.click()
    page.get_by_text("was cancelled").first.wait_for()
    seconds = time.perf_counter() - started
    page.close()
    return seconds


if __name__ == "__main__":
    main()
