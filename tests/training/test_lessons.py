"""The shipped model learns from drawings of people: a hand that it misreads."""

import pytest

from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import StrokeDataset
from recognizer.models import learned
from recognizer.models.folder import ModelEntry
from recognizer.training import learning
from recognizer.training.learning import learn
from tests.training.lessons import drawn, some


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_errors_in_a_hand_that_it_misreads_are_halved_without_any_drawings(
    shipped: ModelEntry,
    mnist: Mnist,
    pen_digits: StrokeDataset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Mirrored digits; what it repeats is in its folder."""
    # One attempt: a second one takes as long again, and is only used if it is better.
    monkeypatch.setattr(learning, "SHARES", learning.SHARES[:1])
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
