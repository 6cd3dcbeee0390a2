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
from recognizer.models.checked import PREDICTIONS_BYTES, damaged, remembered, size_of
from recognizer.models.evaluation import Report

PREDICTIONS, MISCLASSIFIED = "predictions.npz", "misclassified.npz"
IMAGES_BYTES = 10_000_000  # of the second one, and of its arrays: those of all test images


def read_report(path: Path) -> Report:
    """Read a model's predictions on the 10,000 test images.

    Raises:
        ModelError: Its predictions are damaged.
    """
    try:
        return _report(path / PREDICTIONS)
    except (DatasetError, ValueError, OSError) as error:
        raise damaged(path.name, "predictions.npz cannot be read") from error


@remembered(30)
def _report(file: Path) -> Report:
    size_of(file, PREDICTIONS_BYTES)
    arrays = read_npz(file, ("labels", "probabilities"), PREDICTIONS_BYTES)
    labels, probabilities, name = arrays["labels"], arrays["probabilities"], file.parent.name
    if not labels.size or probabilities.shape != (labels.size, CLASSES) or labels.ndim != 1:
        raise damaged(name, "the arrays in predictions.npz have shapes that do not match")
    if not (_are_digits(labels) and _are_probabilities(probabilities)):
        raise damaged(name, "predictions.npz holds invalid labels or probabilities")
    report = Report(labels.astype(np.uint8), probabilities.astype(np.float32))
    for array in (report.labels, report.probabilities):
        array.setflags(write=False)
    return report


def _are_digits(values: NDArray[Any]) -> bool:
    return np.issubdtype(values.dtype, np.integer) and bool(np.isin(values, range(CLASSES)).all())


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
    try:
        size_of(path / MISCLASSIFIED, IMAGES_BYTES)
        arrays = read_npz(path / MISCLASSIFIED, ("numbers", "images"), IMAGES_BYTES)
    except FileNotFoundError:
        return {}
    except (DatasetError, ValueError, OSError) as error:
        raise damaged(path.name, f"{MISCLASSIFIED} cannot be read") from error
    numbers, images = arrays["numbers"], arrays["images"]
    counted = numbers.ndim == 1 and np.issubdtype(numbers.dtype, np.integer)
    if not counted or images.shape != (numbers.size, SIDE, SIDE) or images.dtype != np.uint8:
        raise damaged(path.name, f"the arrays in {MISCLASSIFIED} have shapes that do not match")
    return dict(zip(numbers.tolist(), images, strict=True))


def write_misclassified(folder: Path, report: Report, images: NDArray[np.uint8]) -> None:
    """Write those of the test images (n, 28, 28) that a model misclassifies into its folder."""
    wrong = ~report.correct
    part = folder / f"{processes.owned('part')}{MISCLASSIFIED}"
    numbers = np.flatnonzero(wrong).astype(np.int32)
    np.savez_compressed(part, numbers=numbers, images=images[wrong])
    part.replace(folder / MISCLASSIFIED)
