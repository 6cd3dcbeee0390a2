"""From a photograph of ink on paper to ink: 255 on paper 0.

The paper's own brightness is found around each place and divided out: what is left is how much
darker than the paper each pixel is, whatever the light. Shadows stay in the paper: they are
wider than a pen. Then printed lines go, and what is too faint or too small for ink.
"""

import math

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from recognizer.drawings import gate
from recognizer.drawings.arrays import Image
from recognizer.drawings.opencv import WORKING, Labels, Stats, as_image, connected, shrunk
from recognizer.drawings.paper import find_paper, find_pen, noise_floor, on_paper, usual
from recognizer.drawings.ruling import find_ruling

SMALL = 160  # pixels, the shorter side: smaller ones are enlarged, at most 4 times
ENLARGED = 4
DARKEST = 0.5  # share of the darkest channel in the gray; the rest is brightness
WIDER = 3  # pen widths: what is darker and wider than this is shadow, not ink
FAINT = 14  # of 255 of the paper's brightness: less contrast than this is paper
WEAK = 0.25  # of the contrast that most ink has: what is fainter is not ink
STRONG = 0.45  # of it: ink has some place at least that strong
SURE = 30  # of 255: ink has some place at least that strong, whatever else there is
DASH = 4  # times as wide as high: no digit
LOWEST = 14  # pixels: digits are higher
WEDGE = 0.45, 3  # of its box that is filled, and how long: where a shadow meets the border
SPECK = 2.0  # pen widths: what extends less is a speck
PAGE_SPECK = 10  # pixels: what extends less on a picture that was not enlarged is a speck
STUMP = 0.08  # of the longer side: what the border cuts and is smaller is no ink

Stages = tuple[tuple[str, Image], ...]


def read_photo(photo: ArrayLike) -> tuple[Image, float, Stages]:
    """Find the ink in a photograph.

    Args:
        photo: (height, width) gray or (height, width, 3) RGB, uint8, up to 24 megapixels.

    Returns:
        The ink, (height, width) uint8 at the size it was looked for in; how many pixels of the
        photograph one of its pixels is; and pictures of the way to it, each with a caption.

    Raises:
        DrawingError: The array has another shape or dtype, or is larger.
    """
    pixels, scale = _resized(gate.picture(photo, "The photograph", channels=(3,)))
    gray = _denoised(_gray(pixels), scale)
    pen, blackboard = find_pen(gray)
    ink, stages = _ink(255 - gray if blackboard else gray, pen, enlarged=scale < 1)
    return ink, scale, stages


