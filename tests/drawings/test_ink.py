"""Ink distinguished from paper, in pictures of all kinds."""

import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer.drawings.ink import find_ink

INK = np.zeros((30, 40), np.uint8)
INK[10:20, 5:35] = 255


def rgba(gray: NDArray[np.uint8], alpha: NDArray[np.uint8] | int = 255) -> NDArray[np.uint8]:
    return np.dstack([gray, gray, gray, np.broadcast_to(np.uint8(alpha), gray.shape)])


@pytest.mark.parametrize("light_on_dark", [True, False])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_ink_is_the_same_in_any_format(light_on_dark: bool, channels: int) -> None:
    pixels = rgba(INK if light_on_dark else 255 - INK)
    np.testing.assert_array_equal(find_ink(pixels[..., :channels]), INK)


@pytest.mark.parametrize("pen", [0, 255])
def test_transparent_parts_are_paper(pen: int) -> None:
    np.testing.assert_array_equal(find_ink(rgba(np.full_like(INK, pen), INK)), INK)


def test_of_a_cropped_picture_in_one_color_only_the_transparent_part_is_paper() -> None:
    alpha = np.full((30, 20), 255, np.uint8)
    alpha[10:20, :8] = 0
    np.testing.assert_array_equal(find_ink(rgba(np.zeros_like(alpha), alpha)), alpha)


def test_transparent_corners_are_paper() -> None:
    picture = rgba(255 - INK)
    picture[:4, :4] = 0
    np.testing.assert_array_equal(find_ink(picture), INK)


@pytest.mark.parametrize("color", [(200, 60, 60), (215, 215, 215)])
def test_color_and_faint_pencil_are_ink(color: tuple[int, int, int]) -> None:
    picture = np.full((30, 40, 3), 250, np.uint8)
    picture[INK > 0] = color
    np.testing.assert_array_equal(find_ink(picture), INK)


def test_the_noise_of_empty_paper_is_no_ink() -> None:
    noise = np.random.default_rng(0).integers(240, 256, (30, 40, 1), dtype=np.uint8)
    assert not find_ink(noise).any()
