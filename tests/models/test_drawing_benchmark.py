"""The drawing benchmark, with networks whose answers are known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from recognizer.datasets.strokes import HELD_OUT, VALIDATION, DrawingDataset
from recognizer.drawings.preprocessing import render
from recognizer.drawings.rasterize import CANVAS
from recognizer.models.drawing_benchmark import CASES, Case, DrawingBenchmark, scores
from tests.stroke_data import HANDS, crosses, digits, everything

NO_LETTERS = crosses(())


@pytest.fixture(scope="module")
def benchmark() -> DrawingBenchmark:
    return DrawingBenchmark.of(everything())


def always(digit: int, share: float) -> NDArray[np.float32]:
    row = np.full(10, (1 - share) / 9, dtype=np.float32)
    row[digit] = share
    return row


def test_only_drawings_of_two_kinds_of_institutions_are_used(benchmark: DrawingBenchmark) -> None:
    seen: list[int] = []

    def network(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        seen.append(len(images))
        return np.tile(always(3, 0.3), (len(images), 1))

    _, result = benchmark.run(network)
    assert result.institutions == tuple(sorted(HELD_OUT))
    assert (result.digits, result.non_digits) == (10 * len(HELD_OUT), len(HELD_OUT))
    assert sum(seen) == len(CASES) * 11 * len((*VALIDATION, *HELD_OUT))  # none by "syn"
    assert result.overall.accuracy == pytest.approx(0.1)
    assert result.overall.answered == 0


def network_of_known_answers(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Sure and correct about 0 to 7; of the rest, correct about held-out drawings alone.

    The digits are in their order, ten of each institution in each case.
    """
    if len(images) < 10 * len(CASES):  # the non-digits
        return np.tile(always(5, 0.3), (len(images), 1))
    held_out = len(images) == 10 * len(CASES) * len(HELD_OUT)
    sure, unsure = [always(digit, 0.95) for digit in range(8)], [always(8, 0.6), always(9, 0.6)]
    return np.tile([*sure, *(unsure if held_out else unsure[::-1])], (len(images) // 10, 1))


def test_scores_are_under_a_calibration_that_no_held_out_drawing_has_set(
    benchmark: DrawingBenchmark,
) -> None:
    calibration, result = benchmark.run(network_of_known_answers)
    validation = benchmark.validation.predict(network_of_known_answers)
    held_out = benchmark.held_out.predict(network_of_known_answers)
    assert result.overall == held_out.scores(validation.fit())
    assert result.overall.accuracy == 1
    assert result.overall.calibration_error > 0.05  # validation drawings made it modest
    assert calibration == (validation + held_out).fit()
    assert calibration.calibrate(held_out.digits).max() > 0.9


def test_each_case_has_the_scores_of_its_own_images(benchmark: DrawingBenchmark) -> None:
    def network(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Answer with another digit and another confidence in each case."""
        answers = [always(number, 0.5 + number / 20) for number in range(len(CASES))]
        return np.repeat(answers, len(images) // len(CASES), axis=0)

    _, result = benchmark.run(network)
    assert [(case.given, case.size, case.pen) for case in result.cases] == [
        (case.given, case.size, case.pen) for case in CASES
    ]
    errors = [case.calibration_error for case in result.cases]
    assert len(set(errors)) == len(CASES)
    assert result.overall.accuracy == pytest.approx(0.1)


def test_it_needs_digits_of_both() -> None:
    for institutions, ready in (["syn"], False), (["tos"], False), (["tos", "art"], True):
        assert DrawingBenchmark.of(DrawingDataset(digits(institutions), NO_LETTERS)).ready is ready


def test_letters_and_signs_are_not_needed() -> None:
    benchmark = DrawingBenchmark.of(DrawingDataset(digits(["tos", "art"]), NO_LETTERS))
    _, result = benchmark.run(lambda images: np.tile(always(1, 0.5), (len(images), 1)))
    assert result.non_digits == 0
    assert (result.overall.roc_area, result.overall.rejected) == (None, None)


def test_scores_by_hand() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 200).astype(np.uint8)
    shares = rng.uniform(0.6, 1, 200)
    rows = np.stack([always(*each) for each in zip(labels, shares, strict=True)])
    rows[:20] = always(0, 0.55)  # some are correct by chance
    unknown = np.stack([always(5, share) for share in rng.uniform(0.1, 0.7, 100)])
    found = scores(rows, labels, unknown, threshold=0.65)
    sure, unsure = rows.max(axis=1), unknown.max(axis=1)
    assert found.accuracy == pytest.approx((180 + (labels[:20] == 0).sum()) / 200)
    assert found.answered == pytest.approx((sure >= 0.65).mean())
    assert found.accuracy_when_answered == 1
    assert found.rejected == pytest.approx((unsure < 0.65).mean())
    assert found.rejected_keeping_99 == pytest.approx((unsure < 0.55).mean(), abs=0.01)
    area = roc_auc_score([1] * 200 + [0] * 100, np.concatenate([sure, unsure]))
    assert found.roc_area == pytest.approx(area, abs=1e-4)


def test_where_nothing_is_answered_nothing_is_correct() -> None:
    rows, nothing = np.tile(always(1, 0.2), (3, 1)), np.zeros((0, 10), np.float32)
    found = scores(rows, np.ones(3, np.uint8), nothing, 0.5)
    assert found.answered == found.accuracy_when_answered == 0


@pytest.mark.parametrize("case", CASES, ids=str)
def test_in_every_case_each_digit_looks_most_like_itself(case: Case) -> None:
    images = case.images(digits(["syn"])).astype(int)
    known = np.array([render(hand) for hand in HANDS]).astype(int)
    differences = np.abs(images[:, np.newaxis] - known).mean(axis=(2, 3))
    assert differences.argmin(axis=1).tolist() == list(range(10))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case_is_drawn_in_its_own_size_and_pen(case: Case) -> None:
    drawing = case.draw([stroke.astype(np.float32) for stroke in HANDS[1]])
    if case.given == "strokes":
        points = np.concatenate(drawing.strokes)
        assert np.ptp(points[:, 1]) == pytest.approx(case.size * CANVAS, abs=1)
        assert drawing.pen_width == case.pen
    else:
        assert drawing.ink is not None
        height = np.flatnonzero(drawing.ink.max(axis=1))
        assert np.ptp(height) == pytest.approx(min(case.size * CANVAS + case.pen, CANVAS), abs=3)
