"""How sharp images are."""

import numpy as np
from numpy.typing import NDArray


def edges(images: NDArray[np.uint8]) -> float:
    """The mean square of second differences: large where edges are sharp."""
    return sum(
        float(np.square(np.diff(images.astype(float), 2, axis=axis)).mean()) for axis in (-2, -1)
    )
