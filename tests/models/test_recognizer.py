"""The contract for other programs: Drawing in, Reading out."""

import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from recognizer import Drawing, Reading, Recognizer
from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import StrokeDataset
from recognizer.drawings.rasterize import paint, place
from recognizer.errors import ModelError
from recognizer.models.drawing_benchmark import TYPICAL
from recognizer.models.recipes import RECIPES
from tests.digits import DIGITS
from tests.stroke_data import HANDS

DRAWINGS = [Drawing.from_strokes(strokes) for strokes in DIGITS.values()]


def test_digits_are_read(recognizer: Recognizer) -> None:
    readings = recognizer.read_many(DRAWINGS)
    assert [reading.digit for reading in readings] == list(DIGITS)
    for reading in readings:
        assert reading.status == "digit"
        assert 0 < reading.confidence <= 1
        assert reading.probabilities.shape == (10,)
        assert reading.probabilities.dtype == np.float32
        assert 0.9 < reading.probabilities.sum() <= 1 + 1e-5
        assert reading.confidence == pytest.approx(float(reading.probabilities.max()))
        assert reading.likeliest[0] == reading.digit
        assert reading.looks_like_a_digit
        assert reading.image.shape == (28, 28)
        assert reading.image.dtype == np.uint8


@pytest.mark.parametrize("pen_width", [8, 20, 28])
@pytest.mark.parametrize("size", [0.5, 0.95])
def test_pictures_of_digits_are_read(recognizer: Recognizer, size: float, pen_width: int) -> None:
    pictures = [Drawing.from_image(paint(place(hand, size), pen_width)) for hand in HANDS]
    assert [reading.digit for reading in recognizer.read_many(pictures)] == list(DIGITS)


def test_a_drawing_without_ink_or_with_a_dot_is_blank(recognizer: Recognizer) -> None:
    blanks = [Drawing.from_strokes([]), Drawing.from_image(np.zeros((9, 9), np.uint8))]
    dot = Drawing.from_strokes([[[5, 5], [5, 5]]])
    for reading in recognizer.read_many([*blanks, dot]):
        assert (reading.digit, reading.status, reading.confidence) == (None, "blank", 0)
        assert not reading.probabilities.any()


LETTERS = [
    [[(90, 220), (140, 60), (190, 220)], [(110, 160), (170, 160)]],  # A
    [[(80, 60), (80, 220)], [(80, 140), (180, 140)], [(180, 60), (180, 220)]],  # H
    [[(60, 60), (100, 220), (140, 100), (180, 220), (220, 60)]],  # W
    [[(70, 60), (200, 220)], [(200, 60), (70, 220)]],  # X
]


@pytest.mark.parametrize("picture", [False, True])
def test_letters_are_recognized_as_non_digits(recognizer: Recognizer, picture: bool) -> None:
    hands = [[np.array(s, dtype=float) for s in strokes] for strokes in LETTERS]
    drawings = [
        Drawing.from_image(paint(hand, 16)) if picture else Drawing.from_strokes(hand)
        for hand in hands
    ]
    for reading in recognizer.read_many(drawings):
        assert reading.status == "unsure"
        assert not reading.looks_like_a_digit
        assert reading.confidence < 0.5


def test_ink_all_over_is_a_non_digit_for_every_network() -> None:
    to_and_fro = [[(10 + 260 * (step % 2), 10 + 4 * step) for step in range(65)]]
    for name in RECIPES:
        reading = Recognizer.load(name).read(Drawing.from_strokes(to_and_fro))
        assert (reading.status, reading.confidence) == ("unsure", 0)
        assert not reading.looks_like_a_digit


