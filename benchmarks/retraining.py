"""What a training costs those who draw meanwhile, and what the app adds to it: one table.

    python -m benchmarks.retraining

Needs MNIST, files of drawings (PEN_DIGITS, PEN_OTHERS) and Chromium (see the README). Close
other programs first. A ratio is of the time that the app takes for an epoch, with augmentation,
progress and checkpoint, to that of Keras's `fit` alone on as many images that lie ready. Epochs
are shortened to PART of MNIST, the two take turns, and the quickest of each counts, as a machine's
speed wanders.
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
from recognizer.datasets.strokes import DrawingDataset, find_drawings
from recognizer.models import registry
from recognizer.models.evaluation import as_input
from recognizer.models.networks import SCORES
from recognizer.models.recipes import RECIPES, Recipe
from recognizer.training import jobs, stages
from recognizer.training.checkpoint import Checkpoint
from recognizer.training.fit import VERBOSE, build, fit, start_keras
from recognizer.training.request import TrainingRequest
from recognizer.training.stages import Run
from tests.browser.driver import SETTLED, Pad, find_chromium, launch, serve

ANSWERS = 40
STARTS = 5
TRAINED_MEANWHILE = ("robust-cnn", "sgd-cnn")
IMAGES_ALONE = ("sgd-cnn", "adadelta-cnn")  # the smallest batches; the most work a batch
PART = 30 * 128  # training images of an epoch: 30 batches of robust-cnn
VALIDATED = 1000  # images after it
EPOCHS = 6
TURNS = 3


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
    shares()


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


def timed(action: Callable[[Page], None], page: Page) -> float:
    started = time.perf_counter()
    action(page)
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


# What the app adds to `fit`


def shares() -> None:
    """A row a recipe: how many times as long as `fit` alone the app takes for an epoch."""
    mnist = load_mnist()
    few = Split(mnist.training.images[:PART], mnist.training.labels[:PART])
    part = Split(mnist.validation.images[:VALIDATED], mnist.validation.labels[:VALIDATED])
    data = replace(mnist, training=few, validation=part)
    for name in IMAGES_ALONE:
        for recipe in (RECIPES[name], replace(RECIPES[name], distortion=True)):
            bent = ", with distortion" if recipe.distortion else ""
            share_row(f"{name}{bent}", replace(recipe, epochs=EPOCHS), data, None)
    drawings = find_drawings()
    if drawings:
        share_row("robust-cnn", replace(RECIPES["robust-cnn"], epochs=EPOCHS), data, drawings)


def share_row(what: str, recipe: Recipe, data: Mnist, drawings: DrawingDataset | None) -> None:
    ours, alone = [], []
    with redirect_stdout(sys.stderr):  # Keras's own lines are no rows
        for _ in range(TURNS):
            ours += seconds_of_app(recipe, data, drawings)
            alone += seconds_of_fit(recipe, data)
    print(f"| {what}: app / `fit` alone | {min(ours) / min(alone):.3f} | | 1.100 |", flush=True)


def seconds_of_app(recipe: Recipe, data: Mnist, drawings: DrawingDataset | None) -> list[float]:
    """Seconds of each epoch but the first, with all that is noted of it."""
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELS_DIR", folder)
        with jobs.run(TrainingRequest(recipe.name, "mine")) as listener:
            patch.setattr(listener, "after_epoch", clocked(listener.after_epoch, times))
            if drawings is None:
                fit(recipe, data, 0, listener, None)
            else:
                checkpoint = Checkpoint(Path(folder) / "state")
                fit_on_drawings(Run(recipe, data, drawings, 0, checkpoint, listener))
    return np.diff(times).tolist()


def clocked(action: Callable[..., None], times: list[float]) -> Callable[..., None]:
    """Do something, and note when it is done."""

    def do(*args: object) -> None:
        action(*args)
        times.append(time.perf_counter())

    return do


def fit_on_drawings(run: Run) -> None:
    """The first stage, with as many drawings drawn anew in a batch as it has in the mean."""
    start_keras(run.seed)
    stage = stages.stage_of(run, 0)
    _, ready = stage.mixture._pool
    epochs = RECIPES[run.recipe.name].epochs * TRAINING_IMAGES / PART
    anew = len(ready) / (epochs * stage.mixture.steps * run.recipe.batch_size / 2)
    ready[:] = np.random.default_rng(0).random(len(ready)) > anew
    network = build(run.recipe, None)
    run.listener.begin(run.recipe.epochs)
    stages._fit_stage(stage, run, trainer_of(network), network)


def seconds_of_fit(recipe: Recipe, data: Mnist) -> list[float]:
    """Seconds of each epoch but the first of Keras's `fit`, on images that lie ready."""
    start_keras(0)
    trainer = trainer_of(recipe.build())
    loss = "sparse_categorical_crossentropy"
    trainer.compile(optimizer=recipe.optimizer.build(), loss=loss, metrics=["accuracy"])
    times: list[float] = []
    images, labels = data.training.images, data.training.labels
    if recipe.drawings:  # as many images an epoch as there are with drawings
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


def trainer_of(network: Any) -> Any:
    """What is trained of a network: all it tells, "no digit" too."""
    import keras

    told = [layer for layer in network.layers if layer.name == SCORES]
    return keras.Model(network.input, told[0].output) if told else network


def keras_clock(times: list[float]) -> Any:
    """A callback that notes when each epoch begins and ends."""
    import keras

    return keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: times.append(time.perf_counter()),
        on_epoch_end=lambda *_: times.append(time.perf_counter()),
    )


if __name__ == "__main__":
    main()
