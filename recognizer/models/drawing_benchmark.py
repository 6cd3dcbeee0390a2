"""The drawing benchmark: how a model does on drawings by writers it has never seen.

It calibrates the model on the drawings of some institutions (VALIDATION) and scores it on those
of others (HELD_OUT): accuracy, calibration error and the rejection of non-digits. The
calibration that the model gets is fitted to the drawings of all of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.strokes import HELD_OUT, VALIDATION, DrawingDataset, StrokeDataset
from recognizer.drawings.arrays import Points
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import SIDE, to_mnist
from recognizer.drawings.rasterize import paint, place
from recognizer.models.calibration import KEPT, Calibration, calibration_error, fit_calibration
from recognizer.models.evaluation import Network
from recognizer.models.records import BenchmarkResult, CaseScores, Scores


@dataclass(frozen=True)
class Case:
    """How a drawing is given: strokes or a picture, its size on the canvas, the pen."""

    given: str  # "strokes" or "picture"
    size: float  # 0 to 1, share of the canvas, the longer way
    pen: int  # pixels

    def draw(self, strokes: list[NDArray[np.float32]]) -> Drawing:
        """A drawing as a canvas gives it: strokes rounded to pixels, or a picture."""
        placed: list[Points] = place(strokes, self.size)
        if self.given == "strokes":
            return Drawing.from_strokes([np.rint(s) for s in placed], pen_width=self.pen)
        return Drawing.from_image(paint(placed, self.pen))

    def images(self, drawings: StrokeDataset) -> NDArray[np.uint8]:
        """All drawings in MNIST's format, (n, 28, 28)."""
        images = [to_mnist(self.draw(strokes)) for strokes in drawings]
        return np.array(images, dtype=np.uint8).reshape(-1, SIDE, SIDE)


CASES = (
    Case("strokes", 0.2, 40),
    Case("strokes", 0.5, 20),
    Case("strokes", 0.95, 4),
    Case("picture", 0.4, 8),
    Case("picture", 0.4, 28),
    Case("picture", 0.65, 18),
    Case("picture", 0.95, 28),
)
TYPICAL = CASES[1]  # a drawing as most people make it
THICK_PEN = CASES[4]  # a picture in which the pen nearly fills the loops


@dataclass(frozen=True, eq=False)
class RenderedDrawings:
    """Drawings of some institutions in every case; rendered once for all models."""

    drawings: DrawingDataset

    @cached_property
    def digits(self) -> dict[Case, NDArray[np.uint8]]:
        return {case: case.images(self.drawings.digits) for case in CASES}

    @cached_property
    def non_digits(self) -> dict[Case, NDArray[np.uint8]]:
        return {case: case.images(self.drawings.non_digits) for case in CASES}

    @property
    def labels(self) -> NDArray[np.uint8]:
        """Of the digits, once for each case after the other."""
        return np.tile(self.drawings.digits.labels, len(CASES))

    def predict(self, network: Network) -> Predictions:
        """A network's probabilities for all of them, case after case."""
        digits = np.concatenate(list(self.digits.values()))
        non_digits = np.concatenate(list(self.non_digits.values()))
        return Predictions(network(digits), self.labels, network(non_digits))


@dataclass(frozen=True, eq=False)
class Predictions:
    """A network's probabilities for digits (n, 10), labeled (n,), and non-digits (m, 10)."""

    digits: NDArray[np.float32]
    labels: NDArray[np.uint8]
    non_digits: NDArray[np.float32]

    def __add__(self, more: Predictions) -> Predictions:
        return Predictions(
            np.concatenate([self.digits, more.digits]),
            np.concatenate([self.labels, more.labels]),
            np.concatenate([self.non_digits, more.non_digits]),
        )

    def fit(self) -> Calibration:
        """The calibration that fits."""
        return fit_calibration(self.digits, self.labels, self.non_digits)

    def scores(self, calibration: Calibration) -> Scores:
        """Accuracy, calibration error and rejection under a calibration."""
        digits = calibration.calibrate(self.digits)
        non_digits = calibration.calibrate(self.non_digits)
        return scores(digits, self.labels, non_digits, calibration.threshold)

    def cases(self) -> list[Predictions]:
        """Each case by itself."""
        parts = (np.split(each, len(CASES)) for each in (self.digits, self.labels, self.non_digits))
        return [Predictions(*part) for part in zip(*parts, strict=True)]


@dataclass(frozen=True, eq=False)
class DrawingBenchmark:
    """Drawings that no network was trained on: some to set a calibration, some to score by."""

    validation: RenderedDrawings
    held_out: RenderedDrawings

    @classmethod
    def of(cls, drawings: DrawingDataset) -> DrawingBenchmark:
        """Split by institution: VALIDATION and HELD_OUT."""
        return cls(
            RenderedDrawings(drawings.of(VALIDATION)), RenderedDrawings(drawings.of(HELD_OUT))
        )

    @property
    def ready(self) -> bool:
        """Whether there are digits of both."""
        return all(len(part.drawings.digits) for part in (self.validation, self.held_out))

    def run(self, network: Network) -> tuple[Calibration, BenchmarkResult]:
        """Calibrate and score a network, on drawings that are `ready`.

        Returns:
            The calibration, fitted to all drawings; and the scores on the held-out ones, under
            a calibration fitted to the others alone.
        """
        validation, held_out = self.validation.predict(network), self.held_out.predict(network)
        calibration, drawings = validation.fit(), self.held_out.drawings
        result = BenchmarkResult(
            institutions=tuple(sorted(set(drawings.digits.institutions.tolist()))),
            digits=len(drawings.digits),
            non_digits=len(drawings.non_digits),
            cases=tuple(
                CaseScores(**asdict(case), **asdict(predictions.scores(calibration)))
                for case, predictions in zip(CASES, held_out.cases(), strict=True)
            ),
            overall=held_out.scores(calibration),
        )
        return (validation + held_out).fit(), result


def scores(
    digits: NDArray[np.float32],
    labels: NDArray[np.uint8],
    non_digits: NDArray[np.float32],
    threshold: float,
) -> Scores:
    """Score calibrated probabilities.

    Args:
        digits: (n, 10), of drawn digits.
        labels: (n,), the true digits.
        non_digits: (m, 10), of drawings of something else; may be empty.
        threshold: The model's own, under which it is unsure.
    """
    from sklearn.metrics import roc_auc_score  # slow to import; dashboards need none of it

    confidence, of_non_digits = digits.max(axis=1), non_digits.max(axis=1)
    correct, answered = digits.argmax(axis=1) == labels, confidence >= threshold
    found: dict[str, Any] = {
        "accuracy": correct.mean(),
        "calibration_error": calibration_error(confidence, correct),
        "answered": answered.mean(),
        "accuracy_when_answered": correct[answered].mean() if answered.any() else 0.0,
    }
    if len(non_digits):
        is_digit = np.repeat([1, 0], [len(digits), len(non_digits)])
        found |= {
            "rejected": (of_non_digits < threshold).mean(),
            "rejected_keeping_99": (of_non_digits < np.quantile(confidence, 1 - KEPT)).mean(),
            "roc_area": roc_auc_score(is_digit, np.concatenate([confidence, of_non_digits])),
        }
    return Scores(**{name: round(float(value), 5) for name, value in found.items()})
