"""Distortion and made-up drawings: whole, different each time, the same for a seed."""

from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recognizer import Drawing
from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import StrokeDataset, pack
from recognizer.drawings.arrays import Points
from recognizer.drawings.preprocessing import render, to_mnist
from recognizer.models.networks import NO_DIGIT
from recognizer.training import negatives
from recognizer.training.augmentation import THIN_PENS, distort_images, draw_again
from recognizer.training.batches import Mixture
from tests.digits import DIGITS

HANDS = [[np.array(s, dtype=float) for s in strokes] for strokes in DIGITS.values()]


def test_render_draws_as_the_app_does_in_its_own_pen() -> None:
    for hand in HANDS:
        np.testing.assert_array_equal(render(hand), to_mnist(Drawing.from_strokes(hand)))


def test_a_thicker_pen_leaves_more_ink() -> None:
    thin, thick = render(HANDS[3], 1.5), render(HANDS[3], 3.5)
    assert thick.sum() > 1.5 * thin.sum()


coordinates = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


@settings(max_examples=60)
@example([[(5, 5)]], 16)  # a dot, painted on a canvas
@given(
    st.lists(st.lists(coordinates, min_size=1, max_size=9), min_size=1, max_size=4),
    st.integers(0, 2**32),
)
def test_any_strokes_can_be_drawn_again(strokes: list[list[Points]], seed: int) -> None:
    image = draw_again([np.array(s) for s in strokes], np.random.default_rng(seed))
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert image.any()


def test_a_digit_drawn_again_stays_alike_and_never_the_same() -> None:
    rng = np.random.default_rng(0)
    one, seven = np.array([render(HANDS[1])]), np.array([render(HANDS[7])])
    again = np.array([draw_again(HANDS[7], rng) for _ in range(40)])
    assert len({image.tobytes() for image in again}) > 30
    nearer = np.abs(again - seven.astype(float)).mean(axis=(1, 2)) < np.abs(
        again - one.astype(float)
    ).mean(axis=(1, 2))
    assert nearer.mean() > 0.8


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


@pytest.mark.parametrize("make", set(negatives.MADE_UP))
def test_made_up_drawings_can_be_drawn(make: Callable[[np.random.Generator], list[Points]]) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        strokes = make(rng)
        assert all(len(stroke) and np.isfinite(stroke).all() for stroke in strokes)
        assert draw_again(strokes, rng, THIN_PENS).any()


def test_two_digits_stand_side_by_side() -> None:
    rng = np.random.default_rng(0)
    strokes = negatives.side_by_side(HANDS[4], HANDS[1], rng)
    four, one = np.concatenate(strokes[:2]), np.concatenate(strokes[2:])
    assert four[:, 0].max() < one[:, 0].min()


def test_a_digit_is_crossed_out_by_one_more_stroke() -> None:
    crossed = negatives.crossed_out(HANDS[4], np.random.default_rng(0))
    assert len(crossed) == len(HANDS[4]) + 1


@pytest.fixture
def mixture(tiny: Mnist) -> Mixture:
    return Mixture(tiny.training, digits(), pack([HANDS[4]], ["A"], ["x-1"]), batch_size=64)


def digits() -> StrokeDataset:
    return pack(HANDS, np.arange(10, dtype=np.uint8), ["x-1"] * 10)


def test_a_batch_holds_images_digits_and_others(mixture: Mixture) -> None:
    assert mixture.steps == 400 // 32
    inputs, labels = next(mixture.batches(seed=1))
    assert inputs.shape == (64, 28, 28, 1)
    assert inputs.dtype == np.float32
    assert 0 <= inputs.min() <= inputs.max() <= 1
    assert (labels[:52] < NO_DIGIT).all()
    assert (labels[52:] == NO_DIGIT).all()


def test_an_epoch_shows_every_image_once(tiny: Mnist) -> None:
    """The images that are not distorted are found again, no one twice."""
    mixture = Mixture(tiny.training, digits(), pack([], [], []), batch_size=64)
    known = {image.tobytes(): index for index, image in enumerate(tiny.training.images)}
    seen = [
        known.get((np.rint(image[..., 0] * 255)).astype(np.uint8).tobytes())
        for inputs, _ in islice(mixture.batches(seed=0), mixture.steps)
        for image in inputs[:32]
    ]
    kept = [index for index in seen if index is not None]
    assert len(kept) > 20
    assert len(kept) == len(set(kept))


def test_a_seed_gives_the_same_batches_from_any_epoch(mixture: Mixture) -> None:
    steps = mixture.steps
    from_first = list(islice(mixture.batches(seed=5, epoch=1), steps, steps + 2))
    from_second = list(islice(mixture.batches(seed=5, epoch=2), 2))
    for (one, labels), (other, same) in zip(from_first, from_second, strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(labels, same)
    assert not np.array_equal(next(mixture.batches(seed=6, epoch=2))[0], from_second[0][0])
