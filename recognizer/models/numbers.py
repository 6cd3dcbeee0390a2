"""Reading numbers: a drawing is cut into digits, and each digit is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod

import numpy as np

from recognizer.drawings.arrays import Points
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import Prepared, prepare
from recognizer.models.reading import Box, NumberReading, Reading

Readings = Callable[[list[Prepared]], list[Reading]]


def read_number(drawing: Drawing, readings: Readings, threshold: float) -> NumberReading:
    """Read one number."""
    parts = _groups(drawing)
    found = readings([prepare(part) for part in parts])
    digits = tuple(
        replace(each, box=_box(part))
        for each, part in zip(found, parts, strict=True)
        if each.digit is not None
    )
    if not digits:
        return NumberReading("", "blank", 0.0)
    confidence = prod(each.confidence for each in digits)
    second = np.argsort(-digits[0].probabilities)[1]
    text = "".join(str(each.digit) for each in digits)
    return NumberReading(
        text,
        "number" if confidence >= threshold else "unsure",
        confidence,
        digits,
        tuple(parts),
        ((f"{second}{text[1:]}", float(digits[0].probabilities[second])),),
    )


def read_lines(drawing: Drawing, readings: Readings, threshold: float) -> list[list[NumberReading]]:
    """Read every number in a picture."""
    number = read_number(drawing, readings, threshold)
    return [[number]] if number.text else []


def _groups(drawing: Drawing) -> list[Drawing]:
    if drawing.ink is not None:
        return [drawing]
    groups: list[list[Points]] = []
    for stroke in sorted(drawing.strokes, key=lambda each: float(each[:, 0].min())):
        right = max((float(s[:, 0].max()) for s in groups[-1]), default=0) if groups else -1e9
        if stroke[:, 0].min() > right + 5:
            groups.append([])
        groups[-1].append(stroke)
    return [Drawing.from_strokes(group, drawing.pen_width) for group in groups]


def _box(part: Drawing) -> Box:
    if part.ink is not None:
        y, x = np.nonzero(part.ink)
        return float(x.min()), float(y.min()), float(np.ptp(x)), float(np.ptp(y))
    points = np.concatenate(part.strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    return float(low[0]), float(low[1]), float(extent[0]), float(extent[1])
