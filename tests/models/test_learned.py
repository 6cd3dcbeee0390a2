"""What a model has learned: written, read again, and said in words."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognizer.models import learned, registry
from recognizer.models.learned import CALIBRATION, KEPT, NON_DIGITS, PEN, TEST, Learned, Measure
from recognizer.models.records import StartModel

SAME = Measure(TEST, 0.99, 0.99, 10_000, 10, 10, 1.0)


def kept(fixed: int, new: int) -> Measure:
    """Forty held-out drawings, of which so many are read otherwise than before."""
    before = np.arange(40) >= fixed
    after = (before | (np.arange(40) < fixed)) & (np.arange(40) < 40 - new)
    return Measure.of(KEPT, before, after)


def made(*measures: Measure) -> Learned:
    start = StartModel("robust-cnn", "ab" * 32, True)
    return Learned(start, ("0123456789abcdef",), ("f" * 16,), 3, 0.0625, 0.8, measures)


def test_a_measure_counts_fixed_and_new_errors() -> None:
    measure = kept(fixed=12, new=1)
    assert (measure.before, measure.after, measure.cases) == (0.7, 0.975, 40)
    assert (measure.fixed, measure.new, measure.more) == (12, 1, 11)
    assert measure.p == pytest.approx(2 * 14 / 2**13)
    assert measure.beyond_chance


@pytest.mark.parametrize(
    ("measures", "words", "worse"),
    [
        (
            [kept(12, 0), SAME],
            "Better: it reads 12 more of 40 held-out kept drawings, and nothing got worse by more "
            "than chance.",
            [],
        ),
        (
            [kept(3, 1), SAME],
            "It cannot be told: it reads 2 more of 40 held-out kept drawings, which may be chance.",
            [],
        ),
        (
            [kept(2, 2)],
            "It cannot be told: it reads as many of 40 held-out kept drawings as before.",
            [],
        ),
        (
            [kept(0, 1)],
            "It cannot be told: it reads 1 fewer of 40 held-out kept drawings, which may be "
            "chance.",
            [],
        ),
        ([SAME], "It cannot be told: no kept drawing was held out to judge by.", []),
        (
            [kept(12, 0), replace(SAME, fixed=0, new=30, p=1e-9)],
            "Better and worse: it reads 12 more of 40 held-out kept drawings, but reads 30 fewer "
            "of 10,000 MNIST test images.",
            [TEST],
        ),
        (
            [kept(12, 0), Measure(NON_DIGITS, 0.9, 0.8, 390, 1, 40, 1e-9)],
            "Better and worse: it reads 12 more of 40 held-out kept drawings, but rejects 39 fewer "
            "of 390 letters and signs.",
            [NON_DIGITS],
        ),
        (
            [kept(1, 1), replace(SAME, fixed=0, new=30, p=1e-9)],
            "Worse: it reads 30 fewer of 10,000 MNIST test images.",
            [TEST],
        ),
        (
            [SAME, Measure(PEN, 0.5, 0.6, 1000, 100, 0, 1e-9), Measure(CALIBRATION, 0.1, 0.4, 9)],
            "Better: it reads 100 more of 1,000 held-out pen drawings, and nothing got worse by "
            "more than chance.",
            [],
        ),
    ],
)
def test_the_verdict_is_one_sentence(measures: list[Measure], words: str, worse: list[str]) -> None:
    found = made(*measures)
    assert learned.verdict(found) == words
    assert learned.got_worse(found) == worse


def test_it_is_the_same_when_read_again(model_copy: Path) -> None:
    assert registry.find_model("larger-cnn").learned is None
    written = made(kept(12, 0), Measure(CALIBRATION, 0.1, 0.4, 9))
    learned.write_learned(model_copy, written)
    assert registry.find_model("larger-cnn").learned == written


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 100_000])
def test_a_damaged_file_is_as_none(model_copy: Path, text: str) -> None:
    (model_copy / learned.FILE).write_text(text)
    assert registry.find_model("larger-cnn").learned is None