def _resized(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Bring a photograph to its working size; its pixels per pixel of that."""
    height, width = pixels.shape[:2]
    small, by = shrunk(pixels, WORKING)
    if by > 1:
        return small, float(by)
    times = min(math.ceil(SMALL / min(height, width)), ENLARGED)
    if times > 1 and height * width * times**2 <= WORKING:
        size = width * times, height * times
        return as_image(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)), 1 / times
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
    return as_image(cv2.addWeighted(darkest, DARKEST, brightness, 1 - DARKEST, 0))


def _white_balance(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What each channel is multiplied with, so that the paper becomes gray; at most 2."""
    step = math.ceil(math.sqrt(pixels.size / 100_000))
    some = pixels[::step, ::step].reshape(-1, 3)
    brightness = some.mean(axis=1)
    paper = np.maximum(np.median(some[brightness >= np.median(brightness)], axis=0), 1.0)
    return np.minimum(paper.max() / paper, 2.0)


def _denoised(gray: Image, scale: float) -> Image:
    return as_image(cv2.GaussianBlur(gray, (0, 0), max(0.4 / scale, 0.8)))


def _ink(gray: Image, pen: float, *, enlarged: bool) -> tuple[Image, Stages]:
    """The ink, and what was found on the way to it."""
    paper = find_paper(gray, WIDER * pen)
    darker = cv2.subtract(paper, gray)
    contrast = as_image(cv2.divide(darker, paper, scale=255))
    contrast[~on_paper(gray)] = 0
    stages: Stages = (("The paper evened out", contrast),)
    # Noise is as strong in a shadow as in the light, but more of the paper's brightness there.
    seen = (darker > noise_floor(as_image(darker))) & (contrast > FAINT)
    if not seen.any():
        return np.zeros_like(contrast), stages
    weak = WEAK * usual(contrast[seen])
    likely = seen & (contrast > 0.8 * weak)
    ruling = find_ruling(np.where(likely, contrast, 0).astype(np.uint8), crop=enlarged)
    if ruling.any():
        edges = cv2.dilate(ruling.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        ruling |= edges & ~likely
        contrast = np.where(ruling, 0, contrast).astype(np.uint8)
        stages += (("Printed lines removed", contrast),)
    # Digits may be small on a page: only in a crop they are known to be as large as the pen says.
    speck = SPECK * pen if enlarged else PAGE_SPECK
    labels, stats, keep = _parts(contrast, seen & ~ruling, speck)
    if not enlarged:
        keep = _of_digits(labels, stats, keep, contrast)
    keep &= ~_remains(stats, keep, contrast.shape)
    return _stretched(contrast, np.where(keep[labels], labels, 0).astype(np.int32)), stages


def _parts(
    contrast: Image, seen: NDArray[np.bool_], speck: float
) -> tuple[Labels, Stats, NDArray[np.bool_]]:
    """The connected parts of what is seen: labels, statistics, and which of them are ink."""
    labels, stats = connected(seen)
    large = (stats[:, 2:4].max(axis=1) >= speck) & (np.arange(len(stats)) > 0)
    if not large.any():
        return labels, stats, large
    level = usual(contrast[large[labels]])
    labels, stats = connected(seen & (contrast > WEAK * level))
    keep = np.zeros(len(stats), dtype=bool)
    keep[labels[seen & (contrast > STRONG * level)]] = True
    keep[0] = False
    keep &= stats[:, 2:4].max(axis=1) >= max(speck, _speck(stats[keep]))
    return labels, stats, keep


def _of_digits(
    labels: Labels,
    stats: Stats,
    keep: NDArray[np.bool_],
    contrast: Image,
) -> NDArray[np.bool_]:
    """Which parts may be of digits, on a page that may have none: remains of lines are not."""
    sure = np.zeros_like(keep)
    sure[labels[contrast > SURE]] = True
    keep = keep & sure & ~_wedges(stats, contrast.shape)
    lower = keep & (stats[:, 2] > DASH * stats[:, 3])
    lower |= keep & (stats[:, 3] < LOWEST)
    return keep if (keep & ~lower).any() else np.zeros_like(keep)


def _speck(stats: Stats) -> float:
    """The size of specks, by that of the parts which most of the ink is in."""
    if not len(stats):
        return 0.0
    sizes, areas = stats[:, 2:4].max(axis=1), stats[:, 4]
    return float(0.12 * np.quantile(sizes, 0.5, method="inverted_cdf", weights=areas))


def _at_border(stats: Stats, shape: tuple[int, ...]) -> tuple[NDArray[np.bool_], ...]:
    """Which parts are cut at the left or right side of the picture, and at its top or bottom."""
    left, top, width, height = stats[:, :4].T
    right, bottom = shape[1] - left - width, shape[0] - top - height
    return np.minimum(left, right) <= 1, np.minimum(top, bottom) <= 1


def _wedges(stats: Stats, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Filled corners at the border: parts of a shadow, too narrow there for the paper's reach."""
    width, height, area = stats[:, 2:5].T
    filled = area > WEDGE[0] * width * height
    long = np.maximum(width, height) > WEDGE[1] * np.minimum(width, height)
    return np.any(_at_border(stats, shape), axis=0) & filled & ~long


def _remains(stats: Stats, keep: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Parts that the border cuts, and that are near it, where something else is in the middle."""
    width, height = stats[:, 2:4].T
    at_side, at_end = _at_border(stats, shape)
    cut = keep & (at_side | at_end)
    stump = cut & (np.maximum(width, height) < STUMP * max(shape))
    whole = keep & ~cut
    if not whole.any() or height[whole].max() < 0.4 * height[keep].max():
        return stump
    across = at_side & (width < 0.25 * shape[1])
    along = at_end & (height < 0.2 * shape[0])
    return stump | cut & (across | along)


def _stretched(contrast: Image, parts: Labels) -> Image:
    """Contrast stretched so that each part's usual contrast is 255; 0 away from the parts."""
    ink = np.zeros_like(contrast)
    x, y, width, height = cv2.boundingRect((parts > 0).astype(np.uint8))
    if not width:
        return ink
    # The faint edges of strokes are beside the parts.
    area = np.s_[max(y - 2, 0) : y + height + 2, max(x - 2, 0) : x + width + 2]
    inside, on = contrast[area], parts[area] > 0
    labels = parts[area][on]
    areas = np.maximum(np.bincount(labels), 1)
    strength = 1.2 * np.bincount(labels, weights=inside[on]) / areas
    gain = np.zeros(inside.shape, dtype=np.float32)
    gain[on] = 255 / np.maximum(strength, 1)[labels]
    gain = np.asarray(cv2.dilate(gain, np.ones((5, 5), np.uint8)), np.float32)
    ink[area] = np.minimum(inside * gain, 255)
    return ink
