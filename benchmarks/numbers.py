"""How many whole numbers are read correctly, by how they are written and by their length: a table.

python -m benchmarks.numbers                       with the active model
python -m benchmarks.numbers MODEL                 with another one
python -m benchmarks.numbers MODEL --for SHIPPED   and keep the figures with a model, for its page
python -m benchmarks.numbers --kept SHIPPED        the figures that are kept with a model

Numbers of two to six digits are composed of drawings by the held-out institutions, in
PEN_DIGITS; real ones are in the file that PEN_NUMBERS names. A model that was trained on
these drawings in its third stage is better at them than at strangers': take one that was trained
with `python train.py robust-cnn --hold-back`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.photographs import any_scene, photograph
from recognizer import Drawing, NumberReading, Recognizer
from recognizer.analysis.numbers import numbers_table
from recognizer.datasets.numbers import HEIGHT, Composed, compose, held_out_writers, some
from recognizer.datasets.pen_files import find_drawings, find_numbers
from recognizer.datasets.strokes import HELD_OUT, StrokeDataset
from recognizer.drawings.arrays import Points
from recognizer.drawings.rasterize import place
from recognizer.models.number_results import (
    Group,
    Misread,
    NumberResults,
    read_results,
    write_results,
)
from recognizer.models.registry import find_model
from recognizer.training import number_tasks

LENGTHS = range(2, 7)
EACH = 100  # numbers of each length
SHOWN = 12  # misread numbers that are kept of each kind
SIDE = 300  # pixels: the longer side of a misread number as it is kept
Given = Callable[[Composed, np.random.Generator], Drawing]


def as_strokes(number: Composed, rng: np.random.Generator) -> Drawing:
    """As a canvas gives it: rounded to pixels."""
    return Drawing.from_strokes([np.rint(stroke) for stroke in number.strokes], rng.uniform(4, 20))


def as_picture(number: Composed, rng: np.random.Generator) -> Drawing:
    """As a picture of a canvas: black on white, its digits 60 to 160 pixels high."""
    scale, pen = rng.uniform(0.6, 1.6), int(rng.uniform(6, 14))
    return number_tasks.as_picture(number.strokes, scale, pen)[0]


def as_photograph(number: Composed, rng: np.random.Generator, *, ruled: bool) -> Drawing:
    strokes = [stroke / HEIGHT for stroke in number.strokes]
    return Drawing.from_photo(photograph(strokes, any_scene(rng, ruled=ruled), rng))


@dataclass(frozen=True)
class Kind:
    """Composed numbers: how they are given, and the gaps between their digits."""

    name: str
    given: Given
    gaps: tuple[float, float]  # heights of a digit
    each: int = EACH  # numbers of each length


KINDS = (
    Kind("strokes, gaps of 15 to 50%", as_strokes, (0.15, 0.5)),
    Kind("strokes, gaps of 0 to 12%", as_strokes, (0.0, 0.12)),
    Kind("strokes, overlapping by up to 12%", as_strokes, (-0.12, 0.0)),
    Kind("pictures, gaps of 15 to 50%", as_picture, (0.15, 0.5)),
    Kind("pictures, gaps of 0 to 12%", as_picture, (0.0, 0.12)),
    Kind(
        "photographs, plain paper",
        lambda number, rng: as_photograph(number, rng, ruled=False),
        (0.15, 0.5),
        each=40,
    ),
    Kind(
        "photographs, ruled paper",
        lambda number, rng: as_photograph(number, rng, ruled=True),
        (0.15, 0.5),
        each=40,
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", nargs="?", help="default: the active one")
    parser.add_argument("--for", dest="kept_with", metavar="SHIPPED", help="a model's name")
    parser.add_argument("--kept", metavar="SHIPPED", help="only print what is kept with a model")
    args = parser.parse_args()
    if args.kept:
        if kept := read_results(find_model(args.kept).path):
            print(numbers_table(kept.groups))
        return
    recognizer = Recognizer.load(args.model)
    results = measure(recognizer)
    print(numbers_table(results.groups))
    if args.kept_with:
        write_results(find_model(args.kept_with).path, results)


def measure(recognizer: Recognizer) -> NumberResults:
    """Read all numbers, kind by kind."""
    groups: list[Group] = []
    misread: list[Misread] = []
    for name, numbers in all_numbers():
        correct: dict[int, list[bool]] = {}
        wrong = []
        for number, drawing in numbers:
            reading = recognizer.read_number(drawing)
            correct.setdefault(len(number.text), []).append(reading.text == number.text)
            if reading.text != number.text:
                wrong.append(_misread(name, number, reading))
        groups += [
            Group(name, length, len(each), sum(each)) for length, each in sorted(correct.items())
        ]
        misread += wrong[:SHOWN]
    return NumberResults(recognizer.name, tuple(groups), tuple(misread))


def all_numbers() -> Iterator[tuple[str, Iterator[tuple[Composed, Drawing]]]]:
    """Each kind by its name, with its numbers and how they are given; real ones first."""
    real = find_numbers()
    if real is not None:
        yield "real numbers, strokes", _real(real)
        yield "real numbers of held-out writers", _real(real.subset(held_out_writers(real)))
    drawings = find_drawings()
    if drawings is None:
        raise SystemExit("Name a file of drawn digits in PEN_DIGITS (see docs/training.md).")
    digits = drawings.digits.of(HELD_OUT)
    for kind in KINDS:
        yield kind.name, _composed(kind, digits)


def _real(numbers: StrokeDataset) -> Iterator[tuple[Composed, Drawing]]:
    for strokes, label in zip(numbers, numbers.labels, strict=True):
        points: list[Points] = [np.asarray(stroke, dtype=np.float64) for stroke in strokes]
        yield Composed([points], str(label)), Drawing.from_strokes(points)


def _composed(kind: Kind, digits: StrokeDataset) -> Iterator[tuple[Composed, Drawing]]:
    rng = np.random.default_rng(0)
    for length in LENGTHS:
        for number in some(compose(digits, [length], kind.gaps, rng), kind.each):
            yield number, kind.given(number, rng)


def _misread(name: str, number: Composed, reading: NumberReading) -> Misread:
    strokes = [np.rint(each).astype(int).tolist() for each in place(number.strokes, 1.0, SIDE)]
    kept = tuple(tuple((x, y) for x, y in stroke) for stroke in strokes)
    return Misread(name, number.text, reading.text, round(reading.confidence, 4), kept)


if __name__ == "__main__":
    main()
