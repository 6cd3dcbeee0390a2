"""Distortion: strokes drawn by another hand, images bent, and drawings that are no digits.

All of it draws its randomness from the generator that it is given, so that a seed
gives the same pictures again.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.canvas import SIDE as CANVAS
from recognizer.canvas import paint, place
from recognizer.drawing import Drawing, Points
from recognizer.preprocessing import PEN_WIDTH, SIDE, render, to_mnist
from recognizer.tracing import Image

# Standard deviations, of an affine distortion and of what is bent.
ROTATION = 0.12  # radians
SHEAR = 0.12
STRETCH = 0.1  # of the logarithm of the scale, each axis for itself
BEND = 0.04  # of the drawing's size: how far the points of strokes wander, smoothly
SHIFT = 0.7  # pixels, of an image as a whole
WOBBLE = 0.6  # pixels, of the knots that an image is bent by
KNOTS = 5  # along each side

PENS = (1.5, 3.6)  # pixels at the 28x28 scale, from the thinnest to the thickest
THIN_PENS = (1.5, 2.3)
AS_PICTURE = 0.15  # share of drawings that are painted on a canvas and traced from there
UNCHANGED = 0.15  # share of images and drawings that are not distorted at all


def draw_again(
    strokes: Sequence[NDArray[np.floating]],
    rng: np.random.Generator,
    pens: tuple[float, float] = PENS,
) -> Image:
    """Render strokes as another hand and another pen might have drawn them.

    Args:
        strokes: Each (n, 2), in any unit, y down; at least one.
        rng: Where the randomness comes from.
        pens: The thinnest and the thickest pen, in pixels at the 28x28 scale.

    Returns:
        (28, 28) uint8 in MNIST's format.
    """
    placed = place(strokes, 1.0)
    if rng.random() >= UNCHANGED:
        placed = _distorted(placed, rng)
    if rng.random() < AS_PICTURE:
        size, pen = rng.uniform(0.3, 0.95), rng.uniform(6, 30)
        return to_mnist(Drawing.from_image(paint(place(placed, size), pen)))
    pen = PEN_WIDTH if rng.random() < 0.4 else rng.uniform(*pens)
    return render(_on_grid(placed, rng), pen)


def _distorted(strokes: Sequence[Points], rng: np.random.Generator) -> list[Points]:
    """Bend all strokes together, then shift each a little by itself."""
    bent = _bend(np.concatenate(strokes) / CANVAS - 0.5, rng)
    moved = (bent @ _affine(rng).T + 0.5) * CANVAS
    cuts = np.cumsum([len(stroke) for stroke in strokes])[:-1]
    shifts = rng.normal(0, 0.015 * CANVAS, (len(strokes), 2))
    return [part + by for part, by in zip(np.split(moved, cuts), shifts, strict=True)]


def _affine(rng: np.random.Generator) -> Points:
    """A random 2x2 matrix: rotation, shear, and a stretch of each axis."""
    angle = rng.normal(0, ROTATION)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shear = np.array([[1, rng.normal(0, SHEAR)], [0, 1]])
    matrix: Points = turn @ shear @ np.diag(np.exp(rng.normal(0, STRETCH, 2)))
    return matrix


def _bend(points: Points, rng: np.random.Generator) -> Points:
    """Move points, within half a unit of the origin, along a few long random waves."""
    waves = rng.normal(0, 5, (2, 3))  # radians a unit of length: up to one or two waves across
    phases = rng.uniform(0, 2 * np.pi, 3)
    ways = rng.normal(0, BEND, (3, 2))
    bent: Points = points + np.sin(points @ waves + phases) @ ways / np.sqrt(1.5)
    return bent


def _on_grid(strokes: list[Points], rng: np.random.Generator) -> list[Points]:
    """Round points to whole pixels of a canvas on which the drawing is small, now and then."""
    if rng.random() < 0.5:
        return strokes
    size = rng.uniform(0.15, 0.9)
    return [np.rint(stroke) for stroke in place(strokes, size)]


# Images


def distort_images(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Turn, shear, stretch, shift and bend each image (n, 28, 28) uint8 by itself."""
    kept = rng.random(len(images)) < UNCHANGED
    pairs = zip(images, kept, strict=True)
    return np.stack([image if keep else _distorted_image(image, rng) for image, keep in pairs])


_GRID = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).astype(np.float32)
_MIDDLE = (SIDE - 1) / 2


def _distorted_image(image: Image, rng: np.random.Generator) -> Image:
    shift = rng.normal(0, SHIFT, 2)
    source = (_GRID - _MIDDLE) @ _affine(rng).T + (_MIDDLE + shift) + _elastic(rng)
    # Outside of the image is paper: 0, which is OpenCV's own border value.
    x, y = (np.ascontiguousarray(axis, dtype=np.float32) for axis in np.moveaxis(source, -1, 0))
    bent = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(bent, dtype=np.uint8)


def _elastic(rng: np.random.Generator) -> Points:
    """Displacements (28, 28, 2) in pixels: a coarse random grid, smoothly filled in."""
    knots = rng.normal(0, WOBBLE, (KNOTS, KNOTS, 2)).astype(np.float32)
    filled = cv2.resize(knots, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(filled, dtype=np.float64)
