"""Judge a model by what people draw: how often it is right, how sure, and what it turns away."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.canvas import paint, place
from recognizer.confidence import KEPT, TURNED_AWAY, Confidence, calibration_error, fit_confidence
from recognizer.drawing import Drawing, Points
from recognizer.evaluation import Network
from recognizer.pen import HELD_BACK, VALIDATION, Drawings, PenDrawings
from recognizer.preprocessing import SIDE, to_mnist


@dataclass(frozen=True)
class Case:
    """How a drawing is given: strokes or a picture, its size on the canvas, the pen."""

    given: str  # "strokes" or "picture"
    size: float  # 0 to 1, share of the canvas, the longer way
    pen: int  # pixels

    def draw(self, strokes: list[NDArray[np.float32]]) -> Drawing:
        """A drawing as a canvas gives it: strokes in whole pixels, or a picture."""
        placed: list[Points] = place(strokes, self.size)
        if self.given == "strokes":
            return Drawing.from_strokes([np.rint(s) for s in placed], pen_width=self.pen)
        return Drawing.from_image(paint(placed, self.pen))

    def images(self, drawings: PenDrawings) -> NDArray[np.uint8]:
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


PLAIN = CASES[1]  # a drawing as most are made


@dataclass(frozen=True, eq=False)
class Rendered:
    """Drawings of some institutions in every case; rendered once, whatever judges them."""

    drawings: Drawings

    @cached_property
    def digits(self) -> dict[Case, NDArray[np.uint8]]:
        return {case: case.images(self.drawings.digits) for case in CASES}

    @cached_property
    def others(self) -> dict[Case, NDArray[np.uint8]]:
        return {case: case.images(self.drawings.others) for case in CASES}

    @property
    def labels(self) -> NDArray[np.uint8]:
        """Of the digits, once for each case after the other."""
        return np.tile(self.drawings.digits.labels, len(CASES))

    def read(self, network: Network) -> Read:
        """What a network makes of all of them, case after case."""
        digits = np.concatenate([network(images) for images in self.digits.values()])
        others = np.concatenate([network(images) for images in self.others.values()])
        return Read(digits, self.labels, others)


@dataclass(frozen=True, eq=False)
class Read:
    """What a network gave digits (n, 10), labelled (n,), and what is no digit (m, 10)."""

    digits: NDArray[np.float32]
    labels: NDArray[np.uint8]
    others: NDArray[np.float32]

    def __add__(self, more: Read) -> Read:
        return Read(
            np.concatenate([self.digits, more.digits]),
            np.concatenate([self.labels, more.labels]),
            np.concatenate([self.others, more.others]),
        )

    def fit(self) -> Confidence:
        """The confidence that fits."""
        return fit_confidence(self.digits, self.labels, self.others)

    def figures(self, confidence: Confidence) -> dict[str, float]:
        """Accuracy, calibration and rejection under a confidence."""
        digits, others = confidence.calibrate(self.digits), confidence.calibrate(self.others)
        return figures(digits, self.labels, others, confidence.threshold)

    def cases(self) -> list[Read]:
        """Each case by itself."""
        parts = (np.split(part, len(CASES)) for part in (self.digits, self.labels, self.others))
        return [Read(*part) for part in zip(*parts, strict=True)]


@dataclass(frozen=True, eq=False)
class Judge:
    """Drawings that no network has seen yet: some to set a confidence by, some to judge by."""

    validation: Rendered
    held_back: Rendered

    @classmethod
    def of(cls, drawings: Drawings) -> Judge:
        """Keep apart by institution: VALIDATION and HELD_BACK."""
        return cls(Rendered(drawings.of(VALIDATION)), Rendered(drawings.of(HELD_BACK)))

    @property
    def ready(self) -> bool:
        """Whether there are digits of both."""
        return all(len(part.drawings.digits) for part in (self.validation, self.held_back))

    def judge(self, network: Network) -> tuple[Confidence, dict[str, Any]]:
        """Judge a network by the drawings held back, and set its confidence.

        Returns:
            The confidence, fitted on all drawings; and a report, ready for JSON, of those
            held back, under a confidence fitted on the others alone. It is empty where
            there are none of either.
        """
        if not self.ready:
            return Confidence(), {}
        validation, held = self.validation.read(network), self.held_back.read(network)
        confidence = validation.fit()
        drawings = self.held_back.drawings
        report = {
            "institutions": sorted(set(drawings.digits.institutions.tolist())),
            "digits": len(drawings.digits),
            "others": len(drawings.others),
            "cases": [
                asdict(case) | read.figures(confidence)
                for case, read in zip(CASES, held.cases(), strict=True)
            ],
            "all": held.figures(confidence),
        }
        return (validation + held).fit(), report


def figures(
    digits: NDArray[np.float32],
    labels: NDArray[np.uint8],
    others: NDArray[np.float32],
    threshold: float,
) -> dict[str, float]:
    """Accuracy, calibration and rejection, each a share, 0 to 1.

    Args:
        digits: (n, 10), calibrated probabilities of digits.
        labels: (n,), what they are.
        others: (m, 10), calibrated probabilities of what is no digit.
        threshold: The model's own, under which it is unsure.
    """
    from sklearn.metrics import roc_auc_score  # slow to import; dashboards need none of it

    sure, unsure = digits.max(axis=1), others.max(axis=1)
    right = digits.argmax(axis=1) == labels
    answered = sure >= threshold
    found = {
        "accuracy": right.mean(),
        "calibration_error": calibration_error(sure, right),
        "answered": answered.mean(),
        "right_when_answered": right[answered].mean() if answered.any() else 0.0,
    }
    if len(others):
        is_digit = np.repeat([1, 0], [len(sure), len(unsure)])
        found |= {
            "turned_away": (unsure < threshold).mean(),
            TURNED_AWAY: (unsure < np.quantile(sure, 1 - KEPT)).mean(),
            "roc_area": roc_auc_score(is_digit, np.concatenate([sure, unsure])),
        }
    return {name: round(float(value), 5) for name, value in found.items()}
