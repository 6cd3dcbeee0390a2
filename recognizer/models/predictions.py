"""The arrays of a model folder: its predictions, and the test images that it misclassifies."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer import processes
from recognizer.datasets.mnist import CLASSES, SIDE
from recognizer.datasets.npz import read_npz
from recognizer.drawings.arrays import Image
from recognizer.errors import DatasetError
from recognizer.models.evaluation import Report
from recognizer.models.folder import damaged

PREDICTIONS, MISCLASSIFIED = "predictions.npz", "misclassified.npz"


def read_report(path: Path) -> Report:
    """Read a model's predictions on the 10,000 test images.

    Raises:
        ModelError: Its predictions are damaged.
    """
    try:
        arrays = read_npz(path / PREDICTIONS, ("labels", "probabilities"))
    except DatasetError as error:
        raise damaged(path.name, "predictions.npz cannot be read") from error
    labels, probabilities = arrays["labels"], arrays["probabilities"]
    if not labels.size or probabilities.shape != (*labels.shape, CLASSES):
        raise damaged(path.name, "the arrays in predictions.npz have shapes that do not match")
    if not (np.isin(labels, range(CLASSES)).all() and _are_probabilities(probabilities)):
        raise damaged(path.name, "predictions.npz holds invalid labels or probabilities")
    return Report(labels, probabilities)


def _are_probabilities(values: NDArray[Any]) -> bool:
    """Rounding may bring a probability, or the sum of ten, a little above 1."""
    inside = np.issubdtype(values.dtype, np.floating) and values.min() >= 0
    return bool(inside and values.sum(axis=1).max() <= 1 + 1e-3)


def write_report(folder: Path, report: Report) -> None:
    """Write a model's predictions on the test images into its folder."""
    np.savez_compressed(
        folder / PREDICTIONS, labels=report.labels, probabilities=report.probabilities
    )


def read_misclassified(path: Path) -> dict[int, Image]:
    """Read the test images that a model misclassifies, by their numbers.

    Older folders do not have them: they give none.

    Raises:
        ModelError: The file is damaged.
    """
    if not (path / MISCLASSIFIED).exists():
        return {}
    try:
        arrays = read_npz(path / MISCLASSIFIED, ("numbers", "images"))
    except DatasetError as error:
        raise damaged(path.name, f"{MISCLASSIFIED} cannot be read") from error
    numbers, images = arrays["numbers"], arrays["images"]
    shape = (len(numbers), SIDE, SIDE)
    if numbers.ndim != 1 or images.shape != shape or images.dtype != np.uint8:
        raise damaged(path.name, f"the arrays in {MISCLASSIFIED} have shapes that do not match")
    return dict(zip(numbers.tolist(), images, strict=True))


def write_misclassified(folder: Path, report: Report, images: NDArray[np.uint8]) -> None:
    """Write those of the test images (n, 28, 28) that a model misclassifies into its folder."""
    wrong = ~report.correct
    part = folder / f"{processes.owned('part')}{MISCLASSIFIED}"
    numbers = np.flatnonzero(wrong).astype(np.int32)
    np.savez_compressed(part, numbers=numbers, images=images[wrong])
    part.replace(folder / MISCLASSIFIED)
