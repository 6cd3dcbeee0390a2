"""How a training slows down the app, and how the app slows down a training: one table.

python -m benchmarks.retraining

Needs MNIST, files of drawings (PEN_DIGITS, PEN_OTHERS) and Chromium (see CONTRIBUTING.md). Close
other programs first.

A ratio compares an epoch in the app (with augmentation, progress and checkpoint) to an epoch of
Keras's `fit` alone, on as many images that are ready in memory. An epoch has only PART images of
MNIST. The two take turns, and the fastest of each counts, because the speed of a machine varies.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.latency import answer_time, row
from recognizer.datasets.mnist import TRAINING_IMAGES, Mnist, Split, load_mnist
from recognizer.datasets.pen_files import find_drawings
from recognizer.datasets.strokes import DrawingDataset
from recognizer.models import registry
from recognizer.models.evaluation import as_input
from recognizer.models.recipes import RECIPES, Recipe
from recognizer.training import jobs, stages
from recognizer.training.batches import DIGITS, NON_DIGITS, Mixture
from recognizer.training.checkpoint import Checkpoint
from recognizer.training.distillation import Learner
from recognizer.training.fit import VERBOSE, fit, start_keras
from recognizer.training.request import TrainingRequest
from recognizer.training.stages import Run, Stage
from tests.browser.driver import SETTLED, Pad, find_chromium, launch, serve

ANSWERS = 40
STARTS = 5
TRAINED = ("robust-cnn", "sgd-cnn")  # while somebody draws
IMAGES_ALONE = ("sgd-cnn", "adadelta-cnn")  # the smallest batches; the most work per batch
PART = 30 * 128  # training images per epoch: 30 batches of robust-cnn
VALIDATED = 1000  # images, after each epoch
EPOCHS = 6
TURNS = 3  # of the app and of `fit` alone


def main() -> None:
    print("| what | median | 95th percentile | target |\n| --- | ---: | ---: | ---: |")
    with sync_playwright() as playwright, models() as folder:
        executable = find_chromium(playwright)
        if executable is None:
            raise SystemExit("No Chromium found (see CONTRIBUTING.md).")
        with serve(MODELS_DIR=str(folder)) as address:
            browser = launch(playwright, executable)
            for recipe in TRAINED:
                while_training(browser, address, recipe)
            browser.close()
    ratios()


@contextmanager
def models() -> Iterator[Path]:
    """A copy of the models, to train into."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copytree(registry.models_dir(), Path(folder) / "models"))


def while_training(browser: Browser, address: str, recipe: str) -> None:
    """Start and cancel trainings from the page, and draw during the last one."""
    pad = Pad(browser.new_page(), address)
    answer_time(pad)  # the first answer loads the network and the chart library
    page, forms, starts, ends = pad.page, [], [], []
    for number in range(STARTS):
        forms.append(timed(open_form, page))
        choose(page, recipe)
        starts.append(timed(start, page, recipe))
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


def timed(action: Callable[..., None], *args: object) -> float:
    started = time.perf_counter()
    action(*args)
    return time.perf_counter() - started


def open_form(page: Page) -> None:
    page.get_by_role("button", name="Retrain").click()
    page.get_by_role("button", name="Start training").wait_for()


def choose(page: Page, recipe: str) -> None:
    box = page.get_by_role("dialog").get_by_role("combobox", name="Recipe")
    if box.input_value() != recipe:
        box.click()
        page.get_by_role("option", name=recipe).click()
    name = page.get_by_role("dialog").get_by_role("textbox", name="Name")
    expect(name).to_have_value(f"{recipe}-2")
    page.wait_for_selector(SETTLED)


def start(page: Page, recipe: str) -> None:
    page.get_by_role("button", name="Start training").click()
    page.get_by_text(f"Training {recipe}-2:").first.wait_for()


def cancel(browser: Browser, address: str) -> float:
    """Cancel on the Training page; return the seconds until it says so."""
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


# What the app adds to `fit`


