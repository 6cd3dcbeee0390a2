"""Augmentation: strokes as another hand might have drawn them, and distorted images.

All of it draws its randomness from the generator that it is given, so that a seed
gives the same pictures again.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.arrays import Image, Points
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import BOX, PEN_WIDTH, SIDE, render, to_mnist
from recognizer.drawings.rasterize import CANVAS, paint, place

# Standard deviations of the affine distortion and of the bending.
ROTATION = 0.12  # radians
SHEAR = 0.12
STRETCH = 0.1  # of the logarithm of the scale, each axis for itself
BEND = 0.04  # of the drawing's size: how far the points of strokes wander, smoothly
SHIFT = 0.7  # pixels, of a whole image
WOBBLE = 0.6  # pixels, of the knots that bend an image
KNOTS = 5  # along each side

PENS = (1.5, 3.6)  # pixels at the 28x28 scale, from the thinnest to the thickest
THIN_PENS = (1.5, 2.3)
THINNEST = 4  # pixels, of the pen of a picture
AS_PICTURE = 0.3  # share of drawings that are painted on a canvas and read as pictures
PICTURES = (0.3, 0.95)  # their sizes, as shares of the canvas
PICTURE_PENS = (0.4, 1.6)  # how much thinner and thicker their pens may be than those of strokes
BLURRED = 0.5  # share of the images of a batch that are blurred a little
# What the interpolation of a distortion blurs is sharpened again, to be as MNIST's own images are.
CONTRAST = np.float32(1.1)
GRAY = np.float32(255 / 2)  # which the contrast does not change
UNCHANGED = 0.15  # share of images and drawings that are not distorted here


def draw_again(
    strokes: Sequence[NDArray[np.floating]],
    rng: np.random.Generator,
    pens: tuple[float, float] = PENS,
    *,
    distortion: bool = True,
) -> Image:
    """Render strokes as another hand and another pen might have drawn them.

    Args:
        strokes: Each (n, 2), in any unit, y down; at least one.
        rng: Where the randomness comes from.
        pens: The thinnest and the thickest pen, in pixels at the 28x28 scale; those of pictures
            are up to PICTURE_PENS times that.
        distortion: Whether to distort them as well.

    Returns:
        (28, 28) uint8 in MNIST's format.
    """
    placed = place(strokes, 1.0)
    if rng.random() >= UNCHANGED and distortion:
        placed = _distorted(placed, rng)
    if rng.random() < AS_PICTURE:
        size = rng.uniform(*PICTURES)
        pen = rng.uniform(*np.multiply(PICTURE_PENS, pens)) / BOX * size * CANVAS
        pen = max(pen, THINNEST)
        return to_mnist(Drawing.from_image(paint(place(placed, size), pen)))
    pen = PEN_WIDTH if rng.random() < 0.4 else rng.uniform(*pens)
    return render(_on_grid(placed, rng), pen)


def _distorted(strokes: Sequence[Points], rng: np.random.Generator) -> list[Points]:
    """Bend all strokes together, then shift each a little by itself."""
    bent = _bend(np.concatenate(strokes) / CANVAS - 0.5, rng)
    moved = (bent @ _affine(rng, 1)[0].T + 0.5) * CANVAS
    cuts = np.cumsum([len(stroke) for stroke in strokes])[:-1]
    shifts = rng.normal(0, 0.015 * CANVAS, (len(strokes), 2))
    return [part + by for part, by in zip(np.split(moved, cuts), shifts, strict=True)]


def _affine(rng: np.random.Generator, count: int) -> Points:
    """Random matrices (count, 2, 2): rotation, shear, and a stretch of each axis."""
    angles = rng.normal(0, ROTATION, count)
    shears = rng.normal(0, SHEAR, count)
    cos, sin = np.cos(angles), np.sin(angles)
    # rotation @ [[1, shear], [0, 1]], then the stretch of each column
    turned = np.array([[cos, cos * shears - sin], [sin, sin * shears + cos]]).transpose(2, 0, 1)
    matrices: Points = turned * np.exp(rng.normal(0, STRETCH, (count, 1, 2)))
    return matrices


def _bend(points: Points, rng: np.random.Generator) -> Points:
    """Move points, within half a unit of the origin, along a few long random waves."""
    waves = rng.normal(0, 5, (2, 3))  # radians a unit of length: up to one or two waves across
    phases = rng.uniform(0, 2 * np.pi, 3)
    ways = rng.normal(0, BEND, (3, 2))
    bent: Points = points + np.sin(points @ waves + phases) @ ways / np.sqrt(1.5)
    return bent


def _on_grid(strokes: list[Points], rng: np.random.Generator) -> list[Points]:
    """In half of the cases, round points to pixels, as a small drawing on a canvas has them."""
    if rng.random() < 0.5:
        return strokes
    size = rng.uniform(0.15, 0.9)
    return [np.rint(stroke) for stroke in place(strokes, size)]


# Images


def distort_images(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Turn, shear, stretch, shift and bend each image (n, 28, 28) uint8 by itself."""
    parts = [images[start : start + _AT_ONCE] for start in range(0, len(images), _AT_ONCE)]
    bent = [_distorted_images(part, rng) for part in parts]
    return np.concatenate([images[:0], *bent])


