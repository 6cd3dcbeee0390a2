"""What a network may forget, and how it is compared with the one it was."""

import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer.datasets.mnist import Mnist, Split
from recognizer.datasets.strokes import DrawingDataset
from recognizer.models import learned
from recognizer.models.calibration import Calibration
from recognizer.training.replay import Replay
from recognizer.training.retention import Knowledge, Reader, measures

# A thousand images of each digit, of MNIST; drawn, 200 of each and 300 non-digits.
MNIST = np.repeat(np.arange(10, dtype=np.uint8), 1000)
DRAWN = np.concatenate([np.repeat(np.arange(10), 200), np.full(300, 10)]).astype(np.uint8)


def blank(labels: NDArray[np.uint8]) -> Split:
    return Split(np.zeros((len(labels), 28, 28), dtype=np.uint8), labels)


REPLAY = Replay(blank(MNIST[:0]), blank(MNIST), blank(DRAWN))


def knowing(mnist: dict[int, int] | None = None, drawn: dict[int, int] | None = None) -> Knowledge:
    """All but so many images of a label are read correctly."""

    def correct(labels: NDArray[np.uint8], wrong: dict[int, int] | None) -> NDArray[np.bool_]:
        found = np.ones(len(labels), dtype=bool)
        for label, count in (wrong or {}).items():
            found[np.flatnonzero(labels == label)[:count]] = False
        return found

    return Knowledge(REPLAY, correct(MNIST, mnist), correct(DRAWN, drawn))


@pytest.mark.parametrize(
    ("known", "forgotten"),
    [
        (knowing(), []),
        (knowing({7: 3}, {7: 2}), []),
        (knowing({1: 3, 7: 3}), ["MNIST (0.1 points)"]),
        (knowing({7: 5}), ["MNIST's 7 (0.5 points)"]),
        (knowing(drawn={7: 8}), ["drawn digits (0.4 points)", "a drawn 7 (4.0 points)"]),
        (knowing(drawn=dict.fromkeys(range(10), 1)), ["drawn digits (0.5 points)"]),
        (knowing(drawn={10: 11}), []),
        (knowing(drawn={10: 13}), ["non-digits (4.3 points)"]),
    ],
)
def test_what_is_forgotten_is_named(known: Knowledge, forgotten: list[str]) -> None:
    assert known.forgotten(knowing()) == forgotten


def test_one_of_fifty_drawings_is_chance_and_two_are_not() -> None:
    """In four versions each; what others have gained leaves the mean as it was."""
    before = knowing(drawn={1: 4})
    assert knowing(drawn={7: 4}).forgotten(before) == []
    assert knowing(drawn={7: 8}).forgotten(before) == ["a drawn 7 (4.0 points)"]


def test_what_was_never_known_is_not_forgotten() -> None:
    assert knowing({7: 100}).forgotten(knowing({7: 100})) == []
    assert knowing({7: 100}).forgotten(knowing({7: 90})) == [
        "MNIST (0.1 points)",
        "MNIST's 7 (1.0 points)",
    ]


def sure_of(digits: list[int], how: float) -> Reader:
    """A network that reads images as these digits, in turn, with this probability."""

    def network(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        rows = np.full((len(images), 10), 0.01, dtype=np.float32)
        rows[np.arange(len(images)), np.resize(digits, len(images))] = how
        return rows

    return Reader(network, Calibration(threshold=0.6))


def test_a_digit_is_to_be_read_and_a_non_digit_is_not() -> None:
    cases = blank(np.array([3, 3, 10], dtype=np.uint8))
    assert sure_of([3, 4, 3], 0.9).read(cases).correct.tolist() == [True, False, False]
    assert sure_of([3, 4, 3], 0.5).read(cases).correct.tolist() == [True, False, True]


def test_labels_that_most_readings_contradict_are_doubted() -> None:
    cases = blank(np.array([1, 1, 1, 1, 7, 7, 7, 7], dtype=np.uint8))
    often = np.full(8, 1 / 8)
    reading = [7, 7, 7, 2, 7, 7, 7, 1]
    assert sure_of(reading, 0.9).read(cases).doubted(often) == {7}
    assert sure_of(reading, 0.5).read(cases).doubted(often) == set()  # it is not sure
    assert sure_of([1, 2, 3, 4, 7, 7, 7, 7], 0.9).read(cases).doubted(often) == set()
    assert sure_of([7, 2, 3, 4, 7, 7, 7, 7], 0.9).read(cases).doubted(np.eye(8)[0]) == {7}


def test_a_digit_that_labels_contradict_may_lose_less() -> None:
    assert knowing(drawn={7: 1}).forgotten(knowing()) == []
    assert knowing(drawn={7: 1}).forgotten(knowing(), frozenset({1})) == []
    assert knowing(drawn={7: 1}).forgotten(knowing(), frozenset({7})) == ["a drawn 7 (0.5 points)"]


def test_all_measures_are_taken_where_there_is_something_to_read(
    few: Mnist, drawings: DrawingDataset
) -> None:
    reads, kept = sure_of([3], 0.9), blank(np.array([3, 3, 4], dtype=np.uint8))
    found = {each.name: each for each in measures(sure_of([4], 0.5), reads, kept, few, drawings)}
    names = [learned.KEPT, learned.TEST, learned.PEN, learned.NON_DIGITS, learned.CALIBRATION]
    assert list(found) == names
    assert (found[learned.KEPT].fixed, found[learned.KEPT].new) == (2, 1)
    assert found[learned.PEN].cases == 20  # of art and cea
    assert (found[learned.NON_DIGITS].before, found[learned.NON_DIGITS].after) == (1, 0)
    # A tenth of the digits are read correctly, with a confidence of 0.5 and 0.9.
    errors = found[learned.CALIBRATION]
    assert (errors.before, errors.after, errors.p) == (0.4, 0.8, None)
    few_measures = measures(reads, reads, blank(kept.labels[:0]), few, None)
    assert [each.name for each in few_measures] == [learned.TEST, learned.CALIBRATION]
