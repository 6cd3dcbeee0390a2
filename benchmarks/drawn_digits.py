"""How well models read digits drawn by pen, as strokes and as pictures: a table.

    PEN_DIGITS=pen-digits.npz python -m benchmarks.drawn_digits functional-cnn
    PEN_DIGITS=pen-digits.npz python -m benchmarks.drawn_digits --all --held-back

Without --held-back it judges drawings that choices may be made on; with it,
those of the institutions that no choice is made on. Look at those at the end.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer import Drawing, Recognizer
from recognizer.canvas import SIDE, paint, place
from recognizer.data import HELD_BACK, PenDrawings, load_pen_drawings
from recognizer.preprocessing import to_mnist
from recognizer.registry import whole_models

# what is given, the drawing's size as a share of the canvas, pixels of the pen
CASES = (
    ("strokes", 0.2, 40),
    ("strokes", 0.5, 20),
    ("strokes", 0.95, 4),
    ("picture", 0.4, 8),
    ("picture", 0.4, 28),
    ("picture", 0.65, 18),
    ("picture", 0.95, 28),
)


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
    names = [model.name for model in whole_models()] if args.all else [args.model]
    recognizers = [Recognizer.load(name) for name in names]
    for line in table(recognizers, pen, chosen):
        print(line, flush=True)


def table(
    recognizers: list[Recognizer], pen: PenDrawings, chosen: NDArray[np.intp]
) -> Iterator[str]:
    """A Markdown table: a row for each case, a column for each model."""
    institutions = ", ".join(sorted(set(pen.institutions[chosen])))
    yield f"{len(chosen):,} drawings ({institutions}) on a canvas of {SIDE} pixels:\n"
    yield "| given | size | pen | " + " | ".join(f"`{r.name}`" for r in recognizers) + " |"
    yield "| --- | ---: | ---: |" + " ---: |" * len(recognizers)
    labels = pen.labels[chosen]
    for given, size, width in CASES:
        drawings = (draw(pen.strokes(index), given, size, width) for index in chosen)
        images = np.stack([to_mnist(drawing) for drawing in drawings])
        right = [(r.probabilities(images).argmax(axis=1) == labels).mean() for r in recognizers]
        accuracies = " | ".join(f"{share:.2%}" for share in right)
        yield f"| {given} | {size:.0%} | {width} px | {accuracies} |"


def draw(strokes: list[np.ndarray], given: str, size: float, width: int) -> Drawing:
    """A drawing as a canvas gives it: strokes in whole pixels, or a picture."""
    placed = place(strokes, size)
    if given == "strokes":
        return Drawing.from_strokes([np.rint(stroke) for stroke in placed], pen_width=width)
    return Drawing.from_image(paint(placed, width))


if __name__ == "__main__":
    main()
