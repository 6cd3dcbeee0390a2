"""Judging by drawings, with networks whose answers are known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from recognizer.datasets.strokes import HELD_OUT, VALIDATION, DrawingDataset, StrokeDataset, pack
from recognizer.models.calibration import REJECTED, Calibration
from recognizer.models.drawing_benchmark import CASES, DrawingBenchmark, figures
from recognizer.models.evaluation import network_of
from recognizer.models.recipes import RECIPES
from tests.digits import DIGITS


def drawings(institutions: tuple[str, ...]) -> StrokeDataset:
    """Each institution draws all ten digits."""
    hands = [[np.array(s, dtype=float) for s in strokes] for strokes in DIGITS.values()]
    writers = [f"{name}-1" for name in institutions for _ in hands]
    labels = np.tile(np.arange(10, dtype=np.uint8), len(institutions))
    return pack(hands * len(institutions), labels, writers)


def others(institutions: tuple[str, ...]) -> StrokeDataset:
    cross = [np.array([[0.0, 0], [9, 9]]), np.array([[9.0, 0], [0, 9]])]
    names = [f"{name}-1" for name in institutions]
    return pack([cross] * len(names), ["X"] * len(names), names)


EVERYONE = (*HELD_OUT, *VALIDATION, "syn")


def always(digit: int, share: float) -> NDArray[np.float32]:
    row = np.full(10, (1 - share) / 9, dtype=np.float32)
    row[digit] = share
    return row


def test_a_network_is_judged_by_the_institutions_held_back_alone() -> None:
    judge = DrawingBenchmark.of(DrawingDataset(drawings(EVERYONE), others(EVERYONE)))
    seen: list[int] = []

    def network(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        seen.append(len(images))
        return np.tile(always(3, 0.3), (len(images), 1))

    _, report = judge.judge(network)
    assert report["institutions"] == sorted(HELD_OUT)
    assert (report["digits"], report["others"]) == (10 * len(HELD_OUT), len(HELD_OUT))
    assert len(report["cases"]) == len(CASES)
    assert report["all"]["accuracy"] == pytest.approx(0.1)
    assert sum(seen) == len(CASES) * 11 * len((*VALIDATION, *HELD_OUT))  # and syn's are not seen
    assert report["all"]["answered"] == 0


def test_without_such_drawings_there_is_no_report() -> None:
    judge = DrawingBenchmark.of(DrawingDataset(drawings(("syn",)), others(())))

    def network(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        raise AssertionError("nothing to look at")

    assert not judge.ready
    assert judge.judge(network) == (Calibration(), {})


def test_a_file_of_others_is_not_needed() -> None:
    judge = DrawingBenchmark.of(DrawingDataset(drawings(EVERYONE), others(())))
    model = RECIPES["functional-cnn"].build()
    _, report = judge.judge(network_of(model))
    assert report["others"] == 0
    assert "roc_area" not in report["all"]


def test_figures_by_hand() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 200).astype(np.uint8)
    digits = np.stack(
        [
            always(label, share)
            for label, share in zip(labels, rng.uniform(0.6, 1, 200), strict=True)
        ]
    )
    digits[:20] = always(0, 0.55)  # some are right by chance
    unknown = np.stack([always(5, share) for share in rng.uniform(0.1, 0.7, 100)])
    found = figures(digits, labels, unknown, threshold=0.65)
    sure, unsure = digits.max(axis=1), unknown.max(axis=1)
    assert found["accuracy"] == pytest.approx((180 + (labels[:20] == 0).sum()) / 200)
    assert found["answered"] == pytest.approx((sure >= 0.65).mean())
    assert found["right_when_answered"] == 1
    assert found["turned_away"] == pytest.approx((unsure < 0.65).mean())
    assert found[REJECTED] == pytest.approx((unsure < 0.55).mean(), abs=0.01)
    area = roc_auc_score([1] * 200 + [0] * 100, np.concatenate([sure, unsure]))
    assert found["roc_area"] == pytest.approx(area, abs=1e-4)


def test_nothing_answered_and_no_others() -> None:
    found = figures(
        np.tile(always(1, 0.2), (3, 1)), np.ones(3, np.uint8), np.zeros((0, 10), np.float32), 0.5
    )
    assert found["answered"] == found["right_when_answered"] == 0
    assert "roc_area" not in found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case_shows_the_drawing(case: object) -> None:
    images = next(c for c in CASES if c == case).images(drawings(("syn",)))
    assert images.shape == (10, 28, 28)
    assert (images.max(axis=(1, 2)) > 200).all()
