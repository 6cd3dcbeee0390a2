"""Learning from kept drawings, from a model to the one that has learned."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import pandas as pd
import pytest

from recognizer import Recognizer
from recognizer.collection.records import KeptDrawing
from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import DrawingDataset
from recognizer.drawings.drawing import Drawing
from recognizer.errors import RequestError, TrainingError
from recognizer.models import learned, registry
from recognizer.models.csv_files import HISTORY_COLUMNS, LEARNING_RATE
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import learning_recipe
from recognizer.training import learning, replay, retention, student
from recognizer.training.learning import Attempt, Lesson, learn
from recognizer.training.listener import ProgressListener
from tests.conftest import SHIPPED
from tests.stroke_data import HANDS
from tests.training.conftest import PLAIN, ROBUST, same, weights_of

LEARN = replace(learning_recipe(ROBUST), epochs=2, batch_size=64)
LEARN_PLAIN = replace(learning_recipe(PLAIN), epochs=1, batch_size=64)
LOSSES = ("MNIST", "DRAWN", "MNIST_DIGIT", "DRAWN_DIGIT", "DOUBTED_DIGIT", "NON_DIGIT")


def kept(labels: Sequence[int | None], held_out: int = 5) -> list[KeptDrawing]:
    """Drawings of these labels; the first ones are held out."""
    return [
        KeptDrawing(
            id=f"{number:032x}",
            drawing=Drawing.from_strokes(HANDS[label or 0]),
            label=label,
            contributor="one",
            digest=f"{number:016x}" * 4,
            held_out=number < held_out,
        )
        for number, label in enumerate(labels)
    ]


DRAWINGS = kept([*range(10), *range(10), None])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few batches; networks that have learned little may forget all of it."""
    monkeypatch.setattr(student, "STEPS", 3)
    monkeypatch.setattr(replay, "SIZE", 512)
    for name in LOSSES:
        monkeypatch.setattr(retention, f"{name}_LOSS", 1.0)


def put(models: Path, name: str, network: keras.Model) -> ModelEntry:
    """A shipped model with the weights of a small network, for Keras alone."""
    folder = Path(shutil.copytree(SHIPPED / name, models / name))
    (folder / "model.tflite").unlink()
    network.save(folder / "model.keras")
    return registry.find_model(name)


@pytest.fixture
def robust(models: Path) -> ModelEntry:
    keras.utils.set_random_seed(0)
    return put(models, "robust-cnn", ROBUST.build())


@pytest.fixture
def plain(models: Path) -> ModelEntry:
    return put(models, "larger-cnn", PLAIN.build())


class Noting(ProgressListener):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.epochs: list[int] = []
        self.batches: list[tuple[int, int]] = []

    def on_phase(self, phase: str) -> None:
        self.phases.append(phase)

    def on_begin(self, epochs: int, done: object = None) -> None:
        self.phases.append(f"{epochs} epochs")

    def on_batch(self, epoch: int, batch: int, batches: int, figures: Mapping[str, float]) -> None:
        assert {"loss", "accuracy"} <= set(figures)
        self.batches.append((epoch, batch))

    def on_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        assert set(row) >= {*HISTORY_COLUMNS, LEARNING_RATE}
        self.epochs.append(epoch)


def test_a_model_that_has_learned_is_complete_and_says_what_changed(
    robust: ModelEntry, few: Mnist, drawings: DrawingDataset
) -> None:
    listener = Noting()
    old = weights_of(robust.path)
    model = learn(robust, DRAWINGS, "new", data=few, pen=drawings, listener=listener, recipe=LEARN)
    assert not same(old, weights_of(model.path))
    assert same(old, weights_of(robust.path))
    assert model.history.index.tolist() == [1, 2]
    start = model.recipe.start_from
    assert start
    assert (start.name, model.recipe.saw_held_out, model.recipe.epochs) == ("robust-cnn", True, 2)
    assert model.calibration == robust.calibration  # fitted before it saw what was held out
    assert (model.path / replay.FILE).read_bytes() == (robust.path / replay.FILE).read_bytes()
    assert Recognizer.load("new").read(DRAWINGS[3].drawing).digit is not None
    assert listener.phases == [
        "Preparing the drawings",
        "2 epochs",
        "Checking what it still knows",
        "Testing",
        "Publishing",
    ]
    assert listener.epochs == [1, 2]
    assert listener.batches == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]
    assert_notes(model)