def blur_some(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Move a part of the images (n, 28, 28) uint8 by fractions of a pixel, which blurs them.

    Images of MNIST, drawings and non-digits differ in how sharp they are. Without this a network
    tells by that where an image is from, and reads it as it reads others from there.
    """
    moves = rng.uniform(-0.5, 0.5, (len(images), 2))
    moves[rng.random(len(images)) >= BLURRED] = 0
    moved = [
        cv2.warpAffine(image, np.array([[1, 0, x], [0, 1, y]]), (SIDE, SIDE))
        for image, (x, y) in zip(images, moves, strict=True)
    ]
    return np.array(moved, dtype=np.uint8).reshape(images.shape)


_AT_ONCE = 900  # images: OpenCV's maps reach 32,767 pixels
_FRAME = 4  # pixels of paper above and below each image, so that none shows in its neighbor
_MIDDLE = (SIDE - 1) / 2


def _basis() -> NDArray[np.float32]:
    """How each parameter of a distortion moves each pixel: (KNOTS**2 + 3, 28 * 28).

    A knot moves what is near, by the weights with which OpenCV fills a grid in smoothly; then
    come a matrix's share of x and of y, and a shift.
    """
    knots = np.eye(KNOTS**2, dtype=np.float32).reshape(-1, KNOTS, KNOTS)
    filled = [cv2.resize(knot, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for knot in knots]
    x, y = np.meshgrid(np.arange(SIDE) - _MIDDLE, np.arange(SIDE) - _MIDDLE)
    return np.stack([*filled, x, y, np.ones_like(x)]).reshape(-1, SIDE**2).astype(np.float32)


_BASIS = _basis()


def _distorted_images(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """All as one tall picture: one call for each image would take five times as long."""
    count, height = len(images), SIDE + 2 * _FRAME
    tall = np.pad(images, ((0, 0), (_FRAME, _FRAME), (0, 0))).reshape(count * height, SIDE)
    x, y = _sources(count, rng)
    y = y.clip(-_FRAME, SIDE - 1 + _FRAME) + (
        _FRAME + height * np.arange(count, dtype=np.float32)[:, np.newaxis]
    )
    # Outside of the image is paper: 0, which is OpenCV's own border value.
    shape = (count * SIDE, SIDE)
    bent = cv2.remap(
        tall, x.reshape(shape), y.reshape(shape), cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_CONSTANT
    )
    sharp = ((bent - GRAY) * CONTRAST + GRAY).clip(0, 255).round().astype(np.uint8)
    kept = rng.random(count) < UNCHANGED
    return np.where(kept[:, np.newaxis, np.newaxis], images, sharp.reshape(images.shape))


def _sources(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Where each pixel of each image comes from: x and y in pixels, (2, count, 28 * 28)."""
    knots = rng.standard_normal((2, count, KNOTS**2), dtype=np.float32) * np.float32(WOBBLE)
    matrices = _affine(rng, count).transpose(1, 0, 2)
    shifts = rng.normal(_MIDDLE, SHIFT, (2, count, 1))
    numbers = np.concatenate([knots, matrices, shifts], axis=2, dtype=np.float32)
    sources: NDArray[np.float32] = numbers @ _BASIS
    return sources
