"""How faithful heat maps are to the network, and how long they take: one table.

python -m benchmarks.heat_maps
python -m benchmarks.heat_maps --references    make the app's reference images again

Needs MNIST and TensorFlow. It takes half an hour.

Measured on MNIST's validation images: all that the network misclassifies, and the first of the
others, IMAGES in all but at least RIGHT of the others. Held-out training images, one of each
digit, take the place of what is removed.

- Area: pixels are removed from the image, or inserted into the held-out images, those that support
  the reading most first. The area between the two curves of the log-odds, in nats, is larger the
  better the order is (V. Petsiuk et al.: RISE, 2018, on probabilities).
- Area as shown: the same after the smoothing that the app applies.
- Correlation of the sum of the values in random rectangles with the effect of removing these
  (M. Ancona et al.: Towards better understanding of gradient-based attribution methods, 2018).

± is the standard error of the difference from expected gradients.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from recognizer import Drawing
from recognizer.analysis.attribution import LEAST, REFERENCES, log_odds, references, support
from recognizer.datasets.mnist import CLASSES, SIDE, Split, load_mnist
from recognizer.drawings.preprocessing import to_mnist
from recognizer.models import keras_network
from recognizer.models.evaluation import INPUT_SHAPE, Network, as_input
from recognizer.models.registry import find_model
from recognizer.ui.explanation import BLUR
from tests.browser.driver import ROOT

MODELS = ("robust-cnn", "larger-cnn")
IMAGES = 120
RIGHT = 40
POINTS = 12  # of a curve, closer together where the most important pixels go
RECTANGLES = 40  # sets of random rectangles
STEPS = 32  # of expected gradients, from a baseline to the image
BASELINES = 5  # of each digit
OCCLUDED = (4, 2)  # pixels: the side of a patch, and from one to the next
MASKS = 1000
BATCH = 128  # images a call of a network

Images = NDArray[np.uint8]
Heat = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Case:
    """An image, what it was read as, and what to compare with: the label or the second digit."""

    image: Images
    digit: int
    rather_than: int


def main() -> None:
    if "--references" in sys.argv:
        make_references()
        return
    data = load_mnist()
    held_out = each_digit(data.training, slice(-1, None))
    print("| network | method | area | area as shown | correlation | calls | seconds |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name in MODELS:
        model = keras_network.load(find_model(name))
        network = Counting(model)
        maps = methods(network, data.training)
        cases = chosen(network, data.validation)
        scores = np.array([score(network, case, list(maps.values()), held_out) for case in cases])
        for method, rows in zip(maps, scores.transpose(1, 0, 2), strict=True):
            print_row(f"{name} | {method}", rows, scores[:, 0])


def print_row(what: str, rows: NDArray[np.float64], first: NDArray[np.float64]) -> None:
    """Print the means over images, each with the standard error of the difference from `first`."""
    errors = (rows - first).std(axis=0) / np.sqrt(len(rows))
    figures = [
        f"{mean:.{digits}f}" + (f" ± {error:.{digits}f}" if error else "")
        for mean, error, digits in zip(rows.mean(axis=0)[:3], errors[:3], (2, 2, 3), strict=True)
    ]
    calls, seconds = np.median(rows[:, 3:], axis=0)
    print(f"| {what} | {' | '.join(figures)} | {calls:,.0f} | {seconds:.2f} |", flush=True)


class Counting:
    """A Keras model as a function of images, which counts them."""

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self.calls = 0
        self._compiled = tf.function(
            partial(model, training=False), input_signature=[tf.TensorSpec((None, *INPUT_SHAPE))]
        )

    def __call__(self, images: Images) -> NDArray[np.float32]:
        self.calls += len(images)
        batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
        return np.concatenate([self._compiled(as_input(batch)).numpy() for batch in batches])


def chosen(network: Network, data: Split) -> list[Case]:
    """What is misclassified, and the first of the rest."""
    probabilities = network(data.images)
    first, second = np.argsort(-probabilities, axis=1, kind="stable")[:, :2].T
    wrong, right = (
        np.flatnonzero((first != data.labels) == is_wrong) for is_wrong in (True, False)
    )
    numbers = [*wrong, *right[: max(IMAGES - len(wrong), RIGHT)]]
    others = np.where(first == data.labels, second, data.labels)
    return [Case(data.images[n], int(first[n]), int(others[n])) for n in numbers]


def each_digit(data: Split, which: slice) -> Images:
    """Some images of each digit, (n, 28, 28)."""
    return np.concatenate([data.images[data.labels == digit][which] for digit in range(CLASSES)])


# Methods

HeatMap = Callable[[Case], Heat]


def methods(network: Counting, data: Split) -> dict[str, HeatMap]:
    """Each method by its name."""
    baselines = each_digit(data, slice(BASELINES))
    means = [data.images[data.labels == digit].mean(axis=0) for digit in range(CLASSES)]
    mean_images = np.tile(np.round(means).astype(np.uint8), (2, 1, 1))
    black = np.zeros_like(mean_images)

    def shapley(against: Images) -> HeatMap:
        return lambda case: support(network, case.image, case.digit, case.rather_than, against)

    return {
        "expected gradients": lambda case: expected_gradients(network, case, baselines),
        "Shapley values, drawn digits": shapley(references()),
        "Shapley values, mean images": shapley(mean_images),
        "Shapley values, black": shapley(black),
        "occlusion": lambda case: occlusion(network, case, references()[:CLASSES]),
        "random masks": lambda case: random_masks(network, case, references()),
    }


def expected_gradients(network: Counting, case: Case, baselines: Images) -> Heat:
    """G. Erion et al.: Improving performance of deep learning models with axiomatic attribution
    priors and expected gradients, 2021."""

    def gradient(points: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(points)
            logarithms = tf.math.log(network.model(points, training=False) + LEAST)
            odds = logarithms[:, case.digit] - logarithms[:, case.rather_than]
        return tape.gradient(odds, points)

    slopes = tf.function(gradient, input_signature=[tf.TensorSpec((None, *INPUT_SHAPE))])
    way = as_input(case.image[np.newaxis]) - as_input(baselines)
    total = np.zeros(INPUT_SHAPE)
    for left in (np.arange(STEPS) + 0.5) / STEPS:
        points = as_input(case.image[np.newaxis]) - np.float32(left) * way
        total += (way * slopes(points).numpy()).mean(axis=0) / STEPS
        network.calls += len(baselines)
    return total[..., 0]


def occlusion(network: Network, case: Case, against: Images) -> Heat:
    """M. Zeiler, R. Fergus: Visualizing and understanding convolutional networks, 2014."""
    size, step = OCCLUDED
    starts = range(0, SIDE - size + 1, step)
    squares = np.zeros((len(starts) ** 2, SIDE, SIDE), dtype=bool)
    for square, (row, column) in zip(squares, np.ndindex(len(starts), len(starts)), strict=True):
        square[step * row : step * row + size, step * column : step * column + size] = True
    effects = effects_of(network, case, squares, against)
    return np.tensordot(effects, squares, axes=1) / squares.sum(axis=0)


def random_masks(network: Network, case: Case, against: Images) -> Heat:
    """V. Petsiuk et al.: RISE: Randomized input sampling for explanation of black-box models, 2018,
    with the pixels of references where a mask hides the image."""
    draw = np.random.default_rng(0)
    coarse = draw.integers(0, 2, (MASKS, 9, 9)).astype(np.float32)
    shifts = draw.integers(0, 4, (MASKS, 2))
    masks = np.stack(
        [
            cv2.resize(each, (36, 36))[row : row + SIDE, column : column + SIDE]
            for each, (row, column) in zip(coarse, shifts, strict=True)
        ]
    )
    hidden = against[np.arange(MASKS) % len(against)].astype(np.float32)
    mixed = np.round(hidden + masks * (case.image - hidden)).astype(np.uint8)
    odds = log_odds(network, mixed, case.digit, case.rather_than)
    return np.tensordot(odds - odds.mean(), masks, axes=1) / MASKS


# Scores


def score(
    network: Counting, case: Case, maps: Sequence[HeatMap], held_out: Images
) -> list[list[float]]:
    """For each method: area, area as shown, correlation, calls, seconds."""
    sets = rectangles(case.image)
    effects = effects_of(network, case, sets, held_out)
    rows = []
    for heat_map in maps:
        network.calls, started = 0, time.perf_counter()
        heat = heat_map(case)
        cost = [network.calls, time.perf_counter() - started]
        shown = np.asarray(cv2.GaussianBlur(heat, (0, 0), BLUR), dtype=np.float64)
        areas = [area(network, case, each, held_out) for each in (heat, shown)]
        fit = np.corrcoef((sets * heat).sum(axis=(1, 2)), effects)[0, 1]
        rows.append([*areas, float(fit), *cost])
    return rows


def area(network: Network, case: Case, heat: Heat, held_out: Images) -> float:
    """The mean difference between inserting and removing the same pixels, in nats."""
    rank = np.argsort(np.argsort(-heat, axis=None, kind="stable")).reshape(heat.shape)
    parts = np.linspace(0, 1, POINTS + 1) ** 1.5
    first = rank < np.round(parts * heat.size)[:, np.newaxis, np.newaxis]
    inserted, removed = (mean_odds(network, case, kept, held_out) for kept in (first, ~first))
    return float(np.trapezoid(inserted - removed, parts))


def effects_of(
    network: Network, case: Case, sets: NDArray[np.bool_], against: Images
) -> NDArray[np.float64]:
    """How much of the log-odds is lost without the pixels of each set, (n,) in nats."""
    here = log_odds(network, case.image[np.newaxis], case.digit, case.rather_than)
    return here - mean_odds(network, case, ~sets, against)


def mean_odds(
    network: Network, case: Case, kept: NDArray[np.bool_], against: Images
) -> NDArray[np.float64]:
    """The log-odds with some pixels kept and the others from references, their mean, (n,)."""
    mixed = np.where(kept[:, np.newaxis], case.image, against).reshape(-1, SIDE, SIDE)
    odds = log_odds(network, mixed, case.digit, case.rather_than)
    return odds.reshape(len(kept), len(against)).mean(axis=1)


def rectangles(image: Images) -> NDArray[np.bool_]:
    """Sets of one to four rectangles, of 3 to 8 pixels a side, (RECTANGLES, 28, 28)."""
    draw = np.random.default_rng(image.ravel())  # others for each image
    sets = np.zeros((RECTANGLES, SIDE, SIDE), dtype=bool)
    for each in sets:
        for _ in range(draw.integers(1, 5)):
            height, width = draw.integers(3, 9, 2)
            top, left = draw.integers(2, SIDE - 2 - height), draw.integers(2, SIDE - 2 - width)
            each[top : top + height, left : left + width] = True
    return sets


# References


def make_references() -> None:
    """Write the app's reference images: two of its example drawings of each digit."""
    row = np.hstack(
        [image for some in zip(*map(examples_of, range(CLASSES)), strict=True) for image in some]
    )
    cv2.imwrite(str(REFERENCES), row, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def examples_of(digit: int) -> list[Images]:
    """The first two examples of a digit, in MNIST's format."""
    examples = json.loads((ROOT / "recognizer/ui/examples.json").read_text(encoding="utf-8"))
    named = [each for each in examples if re.findall(r"\d", each["name"]) == [str(digit)]]
    drawings = [[np.array(stroke, float) for stroke in each["strokes"]] for each in named[:2]]
    return [to_mnist(Drawing.from_strokes(strokes)) for strokes in drawings]


if __name__ == "__main__":
    main()
