"""From the pixels of any picture to ink: 255 on paper 0, whichever of the two is lighter."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Image

FAINT = 24  # gray levels: less contrast than this is paper, not ink
LUMA = np.array([0.299, 0.587, 0.114])  # red, green and blue in gray (ITU-R BT.601)


def find_ink(pixels: NDArray[np.uint8]) -> Image:
    """Tell ink from paper.

    Args:
        pixels: (height, width, channels) uint8: gray, RGB or RGBA. The paper is the color
            that most of the border has; transparent parts are paper.

    Returns:
        (height, width) uint8, the strongest ink 255; all 0 where everything is faint.
    """
    if _is_ink_on_nothing(pixels):
        return _stretched(pixels[..., 3])
    gray = _gray(pixels)
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    return _stretched(np.abs(gray - np.median(border)))


def paper_under(pixels: NDArray[np.uint8]) -> int:
    """The gray, 0 to 255, on which a transparent picture is best put to be read.

    Args:
        pixels: (height, width, 4) RGBA uint8.
    """
    gray = pixels[..., :3] @ LUMA
    if _is_ink_on_nothing(pixels):
        return 255 if gray[pixels[..., 3] > 127].mean() < 128 else 0
    return round(_paper_behind(gray, pixels[..., 3] / 255))


def _is_ink_on_nothing(pixels: NDArray[np.uint8]) -> bool:
    """Whether a picture is ink of one color on transparent paper."""
    if pixels.shape[2] != 4:
        return False
    opaque = pixels[..., 3] > 127
    one_color = opaque.any() and np.ptp(pixels[opaque][:, :3], axis=0).max() < FAINT
    return bool(one_color and not opaque.all())


def _gray(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(height, width, 1, 3 or 4) uint8 -> gray (height, width) in 0..255, transparency filled."""
    channels = pixels.shape[2]
    if channels == 1:
        return pixels[..., 0].astype(np.float64)
    gray = pixels[..., :3] @ LUMA
    if channels == 3:
        return gray
    alpha = pixels[..., 3] / 255
    return alpha * gray + (1 - alpha) * _paper_behind(gray, alpha)


def _paper_behind(gray: NDArray[np.float64], alpha: NDArray[np.float64]) -> float:
    """The gray that transparent parts get: the picture's own paper, or what ink stands out on."""
    opaque = alpha > 0.5
    if not opaque.any():
        return 255.0
    if opaque.mean() > 0.5:  # paper was painted, but for its corners perhaps
        return float(np.median(gray[opaque]))
    return 255.0 if gray[opaque].mean() < 128 else 0.0


def _stretched(contrast: NDArray[Any]) -> Image:
    """Contrast, 0 to 255, stretched so that the strongest ink is 255; none if all is faint."""
    if contrast.max() < FAINT:
        return np.zeros(contrast.shape, dtype=np.uint8)
    return np.rint(contrast * (255 / contrast.max())).astype(np.uint8)
