"""Train the perceptron that knows digits which were cut out of numbers, and parts of digits.

python -m recognizer.training.cut_digits

It writes recognizer/models/cut_digits.npz. Numbers are composed of drawings in PEN_DIGITS, but for
those of the validation and held-out institutions, and cut as for a reading. What is cut out where a
digit is, is a whole digit. Fit the weights of segmentation again afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.numbers import HEIGHT, Composed, compose, some
from recognizer.datasets.pen_files import find_drawings
from recognizer.datasets.strokes import HELD_OUT, VALIDATION, StrokeDataset
from recognizer.drawings import candidates
from recognizer.drawings.arrays import Image
from recognizer.drawings.boxes import Boxes, line_height, union
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.parts import parts_of
from recognizer.models.cut_digits import LAYERS, WEIGHTS
from recognizer.models.lattice import BROAD
from recognizer.training.number_tasks import PENS, as_picture

GAPS = (((0.15, 0.5), 500), ((0.0, 0.15), 1200), ((-0.1, 0.0), 500))  # heights; and how many
LENGTHS = range(1, 5)
SCALES = (0.5, 1.6)  # of pictures
SAME, OTHER = 0.08, 0.14  # heights: how far its ends are from a digit's, at most and at least
OTHERS = 3  # images of something else for each whole digit, at most
HIDDEN = 256  # units
DECAY = 0.01
EPOCHS = 14
NO_DIGIT = 10  # the class of what is not one whole digit

Ends = Sequence[tuple[float, float]]  # where each digit begins and ends, in pixels


def main() -> None:
    from sklearn.neural_network import MLPClassifier  # slow to import

    drawings = find_drawings()
    if drawings is None:
        raise SystemExit("Name a file of drawn digits in PEN_DIGITS (see docs/training.md).")
    digits = drawings.digits.without([*VALIDATION, *HELD_OUT])
    images, labels = balanced(*samples(digits, np.random.default_rng(0)))
    print(f"{len(images):,} images, {(labels < NO_DIGIT).mean():.0%} whole digits", flush=True)
    network = MLPClassifier(
        (HIDDEN,), alpha=DECAY, batch_size=256, max_iter=EPOCHS, random_state=0, tol=0
    ).fit(images.reshape(len(images), -1).astype(np.float32) / 255, labels)
    (hidden, last), (hidden_bias, last_bias) = network.coefs_, network.intercepts_
    arrays = dict(zip(LAYERS, (hidden, hidden_bias, last, last_bias), strict=True))
    halves = {name: array.astype(np.float16) for name, array in arrays.items()}
    np.savez_compressed(WEIGHTS, **halves)


def samples(
    digits: StrokeDataset, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.int_]]:
    """Images cut from numbers, half of them pictures; and the digits, or NO_DIGIT."""
    found: list[tuple[Image, int]] = []
    for gaps, count in GAPS:
        for number in some(compose(digits, LENGTHS, gaps, rng), count):
            for drawing, ends in (_as_strokes(number), _as_picture(number, rng)):
                found += _labeled(drawing, ends, number.text)
    images, labels = zip(*found, strict=True)
    return np.array(images), np.array(labels)


def balanced(
    images: NDArray[np.uint8], labels: NDArray[np.int_]
) -> tuple[NDArray[np.uint8], NDArray[np.int_]]:
    """All whole digits, and at most OTHERS times as many of the others."""
    others = np.flatnonzero(labels == NO_DIGIT)
    digits = np.flatnonzero(labels != NO_DIGIT)
    chosen = np.random.default_rng(0).permutation(others)[: OTHERS * len(digits)]
    kept = np.sort(np.concatenate([digits, chosen]))
    return images[kept], labels[kept]


def _as_strokes(number: Composed) -> tuple[Drawing, Ends]:
    return Drawing.from_strokes([np.rint(stroke) for stroke in number.strokes]), number.ends


def _as_picture(number: Composed, rng: np.random.Generator) -> tuple[Drawing, Ends]:
    scale = rng.uniform(*SCALES)
    pen = max(round(rng.uniform(*PENS) * scale * HEIGHT), 1)
    drawing, moved = as_picture(number.strokes, scale, pen)
    start, edge = float(moved[0]), pen / 2
    return drawing, [
        (left * scale + start - edge, right * scale + start + edge) for left, right in number.ends
    ]


def _labeled(drawing: Drawing, ends: Ends, text: str) -> Iterator[tuple[Image, int]]:
    """What is cut out of a drawing, and the digit that it is, where that is clear."""
    height, found = _cut_out(drawing)
    for image, box in found:
        away = [max(abs(box[0] - left), abs(box[2] - right)) / height for left, right in ends]
        nearest = int(np.argmin(away))
        if away[nearest] < SAME:
            yield image, int(text[nearest])
        elif away[nearest] > OTHER:
            yield image, NO_DIGIT


def _cut_out(drawing: Drawing) -> tuple[float, list[tuple[Image, Boxes]]]:
    """The height of a drawing's line; and all candidates of it, with their boxes."""
    parts = parts_of(drawing)
    height = line_height(parts.boxes)
    whole = candidates.whole(parts.boxes, height)
    found = [(parts.prepared(each).image, union(parts.boxes, each)) for each in whole]
    widths = parts.boxes[:, 2] - parts.boxes[:, 0]
    broad = np.flatnonzero(widths > BROAD * height).tolist()
    cut, became = parts.cut(broad, height)
    for part in broad:
        for each in candidates.cut_off(became[part], cut.boxes, height):
            found.append((cut.prepared(each).image, union(cut.boxes, each)))
    return height, found


if __name__ == "__main__":
    main()
