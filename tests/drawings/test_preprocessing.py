"""From drawings to MNIST's format: what must make no difference, and what must stay."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer import Drawing
from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import StrokeDataset
from recognizer.drawings.arrays import Image, Points
from recognizer.drawings.preprocessing import BOX, SIDE, prepare, steps, to_mnist
from recognizer.drawings.rasterize import CANVAS, paint, place
from tests.digits import DIGITS

# The mean difference of two images, of 255 gray levels. Two images of the same
# digit by different hands differ by about 30.
SAME = 1.0  # strokes: only rounding to eighths of a pixel is left
ALIKE = 8.0  # pictures against strokes: their outlines are found to a pixel or so
CUT = 9.0  # pictures whose edge cuts the ink: how thick it was there is not known
HAND = [[np.array(stroke, dtype=float) for stroke in strokes] for strokes in DIGITS.values()]

hands = st.sampled_from(HAND)
offsets = st.floats(-1000, 1000)


def difference(one: Image, other: Image) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def shifted_difference(one: Image, other: Image) -> float:
    """The difference at the best fit, at most a pixel away."""
    shifts = [np.roll(other, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(difference(one, shift) for shift in shifts)


def center_of_mass(image: Image) -> Points:
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.array([(image * axis).sum() for axis in (y, x)]) / image.sum()


@given(hands, offsets, offsets, st.floats(0.02, 50), st.floats(4, 40))
def test_position_size_and_pen_of_strokes_make_no_difference(
    strokes: list[Points], x: float, y: float, scale: float, pen_width: float
) -> None:
    moved = [stroke * scale + (x, y) for stroke in strokes]
    pen_width = min(pen_width, 140 * scale)  # a pen wider than its digit makes a dot
    changed = to_mnist(Drawing.from_strokes(moved, pen_width))
    assert difference(changed, to_mnist(Drawing.from_strokes(strokes))) <= SAME


@given(hands)
def test_the_ink_fills_the_box_and_its_center_of_mass_is_in_the_middle(
    strokes: list[Points],
) -> None:
    image = to_mnist(Drawing.from_strokes(strokes))
    rows, columns = np.nonzero(image.max(axis=1))[0], np.nonzero(image.max(axis=0))[0]
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    assert BOX <= longer <= BOX + 1  # it may begin within a pixel
    assert np.abs(center_of_mass(image) - 14).max() < 0.2


@given(hands)
def test_a_rotated_drawing_gives_a_rotated_image(strokes: list[Points]) -> None:
    turned = [np.stack([stroke[:, 1], -stroke[:, 0]], axis=1) for stroke in strokes]
    straight = to_mnist(Drawing.from_strokes(strokes))
    # Images turn about the middle of 28 pixels, drawings about pixel 14: half a pixel off.
    back = np.rot90(to_mnist(Drawing.from_strokes(turned)), -1)
    assert shifted_difference(straight, back) <= 2.5


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize(("size", "pen_width"), [(0.4, 8), (0.4, 20), (0.65, 18), (0.95, 28)])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_picture_gives_nearly_the_image_of_its_strokes(
    digit: int, size: float, pen_width: int, inverted: bool
) -> None:
    picture = paint(place(HAND[digit], size), pen_width)
    image = to_mnist(Drawing.from_image(255 - picture if inverted else picture))
    cut = size + pen_width / CANVAS > 1
    assert shifted_difference(image, to_mnist(_drawing(digit))) <= (CUT if cut else ALIKE)


def test_a_small_loop_filled_by_a_thick_pen_is_kept() -> None:
    thick = to_mnist(Drawing.from_image(paint(place(HAND[8], 0.4), 28)))
    line = to_mnist(Drawing.from_strokes(HAND[1]))
    assert thick.sum() > 2 * line.sum()


def test_images_of_mnist_are_not_changed(mnist: Mnist) -> None:
    for image in mnist.validation.images[:500]:
        np.testing.assert_allclose(to_mnist(Drawing.from_image(image)), image, atol=2)


def test_a_small_picture_off_the_middle_is_moved_and_scaled(mnist: Mnist) -> None:
    image = mnist.validation.images[0]
    off = np.zeros((40, 40), np.uint8)
    off[12:40, 10:38] = image
    # Its faintest pixels are taken for paper, so that it grows by a pixel.
    assert shifted_difference(to_mnist(Drawing.from_image(off)), image) <= 1.5 * ALIKE


def test_a_straight_1_is_a_line_of_full_height() -> None:
    image = to_mnist(Drawing.from_strokes([[[50, 10], [50, 200]]]))
    rows, columns = image.max(axis=1) > 0, image.max(axis=0) > 0
    assert rows.sum() in (BOX, BOX + 1)
    assert columns.sum() <= 3
    wide = np.full((200, 200), 255, np.uint8)
    wide[20:180, 99:101] = 0
    assert difference(to_mnist(Drawing.from_image(wide)), image) <= 1.5


@pytest.mark.parametrize(
    "dot",
    [
        Drawing.from_strokes([[[70, 70]]]),
        Drawing.from_strokes([[[70, 70], [70, 70]]]),
        Drawing.from_strokes([[[70, 70], [72, 71]]], pen_width=20),
        Drawing.from_image(cv2.circle(np.zeros((200, 200), np.uint8), (90, 90), 25, (255,), -1)),
        Drawing.from_image(np.pad(np.full((60, 70), 255, np.uint8), 50)),
        Drawing.from_image(np.pad(np.full((4, 4), 255, np.uint8), 12)),  # of MNIST's size
    ],
)
def test_a_dot_is_small_in_the_middle_and_blank(dot: Drawing) -> None:
    prepared = prepare(dot)
    assert prepared.blank
    assert 0 < (prepared.image > 0).sum() <= 16
    assert np.abs(center_of_mass(prepared.image) - 14).max() < 0.3


@pytest.mark.parametrize("radius", [0, 1, 5, 10, 19, 25, 60])
def test_a_dot_of_any_size_is_blank(radius: int) -> None:
    picture = cv2.circle(np.full((280, 280), 255, np.uint8), (90, 90), radius, (0,), -1)
    prepared = prepare(Drawing.from_image(picture))
    assert prepared.blank
    assert 0 < (prepared.image > 0).sum() <= 16


@pytest.mark.parametrize("side", [300, 1000, 2000])
@pytest.mark.parametrize("pen_width", [1, 2, 8])
@pytest.mark.parametrize("digit", [4, 7])
def test_thin_lines_in_large_pictures_have_no_gaps(side: int, pen_width: int, digit: int) -> None:
    picture = paint(place(HAND[digit], 0.8, side), pen_width, side)
    image = to_mnist(Drawing.from_image(picture))
    assert shifted_difference(image, to_mnist(_drawing(digit))) <= ALIKE


@pytest.mark.parametrize(
    "nothing",
    [
        Drawing.from_strokes([]),
        Drawing.from_strokes([np.zeros((0, 2))]),
        Drawing.from_canvas(None),
        Drawing.from_image(np.zeros((28, 28), np.uint8)),
        Drawing.from_image(np.full((280, 280, 4), 255, np.uint8)),
        Drawing.from_image(np.zeros((1, 1), np.uint8)),
    ],
)
def test_no_ink_is_blank(nothing: Drawing) -> None:
    prepared = prepare(nothing)
    assert prepared.blank
    assert not prepared.image.any()
    assert steps(nothing)[-1].image.shape == (SIDE, SIDE)


def test_ink_that_touches_the_border_is_read() -> None:
    picture = paint(place(HAND[7], 1.0), 20)
    assert (picture[0] < 255).any()
    image = to_mnist(Drawing.from_image(picture))
    assert shifted_difference(image, to_mnist(_drawing(7))) <= ALIKE


def test_strokes_outside_the_canvas_belong_to_the_drawing() -> None:
    outside = [stroke - 150 for stroke in HAND[4]]
    assert difference(to_mnist(Drawing.from_strokes(outside)), to_mnist(_drawing(4))) <= SAME


def test_a_lopsided_drawing_stays_complete() -> None:
    comb = [[[x, 0], [x, 4]] for x in range(0, 20, 2)]
    image = to_mnist(Drawing.from_strokes([*comb, [[0, 0], [0, 100]], [[0, 100], [1, 100]]]))
    assert (image.max(axis=1) > 0).sum() >= BOX


@given(
    st.lists(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2), max_size=6), max_size=4),
    st.floats(1e-3, 1e3),
)
def test_any_strokes_can_be_prepared(
    strokes: list[list[tuple[float, float]]], pen_width: float
) -> None:
    drawing = Drawing.from_strokes(strokes, pen_width)
    prepared = prepare(drawing)
    assert prepared.image.shape == (SIDE, SIDE)
    assert prepared.image.dtype == np.uint8
    assert prepared.image.any() == any(strokes)
    np.testing.assert_array_equal(steps(drawing)[-1].image, prepared.image)


@settings(max_examples=12)  # a large one takes a tenth of a second
@given(st.integers(1, 150), st.integers(1, 150), st.integers(0, 2**32 - 1))
def test_any_picture_can_be_prepared(height: int, width: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    drawing = Drawing.from_image(noise)
    assert to_mnist(drawing).shape == (SIDE, SIDE)
    assert all(step.image.dtype == np.uint8 for step in steps(drawing))


def test_strokes_and_pictures_are_shown_in_three_steps_and_small_pictures_in_two() -> None:
    assert len(steps(_drawing(3))) == 3
    assert len(steps(Drawing.from_image(paint(HAND[3], 20)))) == 3
    assert len(steps(Drawing.from_image(paint(place(HAND[3], 0.1), 3)))) == 2


def test_real_drawings_as_pictures_come_near_their_strokes(pen_digits: StrokeDataset) -> None:
    chosen = range(0, len(pen_digits), 200)
    drawn = [place(pen_digits.strokes(index), 0.65) for index in chosen]
    differences = [
        shifted_difference(
            to_mnist(Drawing.from_image(paint(strokes, 18))),
            to_mnist(Drawing.from_strokes(strokes)),
        )
        for strokes in drawn
    ]
    assert np.median(differences) <= ALIKE / 2


def _drawing(digit: int) -> Drawing:
    return Drawing.from_strokes(HAND[digit])