def assert_notes(model: ModelEntry) -> None:
    found = model.learned
    assert found
    assert found.held_out == tuple(each.digest[:16] for each in DRAWINGS[:5])
    assert found.trained_on == tuple(each.digest[:16] for each in DRAWINGS[5:])
    assert found.start == model.recipe.start_from
    assert (found.share, found.interpolation) == (learning.SHARES[0], max(learning.INTERPOLATIONS))
    assert {each.name: each.cases for each in found.measures} == {
        learned.KEPT: 5,
        learned.TEST: 100,
        learned.PEN: 20,
        learned.NON_DIGITS: 2,
        learned.CALIBRATION: 20,
    }
    test = found.measure(learned.TEST)
    assert test
    assert test.after == model.accuracy


@pytest.mark.slow
def test_what_was_learned_before_is_noted_too(robust: ModelEntry, few: Mnist) -> None:
    first = learn(robust, DRAWINGS, "first", data=few, recipe=LEARN).learned
    drawings = [*DRAWINGS[5:], replace(DRAWINGS[5], digest="f" * 64)]  # all but one known already
    start = registry.find_model("first")
    second = learn(start, drawings, "second", data=few, recipe=LEARN).learned
    assert first
    assert second
    assert second.trained_on == (*first.trained_on, "f" * 16)


def test_a_model_that_would_forget_is_not_made(
    robust: ModelEntry, models: Path, few: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MNIST_LOSS", -1.0)  # it forgets, whatever it reads
    with pytest.raises(TrainingError, match=r"read worse: MNIST \(-?[0-9.]+ points\)\. Look"):
        learn(robust, DRAWINGS, "new", data=few, recipe=LEARN)
    assert not (models / "new").exists()


@pytest.mark.parametrize(
    ("found", "taken"),
    [
        ([(0.65, 0.1), (0.65, 0.9)], 0),  # the first goes as far as any may: there is no second
        ([(0.5, 0.9), (0.65, 0.5)], 0),
        ([(0.5, 0.5), (0.5, 0.9)], 1),
        ([(0.0, 0.0), (0.5, 0.1)], 1),
    ],
)
def test_of_what_forgets_nothing_that_which_reads_most_is_taken(
    robust: ModelEntry,
    few: Mnist,
    monkeypatch: pytest.MonkeyPatch,
    found: list[tuple[float, float]],
    taken: int,
) -> None:
    attempts = {
        share: Attempt(share, far, [], pd.DataFrame(), [], read)
        for share, (far, read) in zip(learning.SHARES, found, strict=True)
    }
    monkeypatch.setattr(Lesson, "_attempt", lambda _, share: attempts[share])
    lesson = Lesson(robust, LEARN, DRAWINGS, few, None, 0, ProgressListener())
    assert lesson.best.share == learning.SHARES[taken]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights(robust: ModelEntry, few: Mnist) -> None:
    one, two, other = (
        Lesson(robust, LEARN, DRAWINGS, few, None, seed, ProgressListener()).fit().model
        for seed in (3, 3, 4)
    )
    assert same(one.get_weights(), two.get_weights())
    assert not same(one.get_weights(), other.get_weights())


def test_a_network_of_digits_alone_learns_digits_alone(
    plain: ModelEntry, few: Mnist, drawings: DrawingDataset, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson = Lesson(plain, LEARN_PLAIN, DRAWINGS, few, drawings, 0, ProgressListener())
    fitted = lesson.fit()
    assert (lesson.kept.left_out, len(lesson.kept.training)) == (1, 15)
    assert "Left out, as this network cannot learn from them: 1." in capsys.readouterr().out
    assert fitted.benchmark  # it never saw what is held out, so it is calibrated again


def test_too_few_drawings_leave_nothing(plain: ModelEntry, models: Path, few: Mnist) -> None:
    with pytest.raises(RequestError, match="There are 4 kept drawings to learn from"):
        learn(plain, DRAWINGS[:9], "new", data=few, recipe=LEARN_PLAIN)
    assert not (models / "new").exists()


def test_it_can_be_stopped(robust: ModelEntry, models: Path, few: Mnist) -> None:
    class Stopper(ProgressListener):
        def on_batch(self, *_: object) -> None:
            self.stopped = True

    with pytest.raises(KeyboardInterrupt):
        learn(robust, DRAWINGS, "new", data=few, listener=Stopper(), recipe=LEARN)
    assert not (models / "new").exists()
