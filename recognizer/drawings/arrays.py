"""The kinds of arrays that a drawing is made of."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2), pixels, x to the right, y down
Lines = NDArray[np.float64]  # (n, 2, 2): n segments, each from a point (x, y) to another
Image = NDArray[np.uint8]  # (height, width), white ink (255) on black (0) unless said otherwise
