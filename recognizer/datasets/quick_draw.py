"""The form of Quick, Draw!: an object of JSON for each drawing, raw or simplified.

https://github.com/googlecreativelab/quickdraw-dataset
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def strokes_of(record: Mapping[str, Any]) -> list[NDArray[np.float64]]:
    """The strokes of a drawing, each (n, 2), y down, from [[x, …], [y, …]], with times or without.

    Raises:
        ValueError: They are something else.
    """
    drawing = record.get("drawing")
    if not isinstance(drawing, list):
        raise ValueError('There is no list "drawing".')
    try:
        return [_stroke(*stroke[:2]) for stroke in drawing]
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("A stroke is not [[x, …], [y, …]] with as many x as y.") from error


def _stroke(x: list[float], y: list[float]) -> NDArray[np.float64]:
    stroke = np.array([x, y], dtype=np.float64).T
    if stroke.ndim != 2:
        raise ValueError("no list of numbers")
    return stroke
