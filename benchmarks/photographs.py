"""Photographs of numbers, rendered: ink on paper, in uneven light, as a camera sees it.

Nothing that is shipped is trained on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.rasterize import draw_lines

Strokes = Sequence[NDArray[np.floating]]
Rgb = NDArray[np.uint8]
Light = NDArray[np.float32]

PAPERS = ((250, 248, 244), (244, 236, 200), (205, 205, 205), (214, 190, 158), (205, 220, 236))
INKS = ((20, 20, 30), (30, 50, 150), (20, 30, 90), (180, 30, 40), (90, 90, 95), (25, 90, 50))
RULINGS = ((150, 185, 225), (170, 170, 175), (120, 120, 130), (205, 150, 160), (150, 200, 190))


@dataclass(frozen=True)
class Scene:
    """How a photograph is taken: `size` is its width and height in pixels."""

    size: tuple[int, int]
    paper: tuple[int, int, int]
    ink: tuple[int, int, int]
    opacity: float
    pen: float  # of the digits' height
    ruled: str  # "", "lines" or "squares"
    ruling: tuple[int, int, int]
    spacing: float  # of the digits' height
    turn: float  # degrees
    shadow: float  # brightness in the shadow, 1: none
    soft: float  # width of the shadow's edge, of the picture's
    noise: float  # gray levels
    blur: float  # pixels
    quality: int  # of JPEG


def any_scene(rng: np.random.Generator, *, ruled: bool) -> Scene:
    """A scene at random, from 400 x 200 pixels to 12 megapixels."""
    width = int(np.exp(rng.uniform(np.log(400), np.log(4000))))
    colors = (PAPERS[rng.integers(len(PAPERS))], INKS[rng.integers(len(INKS))])
    return Scene(
        size=(width, int(width * rng.uniform(0.5, 0.8))),
        paper=colors[0],
        ink=colors[1],
        opacity=float(rng.uniform(0.55, 1)),
        pen=float(rng.uniform(0.04, 0.14)),
        ruled=str(rng.choice(["lines", "squares"])) if ruled else "",
        ruling=RULINGS[rng.integers(len(RULINGS))],
        spacing=float(rng.uniform(0.4, 1.6)),
        turn=float(rng.uniform(-4, 4)),
        shadow=float(rng.uniform(0.45, 1)),
        soft=float(np.exp(rng.uniform(np.log(0.002), np.log(0.3)))),
        noise=float(rng.uniform(1, 9)),
        blur=float(rng.uniform(0.3, 1.4)),
        quality=int(rng.integers(40, 95)),
    )


def photograph(strokes: Strokes, scene: Scene, rng: np.random.Generator) -> Rgb:
    """Render strokes (x, y down, the digits 1 high) as a photograph, (height, width, 3) RGB."""
    lines, digit = _placed(strokes, scene, rng)
    page = _paper(scene, rng)
    if scene.ruled:
        page *= _transmitted(_ruling(scene, digit, rng), scene.ruling, 0.8)
    page *= _transmitted(_written(lines, scene, digit, rng), scene.ink, scene.opacity)
    page *= _light(scene, rng)[..., np.newaxis]
    page = _seen(page, scene, rng)
    page += rng.normal(0, scene.noise, page.shape[:2]).astype(np.float32)[..., np.newaxis]
    page += rng.normal(0, scene.noise / 2, page.shape).astype(np.float32)
    return _jpeg(np.clip(page, 0, 255).astype(np.uint8), scene.quality)


def _placed(strokes: Strokes, scene: Scene, rng: np.random.Generator) -> tuple[list[Any], float]:
    """Strokes in pixels of the picture, and the height of a digit there."""
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    room = np.array(scene.size) * 0.8
    largest = float(min(room / np.maximum(extent, 1e-3)))
    digit = float(np.exp(rng.uniform(np.log(min(40, largest)), np.log(largest))))
    free = np.array(scene.size) * 0.9 - extent * digit
    corner = np.array(scene.size) * 0.05 + free * rng.uniform(0, 1, 2)
    return [(stroke - low) * digit + corner for stroke in strokes], digit


def _paper(scene: Scene, rng: np.random.Generator) -> Light:
    width, height = scene.size
    small = rng.normal(0, 1, (max(height // 3, 2), max(width // 3, 2))).astype(np.float32)
    texture = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    page = np.full((height, width, 3), scene.paper, dtype=np.float32)
    return np.asarray(page * (1 + 0.008 * texture[..., np.newaxis]), dtype=np.float32)


def _ruling(scene: Scene, digit: float, rng: np.random.Generator) -> Light:
    width, height = scene.size
    cover = np.zeros((height, width), dtype=np.uint8)
    thick = max(round(digit * rng.uniform(0.01, 0.035)), 1)
    step = max(scene.spacing * digit, 12)
    for y in np.arange(rng.uniform(0, step), height, step):
        cv2.line(cover, (0, int(y)), (width, int(y)), (255,), thick, cv2.LINE_AA)
    for x in np.arange(rng.uniform(0, step), width, step) if scene.ruled == "squares" else ():
        cv2.line(cover, (int(x), 0), (int(x), height), (255,), thick, cv2.LINE_AA)
    return np.asarray(cover / 255, dtype=np.float32)


def _written(lines: Strokes, scene: Scene, digit: float, rng: np.random.Generator) -> Light:
    """How much of the ink is on each place; less where a dry pen skips."""
    width, height = scene.size
    cover = np.zeros((height, width), dtype=np.uint8)
    pen = max(round(scene.pen * digit), 1)
    whole = [line if len(line) > 1 else line.repeat(2, axis=0) for line in lines]
    draw_lines(cover, whole, ink=255, thickness=pen, smooth=True)
    small = rng.normal(0.9, 0.12, (max(height // 2, 2), max(width // 2, 2))).astype(np.float32)
    pressed = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cover.astype(np.float32) / 255 * np.clip(pressed, 0, 1), np.float32)


def _transmitted(cover: Light, color: tuple[int, int, int], opacity: float) -> Light:
    """What ink of a color lets through of each channel."""
    absorbed = 1 - np.array(color, dtype=np.float32) / 255
    return np.asarray(1 - opacity * cover[..., np.newaxis] * absorbed, dtype=np.float32)


def _light(scene: Scene, rng: np.random.Generator) -> Light:
    """A gradient, and a shadow with a straight edge, soft or hard."""
    width, height = scene.size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle, other = rng.uniform(0, 2 * np.pi, 2)
    across = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)
    edge = (x / width - 0.5) * np.cos(other) + (y / height - 0.5) * np.sin(other)
    lit = 1 / (1 + np.exp(np.clip((edge - rng.uniform(-0.3, 0.3)) / scene.soft * 4, -60, 60)))
    gradient = 1 - rng.uniform(0, 0.5) * (across + 0.5)
    return np.asarray(gradient * (scene.shadow + (1 - scene.shadow) * lit), dtype=np.float32)


def _seen(page: Light, scene: Scene, rng: np.random.Generator) -> Light:
    """Turned by a few degrees, seen slightly from a side, and not quite sharp."""
    width, height = scene.size
    turned = np.eye(3)
    turned[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), scene.turn, 0.92)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    moved = corners + rng.uniform(-0.02, 0.02, (4, 2)) * (width, height)
    tilted = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    view = tilted @ turned
    seen = cv2.warpPerspective(page, view, (width, height), borderMode=cv2.BORDER_REPLICATE)
    blur = scene.blur * max(width / 1500, 0.5)
    return np.asarray(cv2.GaussianBlur(seen, (0, 0), blur), dtype=np.float32)


def _jpeg(picture: Rgb, quality: int) -> Rgb:
    done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("OpenCV cannot write JPEG.")
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(decoded, dtype=np.uint8)[..., ::-1])
