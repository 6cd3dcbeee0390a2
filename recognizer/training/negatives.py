"""Synthetic non-digits: what people draw to see whether it is called a digit.

Training uses them beside real letters and signs, which come from a file of
drawings. Each function draws one, as strokes (n, 2), y down, about 1 large.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Points
from recognizer.drawings.curves import interpolated, moving_mean

# Doodles as the corners of their strokes. No circle, no bare line: those are digits.
DOODLES: dict[str, list[list[tuple[float, float]]]] = {
    "triangle": [[(0.5, 0), (1, 0.9), (0, 0.9), (0.5, 0)]],
    "square": [[(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]],
    "star": [[(0.2, 1), (0.5, 0), (0.8, 1), (0, 0.4), (1, 0.4), (0.2, 1)]],
    "cross": [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
    "plus": [[(0.5, 0), (0.5, 1)], [(0, 0.5), (1, 0.5)]],
    "house": [[(0, 1), (0, 0.4), (0.5, 0), (1, 0.4), (1, 1), (0, 1)]],
    "heart": [
        [(0.5, 1), (0, 0.4), (0.1, 0.05), (0.35, 0.05), (0.5, 0.3), (0.65, 0.05)]
        + [(0.9, 0.05), (1, 0.4), (0.5, 1)]
    ],
    "face": [
        [(0.5, 0), (0.15, 0.15), (0, 0.5), (0.15, 0.85), (0.5, 1), (0.85, 0.85)]
        + [(1, 0.5), (0.85, 0.15), (0.5, 0)],
        [(0.33, 0.3), (0.33, 0.4)],
        [(0.67, 0.3), (0.67, 0.4)],
        [(0.3, 0.65), (0.5, 0.78), (0.7, 0.65)],
    ],
    "hash": [
        [(0.3, 0), (0.3, 1)],
        [(0.7, 0), (0.7, 1)],
        [(0, 0.3), (1, 0.3)],
        [(0, 0.7), (1, 0.7)],
    ],
    "hourglass": [[(0, 0), (1, 0), (0, 1), (1, 1), (0, 0)]],
}

ARC = np.linspace(np.pi, 0, 7)  # of half a circle, from left to right
CUP: list[tuple[float, float]] = [
    (0.5 + 0.5 * np.cos(angle), 0.65 + 0.35 * np.sin(angle)) for angle in ARC.tolist()
]
# Letters and signs of few strokes, which a network takes for digits that it never met: an L
# for a 1, a U for a 0. The file of real letters and signs has none of them but the T.
SIGNS: dict[str, list[list[tuple[float, float]]]] = {
    "L": [[(0, 0), (0, 1), (1, 1)]],
    "U": [[(0, 0), *CUP, (1, 0)]],
    "square U": [[(0, 0), (0, 1), (1, 1), (1, 0)]],
    "V": [[(0, 0), (0.5, 1), (1, 0)]],
    "Y": [[(0, 0), (0.5, 0.5), (1, 0)], [(0.5, 0.5), (0.5, 1)]],
    "Y with a cup": [
        [(0, 0), (0.1, 0.35), (0.5, 0.5), (0.9, 0.35), (1, 0)],
        [(0.5, 0.5), (0.5, 1)],
    ],
    "T": [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 1)]],
    "J": [[(1, 0), (1, 0.7), (0.85, 0.95), (0.5, 1), (0.15, 0.95), (0, 0.7)]],
    "J mirrored": [[(0, 0), (0, 0.7), (0.15, 0.95), (0.5, 1), (0.85, 0.95), (1, 0.7)]],
    "check": [[(0, 0.6), (0.35, 1), (1, 0)]],
    "steep check": [[(0, 0.75), (0.2, 1), (1, 0)]],
}
# To the right.
ARROW: list[list[tuple[float, float]]] = [[(0, 0), (1, 0)], [(0.65, -0.3), (1, 0), (0.65, 0.3)]]


def scribble(rng: np.random.Generator) -> list[Points]:
    """A pen that wanders: a smooth curve with many turns, in one to three strokes."""
    points = _wandering(rng, turns=int(rng.integers(5, 18)))
    return np.array_split(points, int(rng.integers(1, 4)))


def _wandering(rng: np.random.Generator, turns: int) -> Points:
    knots = rng.uniform(0, 1, (turns, 2))
    at = np.linspace(0, turns - 1, 12 * turns)
    line = interpolated(knots, np.arange(turns), at)
    return moving_mean(line, int(rng.integers(1, 12)))


def zigzag(rng: np.random.Generator) -> list[Points]:
    """Hatching: to and fro, with more turns than any digit has."""
    turns = int(rng.integers(5, 16))
    x = np.linspace(0, 1, turns) + rng.normal(0, 0.03, turns)
    y = np.arange(turns) % 2 + rng.normal(0, 0.12, turns)
    line = np.stack([x * rng.uniform(0.8, 2), y], axis=1)
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return [line @ turn]


def spiral(rng: np.random.Generator) -> list[Points]:
    """Round and round, more than twice, so that it is no 0, 6 or 9."""
    angle = np.linspace(0, 2 * np.pi * rng.uniform(2.3, 5), 90) + rng.uniform(0, 2 * np.pi)
    radius = np.linspace(rng.uniform(0, 0.06), 0.5, 90)
    way = rng.choice([-1, 1])
    return [np.stack([np.cos(angle) * radius, way * np.sin(angle) * radius], axis=1)]


def doodle(rng: np.random.Generator) -> list[Points]:
    """One of DOODLES, stretched, its corners moved a little and now and then rounded."""
    return _stretched(DOODLES, np.exp(rng.normal(0, 0.12, 2)), rng)


def sign(rng: np.random.Generator) -> list[Points]:
    """One of SIGNS, from narrow to wide; not so narrow that it could be a 1."""
    return _stretched(SIGNS, np.array([rng.uniform(0.45, 1.25), 1.0]), rng)


def arrow(rng: np.random.Generator) -> list[Points]:
    """An arrow in any direction, mostly in one of the four that people draw."""
    angle = rng.integers(4) * np.pi / 2 + rng.normal(0, 0.2)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    head = np.array([1, rng.uniform(0.6, 1.4)])
    return [stroke @ turn for stroke in _stretched({"arrow": ARROW}, head, rng)]


def _stretched(
    shapes: Mapping[str, list[list[tuple[float, float]]]], by: Points, rng: np.random.Generator
) -> list[Points]:
    """One of the shapes, its x and y stretched, drawn by hand."""
    corners = list(shapes.values())[rng.integers(len(shapes))]
    width = int(rng.integers(1, 8))
    return [_drawn_by_hand(np.array(stroke) * by, width, rng) for stroke in corners]


def _drawn_by_hand(corners: Points, width: int, rng: np.random.Generator) -> Points:
    corners = corners + rng.normal(0, 0.04, corners.shape)
    at = np.linspace(0, len(corners) - 1, 12 * len(corners))
    line = interpolated(corners, np.arange(len(corners)), at)
    ends = np.pad(line, ((width // 2, width - 1 - width // 2), (0, 0)), mode="edge")
    return moving_mean(ends, width)


GENERATORS: tuple[Callable[[np.random.Generator], list[Points]], ...] = (
    scribble,
    zigzag,
    spiral,
    doodle,
    doodle,
    sign,
    sign,
    sign,
    arrow,
)


def side_by_side(
    first: Sequence[NDArray[np.floating]],
    second: Sequence[NDArray[np.floating]],
    rng: np.random.Generator,
) -> list[Points]:
    """Two drawings next to each other: a number of two digits is not a digit."""
    left, right = _unit(first), _unit(second)
    gap = max(stroke[:, 0].max() for stroke in left) + rng.uniform(0.05, 0.3)
    moved = [stroke + [gap, rng.normal(0, 0.08)] for stroke in right]
    return [*left, *moved]


def crossed_out(strokes: Sequence[NDArray[np.floating]], rng: np.random.Generator) -> list[Points]:
    """A drawing with a zigzag through it."""
    return [*_unit(strokes), *_unit(zigzag(rng))]


def _unit(strokes: Sequence[NDArray[np.floating]]) -> list[Points]:
    """Strokes moved to the origin, 1 high, or 2 wide if they are wider."""
    points = np.concatenate(strokes).astype(np.float64)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    return [(stroke - low) / max(extent[1], extent[0] / 2, 1e-9) for stroke in strokes]
