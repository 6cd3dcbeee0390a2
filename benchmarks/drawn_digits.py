"""Accuracy on digits drawn by pen, by size and pen width, as strokes and as pictures.

    PEN_DIGITS=pen-digits.npz python -m benchmarks.drawn_digits functional-cnn
    PEN_DIGITS=pen-digits.npz python -m benchmarks.drawn_digits --all --held-back

Without --held-back it judges drawings that choices may be made on; with it,
those of the institutions that no choice is made on. Look at those at the end.
"""

import argparse
import os
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer import Drawing, Recognizer
from recognizer.canvas import paint, place
from recognizer.data import HELD_BACK, PenDrawings, load_pen_drawings
from recognizer.registry import whole_models

SIZES = (0.2, 0.5, 0.95)  # of the canvas
PEN_WIDTHS = (4, 20, 40)  # pixels, on a canvas of 280
PICTURES = ((0.4, 8), (0.4, 28), (0.65, 18), (0.95, 8), (0.95, 28))  # (size, pen width)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", nargs="?", help="default: the active one")
    parser.add_argument("--all", action="store_true", help="every model")
    parser.add_argument("--held-back", action="store_true", help="the institutions held back")
    args = parser.parse_args()
    pen = load_pen_drawings(Path(os.environ["PEN_DIGITS"]))
    chosen = np.flatnonzero(np.isin(pen.institutions, HELD_BACK) == args.held_back)
    print(f"{len(chosen)} drawings by {', '.join(sorted(set(pen.institutions[chosen])))}")
    for name in [model.name for model in whole_models()] if args.all else [args.model]:
        judge(Recognizer.load(name), pen, chosen)


def judge(recognizer: Recognizer, pen: PenDrawings, chosen: NDArray[np.intp]) -> None:
    """Print the accuracy at each size and pen width."""
    labels = pen.labels[chosen]
    print(recognizer.name)
    for kind, cases, draw in (
        ("strokes", product(SIZES, PEN_WIDTHS), strokes),
        ("picture", PICTURES, picture),
    ):
        for size, width in cases:
            drawings = (draw(pen, index, size, width) for index in chosen)
            digits = np.array([reading.digit for reading in recognizer.read_many(drawings)])
            accuracy = float((digits == labels).mean())
            print(f"  {kind}  size {size:4.0%}  pen {width:2} px  {accuracy:.2%}", flush=True)


def strokes(pen: PenDrawings, index: int, size: float, width: int) -> Drawing:
    # A canvas gives whole pixels: a small drawing is a coarse one.
    placed = [np.rint(stroke) for stroke in place(pen.strokes(index), size)]
    return Drawing.from_strokes(placed, pen_width=width)


def picture(pen: PenDrawings, index: int, size: float, width: int) -> Drawing:
    return Drawing.from_image(paint(place(pen.strokes(index), size), width))


if __name__ == "__main__":
    main()
