"""Show the drawn digits that a model misreads: a sheet of pictures, and a line for each.

    python -m benchmarks.leftovers MODEL -o sheet.png               the active model by default
    python -m benchmarks.leftovers MODEL -o sheet.png --validation  not those held back

Drawings are of the institutions held back. A model that has learned from them shows less
than one trained with `python train.py robust-cnn --hold-back`.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from recognizer import Reading, Recognizer
from recognizer.datasets.strokes import HELD_OUT, VALIDATION, find_drawings
from recognizer.drawings.arrays import Image
from recognizer.models.drawing_benchmark import PLAIN

ACROSS = 12  # pictures in a row
SCALE = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", nargs="?", help="default: the active one")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--validation", action="store_true", help="the validation drawings")
    args = parser.parse_args()
    if not args.output.parent.is_dir():
        parser.error(f"There is no folder {args.output.parent}.")
    drawings = find_drawings()
    if drawings is None:
        parser.error("Name a file of drawn digits in PEN_DIGITS.")
    digits = drawings.digits.of(VALIDATION if args.validation else HELD_OUT)
    readings = Recognizer.load(args.model).read_many(map(PLAIN.draw, digits))
    tiles = []
    for label, writer, reading in zip(digits.labels, digits.writers, readings, strict=True):
        if reading.digit != label:
            print(f"{label} read as {reading.digit}, {reading.confidence:.0%}, by {writer}")
            tiles.append(tile(int(label), reading))
    print(f"{len(tiles)} of {len(digits)} misread")
    if tiles:
        cv2.imwrite(str(args.output), sheet(tiles))


def tile(label: int, reading: Reading) -> Image:
    """The picture under "label > reading, per cent"."""
    image = cv2.resize(reading.image, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_NEAREST)
    framed = cv2.copyMakeBorder(image, 18, 4, 4, 4, cv2.BORDER_CONSTANT, value=[70])
    text = f"{label} > {reading.digit}, {reading.confidence:.0%}"
    cv2.putText(framed, text, (6, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.38, [255], 1, cv2.LINE_AA)
    return np.asarray(framed, dtype=np.uint8)


def sheet(tiles: list[Image]) -> Image:
    """Tiles in rows; the last row is filled up with empty ones."""
    missing = -len(tiles) % ACROSS
    filled = [*tiles, *[np.zeros_like(tiles[0])] * missing]
    rows = [np.hstack(filled[start : start + ACROSS]) for start in range(0, len(filled), ACROSS)]
    return np.vstack(rows)


if __name__ == "__main__":
    main()
