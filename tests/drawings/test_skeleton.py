"""Lines found in ink, and the width of the pen."""

import cv2
import numpy as np
import pytest

from recognizer.drawings.arrays import Image
from recognizer.drawings.outline import is_blob
from recognizer.drawings.skeleton import trace

SIZE = 96  # pixels


def circle(side: int, radius: int, thickness: int) -> Image:
    paper = np.zeros((side, side), np.uint8)
    drawn = cv2.circle(paper, (side // 2, side // 2), radius, (255,), thickness)
    return np.asarray(drawn, dtype=np.uint8)


@pytest.mark.parametrize("width", [5, 9, 15])
def test_of_a_bar_its_center_line_and_its_width_are_found(width: int) -> None:
    bar = np.full((SIZE, width), 255, np.uint8)
    lines, pen_width = trace(bar, SIZE)
    assert pen_width == pytest.approx(width, abs=1.5)
    points = lines.reshape(-1, 2)
    assert np.ptp(points[:, 1]) >= SIZE - width - 2
    # The mask has a border of one pixel.
    np.testing.assert_allclose(points[:, 0], 1 + (width - 1) / 2, atol=1)


def test_a_ring_stays_closed() -> None:
    ring = circle(96, 40, 10)
    lines, _ = trace(ring[ring.any(axis=1)][:, ring.any(axis=0)], SIZE)
    drawn = np.zeros((100, 100), np.uint8)
    cv2.polylines(drawn, list(lines.astype(np.int32)), False, (255,))
    inside, _ = cv2.connectedComponents((drawn == 0).astype(np.uint8), connectivity=4)
    assert inside == 3  # the ring, its outside and its inside


def test_a_disc_is_a_blob_and_a_bar_is_not() -> None:
    disc = circle(60, 29, cv2.FILLED)
    assert is_blob(disc)
    assert not is_blob(np.full((60, 10), 255, np.uint8))
    lines, pen_width = trace(disc, SIZE)
    assert len(lines) == 1
    assert np.ptp(lines) == 0
    assert pen_width == SIZE
