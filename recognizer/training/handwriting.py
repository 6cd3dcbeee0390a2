"""Strokes as another writer and another tablet might have made them.

Writers differ in slant and proportions, in how far they close a loop, in whether the pen leaves
a hook where it touches down, and in whether they cross a 7; tablets differ in how many points they
take and how exactly. What a network shall read, it should have seen. All randomness comes from
the generator that is given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Points
from recognizer.drawings.curves import interpolated, moving_mean
from recognizer.drawings.rasterize import place

# Standard deviations, beside what `augmentation` distorts.
SLANT = 0.12  # of x to y
ASPECT = 0.08  # of the logarithm of width to height

# How often what happens: shares of drawings or, of ends, of the ends of strokes.
ENDS_MOVED = 0.2
HOOKED = 0.06
SMOOTHED = 0.2
COARSE = 0.3
SEVENS_CROSSED = 0.2

# Lengths, as shares of the drawing's longer side.
END = 0.1  # how much of a stroke is cut off or added, at most
HOOK = (0.02, 0.09)
ROUND = (0.02, 0.08)  # along which a fast pen rounds corners
SPACING = (0.02, 0.09)  # of the points of a slow tablet
JITTER = 0.008  # standard deviation of its points, at most
STEP = 0.01  # between points where more are needed


def vary(
    strokes: Sequence[NDArray[np.floating]],
    rng: np.random.Generator,
    label: int | None = None,
) -> list[Points]:
    """Return strokes as another hand and another tablet might have made them.

    Args:
        strokes: Each (n, 2), in any unit, y down; at least one.
        rng: Where the randomness comes from.
        label: The digit, if it is one: a 7 may be crossed.

    Returns:
        Strokes whose longer side is about 1.
    """
    drawn = place(strokes, 1.0, 1)
    if label == 7 and len(drawn) == 1 and rng.random() < SEVENS_CROSSED:
        drawn = [*drawn, _bar(drawn[0], rng)]
    drawn = [_other_end(_other_end(each, rng)[::-1], rng)[::-1] for each in drawn]
    if rng.random() < SMOOTHED:
        drawn = [_smoothed(each, rng.uniform(*ROUND)) for each in drawn]
    if rng.random() < COARSE:
        spacing, jitter = rng.uniform(*SPACING), rng.uniform(0, JITTER)
        drawn = [_sampled(each, spacing) for each in drawn]
        drawn = [each + rng.normal(0, jitter, each.shape) for each in drawn]
    wider = np.exp(rng.normal(0, ASPECT))
    slanted = np.array([[wider, 0], [rng.normal(0, SLANT), 1]])
    return [each @ slanted for each in drawn]


def _other_end(stroke: Points, rng: np.random.Generator) -> Points:
    """A stroke whose first end is cut off, drawn further, hooked, or mostly as it was."""
    chance = rng.random()
    if chance >= ENDS_MOVED + HOOKED or _length(stroke) < 3 * END:
        return stroke
    if chance < HOOKED:
        angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(*HOOK)
        before = stroke[0] + length * np.array([np.cos(angle), np.sin(angle)])
        return np.vstack([before, stroke])
    fine = _sampled(stroke, STEP)
    much = int(rng.uniform(-END, END) / STEP)
    if much <= 0:
        return fine[-much:]
    way = fine[0] - fine[min(3, len(fine) - 1)]
    further = fine[0] + way / max(float(np.hypot(*way)), STEP) * much * STEP
    return np.vstack([further, fine])


def _bar(seven: Points, rng: np.random.Generator) -> Points:
    """A bar across the stem of a 7, about halfway down."""
    seven = _sampled(seven, STEP)
    low, high = seven[:, 1].min(), seven[:, 1].max()
    level = low + rng.uniform(0.4, 0.65) * (high - low)
    stem = seven[len(seven) // 3 :]
    middle = stem[np.abs(stem[:, 1] - level).argmin()]
    half = rng.uniform(0.1, 0.25)
    tilt = rng.normal(0, 0.04)
    return middle + np.array([[-half, tilt], [half, -tilt]])


def _length(stroke: Points) -> float:
    return float(np.hypot(*np.diff(stroke, axis=0).T).sum())


def _sampled(stroke: Points, spacing: float) -> Points:
    """A stroke with points at equal distances along it; both ends stay."""
    gone = np.concatenate([[0.0], np.hypot(*np.diff(stroke, axis=0).T).cumsum()])
    at = np.linspace(0, gone[-1], max(round(gone[-1] / spacing), 1) + 1)
    return interpolated(stroke, gone, at)


def _smoothed(stroke: Points, along: float) -> Points:
    """A stroke whose corners are rounded, by the mean over a length; both ends stay."""
    fine = _sampled(stroke, STEP)
    each = max(round(along / STEP), 1)
    padded = np.pad(fine, ((each, each), (0, 0)), mode="reflect", reflect_type="odd")
    return moving_mean(padded, 2 * each + 1)
