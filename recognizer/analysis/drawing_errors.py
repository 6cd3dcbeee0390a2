"""Which drawn digits a model misclassifies: a sheet of pictures, and a line of text for each.

python -m recognizer.analysis.drawing_errors MODEL -o sheet.png               held-out drawings
python -m recognizer.analysis.drawing_errors MODEL -o sheet.png --validation  validation drawings

Without MODEL it is the active model. PEN_DIGITS must name a file of drawn digits. A model that
was trained on these drawings in its third stage makes fewer errors on them than one that was
trained with `python train.py robust-cnn --hold-back`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from recognizer.datasets.pen_files import find_drawings
from recognizer.datasets.strokes import HELD_OUT, VALIDATION
from recognizer.drawings.arrays import Image
from recognizer.errors import MissingDatasetError, RecognizerError
from recognizer.models.drawing_benchmark import TYPICAL
from recognizer.models.reading import Reading
from recognizer.models.recognizer import Recognizer

COLUMNS = 12  # pictures in a row
SCALE = 3  # screen pixels per pixel of a picture


def main(arguments: list[str] | None = None) -> int:
    args = parse(arguments)
    try:
        tiles = draw_errors(args.model, VALIDATION if args.validation else HELD_OUT)
    except RecognizerError as error:
        print(f"drawing_errors: {error}", file=sys.stderr)
        return 1
    if tiles:
        cv2.imwrite(str(args.output), sheet(tiles))
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", nargs="?", help="default: the active one")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--validation", action="store_true", help="the validation drawings")
    args = parser.parse_args(arguments)
    if args.output.suffix != ".png" or not args.output.parent.is_dir():
        parser.error(f"{args.output}: give a name that ends in .png, in a folder that exists.")
    return args


def draw_errors(model: str | None, institutions: tuple[str, ...]) -> list[Image]:
    """Draw a tile for each misclassified digit of these institutions, and print a line for it.

    Raises:
        MissingDatasetError: No file of drawn digits is named.
        ModelError: There is no such model, or it is damaged.
    """
    drawings = find_drawings()
    if drawings is None:
        raise MissingDatasetError(
            "Name a file of drawn digits in PEN_DIGITS; docs/training.md says how to get one."
        )
    digits = drawings.digits.of(institutions)
    readings = Recognizer.load(model).read_many(map(TYPICAL.draw, digits))
    tiles = []
    for label, writer, reading in zip(digits.labels, digits.writers, readings, strict=True):
        if reading.digit != label:
            print(f"{label} read as {reading.digit}, {reading.confidence:.0%}, by {writer}")
            tiles.append(tile(int(label), reading))
    print(f"{len(tiles)} of {len(digits)} misclassified")
    return tiles


def tile(label: int, reading: Reading) -> Image:
    """The picture under "label > reading, confidence"."""
    image = cv2.resize(reading.image, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_NEAREST)
    framed = cv2.copyMakeBorder(image, 18, 4, 4, 4, cv2.BORDER_CONSTANT, value=[70])
    text = f"{label} > {reading.digit}, {reading.confidence:.0%}"
    cv2.putText(framed, text, (6, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.38, [255], 1, cv2.LINE_AA)
    return np.asarray(framed, dtype=np.uint8)


def sheet(tiles: list[Image]) -> Image:
    """Put tiles into rows; the last row is filled up with empty ones."""
    missing = -len(tiles) % COLUMNS
    filled = [*tiles, *[np.zeros_like(tiles[0])] * missing]
    rows = [np.hstack(filled[start : start + COLUMNS]) for start in range(0, len(filled), COLUMNS)]
    return np.vstack(rows)


if __name__ == "__main__":
    sys.exit(main())
