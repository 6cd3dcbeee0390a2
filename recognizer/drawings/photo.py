"""From a photograph of ink on paper to ink: 255 on paper 0.

The paper's own brightness is found around each place and divided out: what is left is how much
darker than the paper each pixel is, whatever the light. Shadows stay in the paper: they are
wider than a pen. Then printed lines go, and what is too faint or too small for ink.
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from recognizer.drawings.arrays import Image
from recognizer.drawings.ruling import find_ruling

MOST = 24_000_000  # pixels of a photograph
WORKING = 4_000_000  # pixels at which ink is looked for: larger photographs are reduced
SMALL = 160  # pixels, the shorter side: smaller ones are enlarged, at most 4 times
ENLARGED = 4
DARKEST = 0.5  # share of the darkest channel in the gray; the rest is brightness
WIDER = 4  # pen widths: what is darker and wider than this is shadow, not ink
FAINT = 14  # of 255 of the paper's brightness: less contrast than this is paper
NOISE = 4  # standard deviations of the paper's noise: less contrast than this is paper
WEAK = 0.3  # of the contrast that most ink has: what is fainter is not ink
STRONG = 0.5  # of it: ink has some place at least that strong
SPECK = 2.0  # pen widths: what extends less is a speck
DARK = 110  # gray level: paper darker than this may be a blackboard

Stages = tuple[tuple[str, Image], ...]


def read_photo(photo: ArrayLike) -> tuple[Image, float, Stages]:
    """Find the ink in a photograph.

    Args:
        photo: (height, width) gray or (height, width, 3) RGB, uint8, up to 24 megapixels.

    Returns:
        The ink, (height, width) uint8 at the size it was looked for in; how many pixels of the
        photograph one of its pixels is; and pictures of the way to it, each with a caption.

    Raises:
        ValueError: The array has another shape or dtype, or is larger.
    """
    pixels, scale = _resized(_checked(photo))
    gray = _denoised(_gray(pixels), scale)
    if _is_blackboard(gray):
        gray = 255 - gray
    pen = _pen_width(gray)
    contrast = _contrast(gray, WIDER * pen)
    ink, without_ruling = _ink(contrast, pen, enlarged=scale < 1)
    stages: Stages = (("The paper evened out", contrast),)
    if without_ruling is not contrast:
        stages += (("Printed lines removed", without_ruling),)
    return ink, scale, stages


def _checked(photo: ArrayLike) -> NDArray[np.uint8]:
    pixels = np.asarray(photo)
    if pixels.dtype != np.uint8:
        raise ValueError(f"The photograph is {pixels.dtype}; give uint8, 0 to 255.")
    if pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (3,)) or 0 in pixels.shape:
        raise ValueError(
            f"The photograph has the shape {pixels.shape}; give (height, width) or "
            "(height, width, 3)."
        )
    height, width = pixels.shape[:2]
    if height * width > MOST:
        raise ValueError(
            f"The photograph has {height * width / 1e6:.1f} megapixels; give at most "
            f"{MOST / 1e6:.0f}: reduce it first."
        )
    return pixels


def _resized(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Bring a photograph to its working size; its pixels per pixel of that."""
    height, width = pixels.shape[:2]
    by = math.ceil(math.sqrt(height * width / WORKING))
    if by > 1:  # a whole number: OpenCV is ten times as fast
        size = max(width // by, 1), max(height // by, 1)
        whole = pixels[: size[1] * by, : size[0] * by]
        return _array(cv2.resize(whole, size, interpolation=cv2.INTER_AREA)), float(by)
    times = min(math.ceil(SMALL / min(height, width)), ENLARGED)
    if times > 1 and max(height, width) * times < MOST // SMALL:
        size = width * times, height * times
        return _array(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)), 1 / times
    return pixels, 1.0


def _gray(pixels: NDArray[np.uint8]) -> Image:
    """Brightness, darker where one channel is: ink of a color is darker there than its paper."""
    if pixels.ndim == 2:
        return pixels
    gain = _white_balance(pixels)
    channels = [
        cv2.convertScaleAbs(each, alpha=float(by))
        for each, by in zip(cv2.split(pixels), gain, strict=True)
    ]
    darkest = cv2.min(cv2.min(channels[0], channels[1]), channels[2])
    brightness = cv2.cvtColor(cv2.merge(channels), cv2.COLOR_RGB2GRAY)
    return _array(cv2.addWeighted(darkest, DARKEST, brightness, 1 - DARKEST, 0))


