"""Ink made as thick as another pen would have drawn it."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recognizer.drawings.arrays import Image
from recognizer.drawings.outline import SIZE, depth_of, is_blob, with_pen
from tests.drawings.test_skeleton import circle


def cropped(ink: Image) -> Image:
    return ink[ink.any(axis=1)][:, ink.any(axis=0)]


def hole(ring: Image) -> float:
    """The diameter of the hole in a ring, as a share of the ring's."""
    row = ring[len(ring) // 2] <= 127
    return float(row.mean())


def test_a_mask_has_the_same_depths_wherever_it_is_in_memory() -> None:
    """OpenCV gives equal depths another last bit."""
    rng = np.random.default_rng(0)
    mask, found, held = rng.random((99, 99)) < 0.97, set(), []
    for _ in range(60):
        held.append(np.empty(int(rng.integers(1, 5000)), np.uint8))  # moves the next array
        found.add(depth_of(mask).tobytes())
    assert len(found) == 1


@pytest.mark.parametrize("height", [60, 400])
@pytest.mark.parametrize("width", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("pen", [0.05, 0.1, 0.2])
def test_a_bar_gets_the_width_that_is_asked_for(height: int, width: float, pen: float) -> None:
    bar = np.full((height, max(round(width * height), 1)), 255, np.uint8)
    drawn = with_pen(bar, pen)
    length = drawn.shape[0]
    assert (drawn[length // 2] / 255).sum() == pytest.approx(pen * length, abs=2)
    assert length == pytest.approx(SIZE * (1 - width) / (1 - pen), abs=3)  # the pen has its ends


@pytest.mark.parametrize("thickness", [10, 30, 60, 74])
def test_a_ring_is_the_same_whatever_pen_drew_it(thickness: int) -> None:
    """A hole of a few pixels opens again."""
    drawn = with_pen(cropped(circle(140, 40, thickness)), 0.1)
    thin = with_pen(cropped(circle(140, 40, 4)), 0.1)
    assert hole(drawn) == pytest.approx(hole(thin), abs=0.04)


def test_what_is_much_thicker_than_the_pen_stays_so() -> None:
    """A filled loop at the end of a line is more than a line."""
    ink = np.zeros((200, 60), np.uint8)
    ink[:, 26:34] = 255
    cv2.circle(ink, (30, 30), 28, (255,), cv2.FILLED)
    drawn = with_pen(cropped(ink), 0.1) / 255
    assert drawn.sum(axis=1).max() > 2 * drawn[-40].sum()


@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1), st.floats(0.02, 0.25))
def test_any_ink_can_be_redrawn(height: int, width: int, seed: int, pen: float) -> None:
    ink = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    assume(ink.max() > 0 and not is_blob(ink))
    drawn = with_pen(ink, pen)
    assert drawn.dtype == np.uint8
    assert drawn.size
    assert drawn.max() > 127