def test_the_threshold_decides_what_is_unsure(model_copy: Path) -> None:
    seven = Drawing.from_strokes(DIGITS[7])

    def read_with(**calibration: float) -> Reading:
        (model_copy / "confidence.json").write_text(json.dumps(calibration))
        return Recognizer.load("larger-cnn").read(seven)

    sure = read_with(slope=1, shift=0, threshold=0.5)
    unsure = read_with(slope=0.5, shift=-1, threshold=1)
    assert (sure.status, unsure.status) == ("digit", "unsure")
    assert sure.digit == unsure.digit == 7
    assert unsure.confidence < sure.confidence


def test_drawings_are_read_the_same_one_by_one_or_many_at_once(recognizer: Recognizer) -> None:
    def same(one: Reading, other: Reading) -> bool:
        return one.digit == other.digit and np.allclose(
            one.probabilities, other.probabilities, atol=1e-5
        )

    many = recognizer.read_many(DRAWINGS * 60)  # more than one batch
    assert all(same(recognizer.read(d), many[i]) for i, d in enumerate(DRAWINGS))
    assert all(same(many[i], many[i % 10]) for i in range(len(many)))
    assert recognizer.read_many([]) == []
    assert len(recognizer.read_many(iter(DRAWINGS[:3]))) == 3


def test_many_threads_can_read_with_one_recognizer(recognizer: Recognizer) -> None:
    with ThreadPoolExecutor(8) as pool:
        readings = list(pool.map(recognizer.read, DRAWINGS * 20))
    assert [reading.digit for reading in readings] == list(DIGITS) * 20


def test_the_active_model_reads_by_default(models: Path, model_copy: Path) -> None:
    model_copy.rename(models / "mine")
    assert Recognizer.load().name == "mine"


def test_missing_and_damaged_models_are_reported(keras_copy: Path) -> None:
    with pytest.raises(ModelError, match="no model 'other'"):
        Recognizer.load("other")
    with zipfile.ZipFile(keras_copy / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(ModelError, match=r"model\.keras does not hold what Keras writes"):
        Recognizer.load("larger-cnn")


def test_a_network_with_another_input_is_refused(keras_copy: Path) -> None:
    import keras

    network = keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(10)])
    network.save(keras_copy / "model.keras")
    with pytest.raises(ModelError, match="does not take 28×28 images"):
        Recognizer.load("larger-cnn")


def test_a_network_with_another_number_of_outputs_is_refused(keras_copy: Path) -> None:
    import keras

    network = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten()])
    network.save(keras_copy / "model.keras")
    with pytest.raises(ModelError, match="have ten outputs"):
        Recognizer.load("larger-cnn")


def test_mnist_is_read_the_same_as_a_picture_and_directly(
    recognizer: Recognizer, mnist: Mnist
) -> None:
    images = mnist.validation.images[:500]
    readings = recognizer.read_many(Drawing.from_image(image) for image in images)
    direct = recognizer.probabilities(images).argmax(axis=1)
    assert np.mean([reading.digit for reading in readings] == direct) >= 0.998


def test_drawn_digits_are_read_at_any_size(
    recognizer: Recognizer, pen_digits: StrokeDataset
) -> None:
    """A smoke test on some drawings; train.py --judge evaluates on all."""
    chosen = np.flatnonzero(pen_digits.institutions == "syn")[::10]
    labels = pen_digits.labels[chosen]
    for size in (0.2, 0.95):
        drawn = (place(pen_digits.strokes(index), size) for index in chosen)
        digits = [r.digit for r in recognizer.read_many(map(Drawing.from_strokes, drawn))]
        assert np.mean(digits == labels) >= 0.96


def test_digits_are_answered_and_letters_mostly_rejected(
    recognizer: Recognizer, pen_digits: StrokeDataset, pen_non_digits: StrokeDataset
) -> None:
    def answered(drawings: StrokeDataset) -> float:
        chosen = range(0, len(drawings), len(drawings) // 300)
        readings = recognizer.read_many(TYPICAL.draw(drawings.strokes(i)) for i in chosen)
        return float(np.mean([reading.status == "digit" for reading in readings]))

    assert answered(pen_digits) > 0.97
    assert answered(pen_non_digits) < 0.1
