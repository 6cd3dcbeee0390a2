"""The contract for other programs: Drawing in, Reading out."""

import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from recognizer import Drawing, Reading, Recognizer
from recognizer.canvas import paint, place
from recognizer.data import Mnist, PenDrawings
from recognizer.registry import ModelError
from tests.conftest import SHIPPED
from tests.digits import DIGITS

DRAWINGS = [Drawing.from_strokes(strokes) for strokes in DIGITS.values()]


def test_digits_are_read(recognizer: Recognizer) -> None:
    readings = recognizer.read_many(DRAWINGS)
    assert [reading.digit for reading in readings] == list(DIGITS)
    for reading in readings:
        assert reading.status == "digit"
        assert 0 < reading.confidence <= 1
        assert reading.probabilities.shape == (10,)
        assert reading.probabilities.dtype == np.float32
        assert reading.probabilities.sum() == pytest.approx(1, abs=1e-5)
        assert reading.image.shape == (28, 28)
        assert reading.image.dtype == np.uint8


@pytest.mark.parametrize("pen_width", [8, 20, 28])
@pytest.mark.parametrize("size", [0.5, 0.95])
def test_pictures_of_digits_are_read(recognizer: Recognizer, size: float, pen_width: int) -> None:
    hands = [[np.array(s, dtype=float) for s in strokes] for strokes in DIGITS.values()]
    pictures = [Drawing.from_image(paint(place(hand, size), pen_width)) for hand in hands]
    assert [reading.digit for reading in recognizer.read_many(pictures)] == list(DIGITS)


def test_blank_is_never_a_digit(recognizer: Recognizer) -> None:
    blanks = [Drawing.from_strokes([]), Drawing.from_image(np.zeros((9, 9), np.uint8))]
    dot = Drawing.from_strokes([[[5, 5], [5, 5]]])
    for reading in recognizer.read_many([*blanks, dot]):
        assert (reading.digit, reading.status, reading.confidence) == (None, "blank", 0)
        assert not reading.probabilities.any()


def test_one_by_one_or_many_at_once(recognizer: Recognizer) -> None:
    def same(one: Reading, other: Reading) -> bool:
        return one.digit == other.digit and np.allclose(
            one.probabilities, other.probabilities, atol=1e-5
        )

    many = recognizer.read_many(DRAWINGS * 60)  # more than one batch
    assert all(same(recognizer.read(d), many[i]) for i, d in enumerate(DRAWINGS))
    assert all(same(many[i], many[i % 10]) for i in range(len(many)))
    assert recognizer.read_many([]) == []
    assert len(recognizer.read_many(iter(DRAWINGS[:3]))) == 3


def test_many_threads_may_read(recognizer: Recognizer) -> None:
    with ThreadPoolExecutor(8) as pool:
        readings = list(pool.map(recognizer.read, DRAWINGS * 20))
    assert [reading.digit for reading in readings] == list(DIGITS) * 20


def test_the_active_model_reads_by_default(models: Path, model_copy: Path) -> None:
    model_copy.rename(models / "mine")
    assert Recognizer.load().name == "mine"


def test_missing_and_damaged_models_say_so(model_copy: Path) -> None:
    with pytest.raises(ModelError, match="no model 'other'"):
        Recognizer.load("other")
    with zipfile.ZipFile(model_copy / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(ModelError, match=r"model\.keras cannot be loaded"):
        Recognizer.load("larger-cnn")


def test_a_network_of_another_form_is_refused(model_copy: Path) -> None:
    import keras

    network = keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(10)])
    network.save(model_copy / "model.keras")
    with pytest.raises(ModelError, match=r"model\.keras cannot be loaded"):
        Recognizer.load("larger-cnn")


def test_mnist_reads_the_same_as_a_picture_and_directly(
    recognizer: Recognizer, mnist: Mnist
) -> None:
    images = mnist.validation.images[:1000]
    readings = recognizer.read_many(Drawing.from_image(image) for image in images)
    direct = recognizer.probabilities(images).argmax(axis=1)
    assert np.mean([reading.digit for reading in readings] == direct) >= 0.998


def test_drawn_digits_are_read_at_any_size(recognizer: Recognizer, pen_digits: PenDrawings) -> None:
    """A smoke test on some drawings; benchmarks/drawn_digits.py measures on all."""
    chosen = np.flatnonzero(pen_digits.institutions == "syn")[::10]
    labels = pen_digits.labels[chosen]
    for size in (0.2, 0.95):
        drawn = (place(pen_digits.strokes(index), size) for index in chosen)
        digits = [r.digit for r in recognizer.read_many(map(Drawing.from_strokes, drawn))]
        assert np.mean(digits == labels) >= 0.96


def test_importing_needs_neither_tensorflow_nor_streamlit() -> None:
    package = SHIPPED.parent / "recognizer"
    modules = [f"recognizer.{path.stem}" for path in package.glob("*.py")]
    code = (
        f"import sys, {', '.join(modules)}; "
        "sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras', 'streamlit')))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=SHIPPED.parent, check=False).returncode
        == 0
    )
    sources = [path.read_text(encoding="utf-8") for path in package.glob("*.py")]
    assert not any(re.search(r"^\s*(import|from) streamlit", text, re.M) for text in sources)
