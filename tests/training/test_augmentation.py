"""Augmentation: complete pictures, different each time, and the same for a seed."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recognizer import Drawing
from recognizer.datasets.mnist import Mnist
from recognizer.drawings.arrays import Points
from recognizer.drawings.preprocessing import render, to_mnist
from recognizer.training.augmentation import blur_some, distort_images, draw_again
from tests.drawings.test_preprocessing import center_of_mass
from tests.stroke_data import HANDS
from tests.training.sharpness import edges


def test_render_draws_as_the_app_does_in_its_own_pen() -> None:
    for hand in HANDS:
        np.testing.assert_array_equal(render(hand), to_mnist(Drawing.from_strokes(hand)))


def test_a_thicker_pen_leaves_more_ink() -> None:
    thin, thick = render(HANDS[3], 1.5), render(HANDS[3], 3.5)
    assert thick.sum() > 1.5 * thin.sum()


coordinates = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


@settings(max_examples=60)
@example([[(5, 5)]], 16)  # a dot, painted on a canvas
@example([[(0.0, 0.0), (0.0, 2.225073858507203e-309)]], 0)
@given(
    st.lists(st.lists(coordinates, min_size=1, max_size=9), min_size=1, max_size=4),
    st.integers(0, 2**32),
)
def test_any_strokes_can_be_drawn_again(strokes: list[list[Points]], seed: int) -> None:
    image = draw_again([np.array(s) for s in strokes], np.random.default_rng(seed))
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert image.any()


def test_a_digit_drawn_again_stays_alike_and_is_never_the_same() -> None:
    rng = np.random.default_rng(0)
    one, seven = render(HANDS[1]).astype(float), render(HANDS[7]).astype(float)
    again = np.array([draw_again(HANDS[7], rng) for _ in range(40)])
    assert len({image.tobytes() for image in again}) > 30
    nearer = np.abs(again - seven).mean(axis=(1, 2)) < np.abs(again - one).mean(axis=(1, 2))
    assert nearer.mean() > 0.8


def test_without_distortion_a_digit_keeps_its_form() -> None:
    rng = np.random.default_rng(0)
    seven = render(HANDS[7]).astype(float)
    again = [draw_again(HANDS[7], rng, (2.0, 2.0), distortion=False) for _ in range(20)]
    assert max(np.abs(image - seven).mean() for image in again) < 8  # of 255


def test_distorted_images_keep_their_ink(mnist: Mnist) -> None:
    images = mnist.training.images[:300]
    bent = distort_images(images, np.random.default_rng(0))
    assert bent.shape == images.shape
    assert bent.dtype == np.uint8
    same = (bent == images).all(axis=(1, 2)).mean()
    assert 0.05 < same < 0.3  # some are shown as they are
    ink = bent.sum(axis=(1, 2), dtype=float) / images.sum(axis=(1, 2), dtype=float)
    assert 0.9 < np.median(ink) < 1.1
    assert ink.min() > 0.4


def test_distorted_images_are_as_sharp_as_those_of_mnist(mnist: Mnist) -> None:
    images = mnist.training.images[:300]
    bent = distort_images(images, np.random.default_rng(0))
    assert 0.9 < edges(bent) / edges(images) < 1.1  # 0.62 with linear interpolation


def test_an_image_is_distorted_as_if_it_were_alone(mnist: Mnist) -> None:
    one, full = mnist.training.images[0], np.full((28, 28), 255, np.uint8)
    among = [np.stack([around, one, around] * 50) for around in (np.zeros_like(one), full)]
    alone, beside = (distort_images(each, np.random.default_rng(0))[1::3] for each in among)
    np.testing.assert_array_equal(alone, beside)


def test_half_of_the_images_are_blurred_and_stay_where_they_are(mnist: Mnist) -> None:
    images = mnist.training.images[:400]
    blurred = blur_some(images, np.random.default_rng(0))
    same = (blurred == images).all(axis=(1, 2))
    assert 0.4 < same.mean() < 0.6
    assert edges(blurred[~same]) < 0.8 * edges(images[~same])
    moved = [
        np.subtract(center_of_mass(one), center_of_mass(other))
        for one, other in zip(blurred, images, strict=True)
    ]
    assert np.abs(moved).max() < 0.6  # pixels


@pytest.mark.parametrize("count", [0, 1, 1001])
def test_any_number_of_images_can_be_distorted(tiny: Mnist, count: int) -> None:
    images = np.resize(tiny.training.images, (count, 28, 28))
    first = distort_images(images, np.random.default_rng(1))
    assert first.shape == images.shape
    np.testing.assert_array_equal(distort_images(images, np.random.default_rng(1)), first)
