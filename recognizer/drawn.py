"""Judge a model by what people draw: how often it is right, how sure, and what it turns away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from recognizer.canvas import paint, place
from recognizer.confidence import KEPT, TURNED_AWAY, Confidence, calibration_error, fit_confidence
from recognizer.drawing import Drawing, Points
from recognizer.pen import HELD_BACK, VALIDATION, Drawings, PenDrawings
from recognizer.preprocessing import to_mnist

# Of images (n, 28, 28) uint8, the probability of each digit, (n, 10).
Network = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


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
        return np.array(images, dtype=np.uint8).reshape(-1, 28, 28)


CASES = (
    Case("strokes", 0.2, 40),
    Case("strokes", 0.5, 20),
    Case("strokes", 0.95, 4),
    Case("picture", 0.4, 8),
    Case("picture", 0.4, 28),
    Case("picture", 0.65, 18),
    Case("picture", 0.95, 28),
)


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


@dataclass(frozen=True, eq=False)
class Judge:
    """Drawings that a confidence is fitted on, and others that a model is judged by."""

    validation: Rendered
    held_back: Rendered

    @classmethod
    def of(cls, drawings: Drawings) -> Judge:
        """Keep apart by institution: VALIDATION to fit on, HELD_BACK to judge by."""
        return cls(Rendered(drawings.of(VALIDATION)), Rendered(drawings.of(HELD_BACK)))

    def fit(self, network: Network) -> Confidence:
        """The confidence of a network, fitted on the validation drawings, if there are any."""
        if not len(self.validation.labels):
            return Confidence()
        read = [network(images) for images in self.validation.digits.values()]
        return fit_confidence(np.concatenate(read), self.validation.labels)

    def report(self, network: Network, confidence: Confidence) -> dict[str, Any]:
        """What the network makes of the drawings held back, as figures ready for JSON.

        Empty where the file holds no drawing of those institutions.
        """
        held = self.held_back
        if not len(held.labels):
            return {}
        digits = {c: confidence.calibrate(network(i)) for c, i in held.digits.items()}
        others = {c: confidence.calibrate(network(i)) for c, i in held.others.items()}
        labels = held.drawings.digits.labels
        return {
            "institutions": sorted(set(held.drawings.digits.institutions.tolist())),
            "digits": len(held.drawings.digits),
            "others": len(held.drawings.others),
            "cases": [
                {"given": case.given, "size": case.size, "pen": case.pen}
                | figures(digits[case], labels, others[case], confidence.threshold)
                for case in CASES
            ],
            "all": figures(
                np.concatenate([*digits.values()]),
                held.labels,
                np.concatenate([*others.values()]),
                confidence.threshold,
            ),
        }


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