def _white_balance(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What each channel is multiplied with, so that the paper becomes gray; at most 2."""
    step = math.ceil(math.sqrt(pixels.size / 100_000))
    some = pixels[::step, ::step].reshape(-1, 3)
    brightness = some.mean(axis=1)
    paper = np.maximum(np.median(some[brightness >= np.median(brightness)], axis=0), 1.0)
    return np.minimum(paper.max() / paper, 2.0)


def _denoised(gray: Image, scale: float) -> Image:
    return _array(cv2.GaussianBlur(gray, (0, 0), max(0.4 / scale, 0.8)))


def _is_blackboard(gray: Image) -> bool:
    """Whether light ink is on dark paper."""
    small = _reduced(gray, 400)
    paper = float(np.median(small))
    lighter, darker = (small > paper + 25).mean(), (small < paper - 25).mean()
    return bool(paper < DARK and lighter > darker)


def _contrast(gray: Image, reach: float) -> Image:
    """How much darker than the paper around it each pixel is, in 255ths of that paper.

    The paper is what stays when everything dark and narrower than `reach` pixels is filled.
    """
    size = 2 * int(max(reach, 9) // 2) + 1
    paper = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    paper = np.maximum(paper, 24)  # black is no paper
    return _array(cv2.divide(cv2.subtract(paper, gray), paper, scale=255))


def _pen_width(gray: Image) -> float:
    """Estimate the width of most strokes, in pixels, rather too wide than too narrow."""
    small = _reduced(gray, 800)
    side = max(small.shape)
    contrast = _contrast(small, side / 6 if side > 300 else side / 3)
    mask = contrast > max(0.5 * float(np.percentile(contrast, 99.5)), FAINT)
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)
    ridge = depth[(depth >= cv2.dilate(depth, np.ones((3, 3)))) & (depth > 0)]
    if not len(ridge):
        return 3.0
    return max(2 * float(np.percentile(ridge, 75)) - 1, 1.0) * max(gray.shape) / side


def _ink(contrast: Image, pen: float, *, enlarged: bool) -> tuple[Image, Image]:
    """The ink in contrast, and the contrast without printed lines."""
    floor = _floor(contrast)
    seen = contrast[contrast > floor]
    if not len(seen):
        return np.zeros_like(contrast), contrast
    level = float(np.percentile(seen, 80))
    weak = max(WEAK * level, floor)
    ruling = find_ruling(contrast > 0.8 * weak, crop=enlarged)
    if ruling.any():
        contrast = np.where(ruling, 0, contrast).astype(np.uint8)
    strong = max(STRONG * level, 1.3 * floor)
    return _stretched(contrast, _parts(contrast, weak, strong, SPECK * pen)), contrast


def _floor(contrast: Image) -> float:
    """The contrast up to which pixels are paper, by the noise of its lighter part."""
    low, middle, high = np.percentile(contrast, [10, 20, 30])
    deviation = (high - low) / 0.76  # of a normal distribution
    return float(max(middle + (0.84 + NOISE) * deviation, FAINT))


def _parts(contrast: Image, weak: float, strong: float, speck: float) -> NDArray[np.int32]:
    """The connected parts of the ink, as labels from 1; 0 is paper."""
    mask = (contrast > weak).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    keep = np.zeros(count, dtype=bool)
    keep[labels[contrast > strong]] = True
    keep &= stats[:, 2:4].max(axis=1) >= speck
    keep[0] = False
    keep &= ~_remains(stats, keep, contrast.shape)
    return np.where(keep[labels], labels, 0).astype(np.int32)


def _remains(
    stats: NDArray[Any], keep: NDArray[np.bool_], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Parts that the border cuts, and that are near it, where something else is in the middle."""
    left, top, width, height = stats[:, :4].T
    right, bottom = shape[1] - left - width, shape[0] - top - height
    cut = keep & (np.minimum(np.minimum(left, right), np.minimum(top, bottom)) <= 1)
    whole = keep & ~cut
    if not whole.any() or height[whole].max() < 0.4 * height[keep].max():
        return np.zeros_like(keep)
    across = (np.minimum(left, right) <= 1) & (width < 0.25 * shape[1])
    along = (np.minimum(top, bottom) <= 1) & (height < 0.2 * shape[0])
    return cut & (across | along)


def _stretched(contrast: Image, parts: NDArray[np.int32]) -> Image:
    """Contrast stretched so that each part's usual contrast is 255; 0 away from the parts."""
    flat = parts.ravel()
    areas = np.maximum(np.bincount(flat), 1)
    usual = 1.2 * np.bincount(flat, weights=contrast.ravel()) / areas
    usual[0] = 0
    near = cv2.dilate(usual.astype(np.float32)[parts], np.ones((5, 5), np.uint8))
    ink = np.zeros_like(contrast)
    on = near > 0
    ink[on] = np.minimum(contrast[on] * (255 / near[on]), 255)
    return ink


def _reduced(gray: Image, side: int) -> Image:
    """A picture whose longer side is at most `side` pixels."""
    scale = side / max(gray.shape)
    if scale >= 1:
        return gray
    width, height = (max(round(each * scale), 1) for each in gray.shape[::-1])
    return _array(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA))


def _array(array: object) -> NDArray[np.uint8]:
    """OpenCV's arrays, typed as what they are here."""
    return np.asarray(array, dtype=np.uint8)
