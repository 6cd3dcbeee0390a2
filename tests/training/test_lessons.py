"""The shipped model learns from drawings of people: a hand that it misreads, and wrong labels."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from recognizer import Recognizer
from recognizer.collection.records import KeptDrawing
from recognizer.datasets.mnist import Mnist, Split
from recognizer.datasets.strokes import HELD_OUT, DrawingDataset, StrokeDataset
from recognizer.drawings.drawing import Drawing
from recognizer.errors import TrainingError
from recognizer.models import learned, registry
from recognizer.models.drawing_benchmark import TYPICAL
from recognizer.models.folder import ModelEntry
from recognizer.training import learning
from recognizer.training.learning import learn
from tests.conftest import SHIPPED
from tests.training.conftest import always


@pytest.fixture
def shipped(models: Path, monkeypatch: pytest.MonkeyPatch) -> ModelEntry:
    """The model that comes with the app, with all settings as they are."""
    monkeypatch.undo()
    monkeypatch.setenv("MODELS_DIR", str(models))
    monkeypatch.setattr(keras.Model, "run_eagerly", always(False))
    shutil.copytree(SHIPPED / "robust-cnn", models / "robust-cnn")
    return registry.find_model("robust-cnn")


def drawn(digits: StrokeDataset, label: int, flip: int, held_out: int) -> list[KeptDrawing]:
    """All of the drawings, mirrored where `flip` is -1, and labeled so; the first held out."""
    return [
        KeptDrawing(
            f"{number:032x}",
            Drawing.from_strokes([stroke * [flip, 1] for stroke in strokes]),
            label,
            "one",
            f"{label:032x}{number:032x}",
            number < held_out,
        )
        for number, strokes in enumerate(digits)
    ]


def some(digits: StrokeDataset, institution: str, label: int, count: int) -> StrokeDataset:
    of_label = (digits.institutions == institution) & (digits.labels == label)
    return digits.subset(of_label & (np.cumsum(of_label) <= count))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_sevens_that_are_called_ones_do_no_harm(
    shipped: ModelEntry,
    mnist: Mnist,
    pen_digits: StrokeDataset,
    pen_non_digits: StrokeDataset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The larger share does more harm, is refused more clearly, and takes as long again.
    monkeypatch.setattr(learning, "SHARES", learning.SHARES[-1:])
    drawings = DrawingDataset(pen_digits, pen_non_digits)
    wrong = drawn(some(pen_digits, "val", 7, 100), 1, 1, 0)
    assert len(wrong) == 100
    try:
        model = learn(shipped, wrong, "new", data=mnist, pen=drawings)
    except TrainingError:  # it refuses, which does no harm either
        return
    held_out = pen_digits.of(HELD_OUT)
    sevens = Split(TYPICAL.images(held_out), held_out.labels), mnist.test
    for split in sevens:
        chosen = split.images[split.labels == 7]
        before, after = (
            (Recognizer.of(each).network(chosen).argmax(axis=1) == 7).mean()
            for each in (shipped, model)
        )
        assert after >= before - 0.005


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_errors_in_a_hand_that_it_misreads_are_halved_without_any_drawings(
    shipped: ModelEntry, mnist: Mnist, pen_digits: StrokeDataset
) -> None:
    """Mirrored digits; what it repeats is in its folder."""
    hand = [
        each
        for label in range(10)
        for each in drawn(some(pen_digits, "val", label, 40), label, -1, 20)
    ]
    found = learn(shipped, hand, "new", data=mnist).learned
    assert found
    measure, test = found.measure(learned.KEPT), found.measure(learned.TEST)
    assert measure
    assert test
    assert measure.cases == 200
    assert 1 - measure.after < (1 - measure.before) / 2
    assert test.after >= test.before - 0.001
