"""Fitting a network to images: what a listener is notified of, and how it stops a training."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from recognizer.datasets.mnist import Mnist
from recognizer.errors import TrainingError
from recognizer.training.fit import build, fit
from recognizer.training.listener import ProgressListener
from tests.training.conftest import PLAIN

STEPS = 4  # batches per epoch of PLAIN on the tiny images


class Recorder(ProgressListener):
    """Records all that it is notified of; `act` is called with each batch."""

    def __init__(self, act: Callable[[int, int], None] = lambda epoch, batch: None) -> None:
        self.epochs = 0
        self.batches: list[tuple[int, int]] = []
        self.rows: list[Mapping[str, float]] = []
        self._act = act

    def on_begin(self, epochs: int, done: pd.DataFrame | None = None) -> None:
        self.epochs = epochs

    def on_batch(self, epoch: int, batch: int, batches: int, figures: Mapping[str, Any]) -> None:
        assert batches == STEPS
        assert set(figures) == {"accuracy", "loss"}
        self.batches.append((epoch, batch))
        self._act(epoch, batch)

    def on_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        assert epoch == len(self.rows) + 1
        self.rows.append(row)


@pytest.mark.parametrize("distortion", [False, True])
def test_a_listener_is_notified_of_every_batch_and_every_epoch(
    tiny: Mnist, distortion: bool
) -> None:
    listener = Recorder()
    fitted = fit(replace(PLAIN, distortion=distortion), tiny, 0, listener, None)
    assert listener.epochs == 2
    assert listener.batches == [(e, b) for e in (1, 2) for b in range(1, STEPS + 1)]
    assert fitted.history.to_dict("records") == listener.rows
    assert fitted.history.index.tolist() == [1, 2]
    assert set(fitted.history.columns) == {
        *("accuracy", "loss", "val_accuracy", "val_loss", "seconds", "learning_rate")
    }


def test_a_training_stops_at_the_next_batch_when_it_is_asked_to(tiny: Mnist) -> None:
    def stop(epoch: int, batch: int) -> None:
        listener.stopped = (epoch, batch) == (2, 3)

    listener = Recorder(stop)
    with pytest.raises(KeyboardInterrupt):
        fit(PLAIN, tiny, 0, listener, None)
    assert listener.batches[-1] == (2, 3)
    assert len(listener.rows) == 1


def test_what_a_listener_raises_ends_the_training(tiny: Mnist) -> None:
    def fail(epoch: int, batch: int) -> None:
        raise OSError("disk full")

    listener = Recorder(fail)
    with pytest.raises(OSError, match="disk full"):
        fit(PLAIN, tiny, 0, listener, None)
    assert listener.batches == [(1, 1)]


def test_a_training_that_diverges_says_what_to_change(tiny: Mnist) -> None:
    diverging = replace(PLAIN, optimizer=replace(PLAIN.optimizer, learning_rate=1e38))
    with pytest.raises(TrainingError, match=r"in epoch \d: the learning rate is too high"):
        fit(diverging, tiny, 0, ProgressListener(), None)


def test_weights_of_another_network_are_refused() -> None:
    weights = replace(PLAIN, network="simple_cnn").build().get_weights()
    with pytest.raises(TrainingError, match="do not fit the recipe 'larger-cnn'"):
        build(PLAIN, weights)
