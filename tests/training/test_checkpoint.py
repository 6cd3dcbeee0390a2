"""The state of an unfinished training: saved after each epoch, complete or not at all."""

from pathlib import Path

import keras
import numpy as np
import pytest

from recognizer.models.calibration import Calibration
from recognizer.models.records import BenchmarkResult, Scores
from recognizer.training.checkpoint import Checkpoint, Verdict


def build() -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint(tmp_path / ".unfinished-x")


def test_without_a_state_it_is_at_epoch_0(checkpoint: Checkpoint) -> None:
    assert checkpoint.epoch == 0
    assert checkpoint.history().empty


def test_the_newest_state_is_loaded(checkpoint: Checkpoint) -> None:
    model = build()
    for epoch in range(2):
        model.fit(np.ones((4, 4)), np.ones((4, 3)), verbose=0)
        checkpoint.save(model, {"loss": 1.0 / (epoch + 1), "seconds": 2.0})
    assert checkpoint.epoch == 2
    assert checkpoint.history()["loss"].to_dict() == {1: 1.0, 2: 0.5}
    loaded = build()
    checkpoint.load(loaded)
    for one, other in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations) == 2
    assert sorted(path.name for path in checkpoint.folder.iterdir()) == [
        "epoch-0002.weights.h5",
        "history.csv",
    ]


def test_an_epoch_that_was_not_saved_completely_does_not_count(checkpoint: Checkpoint) -> None:
    checkpoint.save(build(), {"loss": 1.0, "seconds": 2.0})
    # Killed while it saved the second: the history is ahead, the weights are incomplete.
    (checkpoint.folder / "part.weights.h5").write_bytes(b"half")
    (checkpoint.folder / "history.csv").write_text("epoch,loss,seconds\n1,1.0,2.0\n2,0.5,2.0\n")
    assert checkpoint.epoch == 1
    assert checkpoint.history()["loss"].tolist() == [1.0]
    checkpoint.load(build())


def test_the_weights_of_the_teacher_are_kept_in_their_order(checkpoint: Checkpoint) -> None:
    checkpoint.save(build(), {"loss": 1.0, "seconds": 2.0})
    weights = [np.full((2, number), number, np.float32) for number in range(1, 13)]
    checkpoint.save_teacher(weights)
    assert [each.tolist() for each in checkpoint.load_teacher()] == [x.tolist() for x in weights]
    assert checkpoint.epoch == 1


def test_doubtful_labels_and_the_verdict_are_kept(checkpoint: Checkpoint) -> None:
    checkpoint.write_doubtful(["a1", "b2"])
    assert checkpoint.read_doubtful() == ["a1", "b2"]
    scores = Scores(accuracy=0.9, calibration_error=0.01)
    for result in (None, BenchmarkResult(("art",), 10, 0, (), scores)):
        verdict = Verdict(Calibration(0.5, 0.25, 0.75), result)
        checkpoint.write_verdict(verdict)
        assert checkpoint.read_verdict() == verdict


def test_a_removed_state_leaves_nothing(checkpoint: Checkpoint) -> None:
    checkpoint.remove()  # there is none yet
    checkpoint.save(build(), {"loss": 1.0})
    checkpoint.remove()
    assert list(checkpoint.folder.parent.iterdir()) == []