def ratios() -> None:
    """Print a row for each recipe: an epoch in the app, divided by one of `fit` alone."""
    mnist = load_mnist()
    few = Split(mnist.training.images[:PART], mnist.training.labels[:PART])
    part = Split(mnist.validation.images[:VALIDATED], mnist.validation.labels[:VALIDATED])
    data = replace(mnist, training=few, validation=part)
    for name in IMAGES_ALONE:
        for recipe in (RECIPES[name], replace(RECIPES[name], distortion=True)):
            distorted = ", with distortion" if recipe.distortion else ""
            ratio_row(f"{name}{distorted}", replace(recipe, epochs=EPOCHS), data, None)
    drawings = find_drawings()
    if drawings:
        ratio_row("robust-cnn", replace(RECIPES["robust-cnn"], epochs=EPOCHS), data, drawings)


def ratio_row(what: str, recipe: Recipe, data: Mnist, drawings: DrawingDataset | None) -> None:
    app, alone = [], []
    with redirect_stdout(sys.stderr):  # Keras's own lines are not rows
        for _ in range(TURNS):
            app += seconds_of_app(recipe, data, drawings)
            alone += seconds_of_fit(recipe, data)
    print(f"| {what}: app / `fit` alone | {min(app) / min(alone):.3f} | | 1.100 |", flush=True)


def seconds_of_app(recipe: Recipe, data: Mnist, drawings: DrawingDataset | None) -> list[float]:
    """The seconds of each epoch but the first, with all that the app does in it."""
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELS_DIR", folder)
        with jobs.run(TrainingRequest(recipe.name, "mine")) as listener:
            patch.setattr(listener, "on_epoch", clocked(listener.on_epoch, times))
            if drawings is None:
                fit(recipe, data, 0, listener, None)
            else:
                checkpoint = Checkpoint(Path(folder) / "state")
                fit_on_drawings(Run(recipe, data, drawings, 0, checkpoint, listener))
    return np.diff(times).tolist()


def clocked(action: Callable[..., None], times: list[float]) -> Callable[..., None]:
    """The action, but it also notes when it is done."""

    def do(*args: object) -> None:
        action(*args)
        times.append(time.perf_counter())

    return do


def fit_on_drawings(run: Run) -> None:
    """Run the first stage, with as many new renderings per batch as a training has on average."""
    start_keras(run.seed)
    drawings = run.drawings.without(stages.APART)
    mixture = run.mixture(drawings)
    mark_as_rendered(mixture, RECIPES[run.recipe.name].epochs * TRAINING_IMAGES / PART)
    stage = Stage(1, run.recipe.epochs, run.recipe.optimizer.learning_rate, mixture)
    run.listener.on_begin(run.recipe.epochs)
    stages._fit_stage(stage, run, Learner(run.recipe.build()))


def mark_as_rendered(mixture: Mixture, epochs: float) -> None:
    """Mark all renderings as ready but those that so many epochs would still have to make."""
    pools = (mixture.digits, mixture.letters, mixture.synthetic)
    used = epochs * mixture.steps * mixture.batch_size * (DIGITS + NON_DIGITS)
    missing = sum(map(len, pools)) / used
    rng = np.random.default_rng(0)
    for pool in pools:
        pool.ready[:] = rng.random(len(pool)) > missing


def seconds_of_fit(recipe: Recipe, data: Mnist) -> list[float]:
    """The seconds of each epoch but the first of Keras's `fit`, on images that are ready."""
    start_keras(0)
    trainer = Learner(recipe.build()).trainer if recipe.drawings else recipe.build()
    trainer.compile(
        optimizer=recipe.optimizer.build(),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    times: list[float] = []
    images, labels = data.training.images, data.training.labels
    if recipe.drawings:  # as many images per epoch as with drawings
        images, labels = np.concatenate([images] * 2), np.concatenate([labels] * 2)
    trainer.fit(
        as_input(images),
        labels,
        batch_size=recipe.batch_size,
        epochs=EPOCHS,
        validation_data=(as_input(data.validation.images), data.validation.labels),
        callbacks=[keras_clock(times)],
        verbose=VERBOSE,
    )
    return (np.array(times[1::2]) - times[::2]).tolist()[1:]


def keras_clock(times: list[float]) -> Any:
    """A callback that notes when each epoch begins and ends."""
    import keras

    return keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: times.append(time.perf_counter()),
        on_epoch_end=lambda *_: times.append(time.perf_counter()),
    )


if __name__ == "__main__":
    main()
