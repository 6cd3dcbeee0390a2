"""The ink of a picture, made as thick as another pen would have drawn it.

The outline of the ink is moved, by the same distance everywhere: inwards where the pen was thick,
outwards where it was thin. A loop that a thick pen has nearly filled is open again then.
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Image
from recognizer.drawings.ink import FAINT
from recognizer.drawings.opencv import as_image

SIZE = 160  # pixels, the longer side of the ink while its outline is moved
TYPICAL = 25  # percentile of the ink's width along its middle that is taken for the pen's
THICKEST = 0.25  # of the longer side: the pen that is asked for
BLOB = 0.75  # of the ink's longer side: ink with room for such a disc is a dot


def with_pen(ink: Image, pen: float) -> Image:
    """Make ink as thick as a pen would have drawn it.

    Args:
        ink: Cropped, (height, width) uint8; no dot (see `is_blob`).
        pen: Its width, as a share of the longer side of what comes out; at most THICKEST.

    Returns:
        (height, width) uint8, cropped, its longer side about SIZE pixels.
    """
    room = math.ceil(THICKEST * SIZE)
    mask = np.pad(mask_of(ink, SIZE), room)
    depth = depth_of(mask)
    middle = mask & (depth >= np.asarray(cv2.dilate(depth, np.ones((3, 3), np.uint8))))
    was = max(2 * float(np.percentile(depth[middle], TYPICAL)) - 1, 1)
    wanted = pen * (SIZE - was) / (1 - pen)
    # From the outline, which is half a pixel from the centers of the pixels along it.
    inwards = np.where(mask, depth, 1 - depth_of(~mask)) - 0.5 - (was - wanted) / 2
    moved = as_image((inwards + 0.5).clip(0, 1) * 255)
    x, y, width, height = cv2.boundingRect(moved)
    return moved[y : y + height, x : x + width]


def is_blob(ink: Image) -> bool:
    """Whether there is room in cropped ink for a disc nearly as large as all of it."""
    return bool(2 * depth_of(np.pad(ink > FAINT, 1)).max() > BLOB * max(ink.shape))


def depth_of(mask: NDArray[np.bool_]) -> NDArray[Any]:
    """How far each pixel of a mask is from the nearest one that is not in it, in pixels."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # OpenCV's last bit depends on where in memory the mask is; equal depths have to be equal. Their
    # squares are whole numbers.
    return np.sqrt(np.rint(np.square(depth)))


def mask_of(ink: Image, size: int) -> NDArray[np.bool_]:
    """Bring ink to a size, its longer side, and say where it is, without gaps in thin lines."""
    scale = size / max(ink.shape)
    width, height = (max(round(side * scale), 1) for side in ink.shape[::-1])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = np.asarray(cv2.resize(ink, (width, height), interpolation=way))
    mask: NDArray[np.bool_] = resized > 127
    # Lines that come out thinner than a pixel or so would have gaps: there, any ink counts.
    reach = np.ones([math.ceil(1 / scale)] * 2, dtype=np.uint8)
    reached = cv2.resize(cv2.dilate(ink, reach), (width, height), interpolation=cv2.INTER_NEAREST)
    touched: NDArray[np.bool_] = reached > 127
    if not touched.any():  # all of it is pale, but for a speck perhaps
        return resized > (FAINT if resized.max() > FAINT else 0)
    return touched if mask.sum() < 0.6 * touched.sum() else mask
