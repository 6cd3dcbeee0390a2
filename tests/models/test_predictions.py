"""The arrays of a model folder: whole, damaged, or missing where they may be."""

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.datasets.mnist import Mnist
from recognizer.errors import ModelError
from recognizer.models import predictions, registry
from tests.conftest import SHIPPED


@pytest.mark.parametrize(
    ("labels", "probabilities", "reason"),
    [
        (np.zeros(3), np.zeros((5, 10)), "have shapes that do not match"),
        (np.zeros(0), np.zeros((0, 10)), "have shapes that do not match"),
        (np.full(5, 10), np.full((5, 10), 0.1), "invalid labels or probabilities"),
        (np.full(5, 3), np.full((5, 10), 0.2), "invalid labels or probabilities"),
        (np.full(5, 3), np.full((5, 10), -0.1), "invalid labels or probabilities"),
        (np.full(5, 3), np.full((5, 10), np.nan), "invalid labels or probabilities"),
        (np.full(5, 3), np.zeros((5, 10), dtype=int), "invalid labels or probabilities"),
    ],
)
def test_wrong_predictions_are_refused(
    model_copy: Path, labels: np.ndarray, probabilities: np.ndarray, reason: str
) -> None:
    np.savez(model_copy / "predictions.npz", labels=labels, probabilities=probabilities)
    with pytest.raises(ModelError, match=reason):
        registry.load_report("larger-cnn")


def test_predictions_without_an_array_are_refused(model_copy: Path) -> None:
    np.savez(model_copy / "predictions.npz", labels=np.zeros(3))
    with pytest.raises(ModelError, match=r"predictions\.npz cannot be read"):
        registry.load_report("larger-cnn")


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_predictions_damaged_anywhere_are_refused_or_harmless(seed: int) -> None:
    """Bytes overwritten anywhere in the file: an error with a message, or harmless."""
    rng = np.random.default_rng(seed)
    content = bytearray((SHIPPED / "larger-cnn" / "predictions.npz").read_bytes())
    start = int(rng.integers(len(content) - 600))
    content[start : start + 600] = rng.bytes(600)
    with tempfile.TemporaryDirectory() as models, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELS_DIR", models)
        copy = Path(shutil.copytree(SHIPPED / "larger-cnn", Path(models) / "larger-cnn"))
        (copy / "predictions.npz").write_bytes(content)
        with contextlib.suppress(ModelError):  # any other error fails the test
            assert registry.load_report("larger-cnn").accuracy > 0.9


@pytest.mark.parametrize("name", registry.names())
def test_a_shipped_model_has_the_images_that_it_misclassifies(name: str, mnist: Mnist) -> None:
    images = predictions.read_misclassified(SHIPPED / name)
    wrong = np.flatnonzero(~registry.load_report(name).correct).tolist()
    assert list(images) == wrong
    assert all((images[number] == mnist.test.images[number]).all() for number in wrong)


def test_an_older_folder_has_none(model_copy: Path) -> None:
    (model_copy / predictions.MISCLASSIFIED).unlink()
    assert predictions.read_misclassified(model_copy) == {}


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"numbers": np.arange(3)}, "cannot be read"),
        ({"numbers": np.arange(3), "images": np.zeros((2, 28, 28), np.uint8)}, "do not match"),
        ({"numbers": np.arange(2), "images": np.zeros((2, 28, 27), np.uint8)}, "do not match"),
        ({"numbers": np.arange(2), "images": np.zeros((2, 28, 28))}, "do not match"),
    ],
)
def test_damaged_images_are_refused(model_copy: Path, arrays: dict[str, Any], reason: str) -> None:
    np.savez(model_copy / predictions.MISCLASSIFIED, **arrays)
    with pytest.raises(ModelError, match=reason):
        predictions.read_misclassified(model_copy)
