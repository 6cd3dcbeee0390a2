"""The shipped model is taught wrong labels."""

import pytest

from recognizer import Recognizer
from recognizer.datasets.mnist import Mnist, Split
from recognizer.datasets.strokes import HELD_OUT, DrawingDataset, StrokeDataset
from recognizer.errors import TrainingError
from recognizer.models.drawing_benchmark import TYPICAL
from recognizer.models.folder import ModelEntry
from recognizer.training import learning
from recognizer.training.learning import learn
from tests.training.lessons import drawn, some


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
