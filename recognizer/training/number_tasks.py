"""Numbers to fit the weights of segmentation to: composed ones, real ones, and single digits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recognizer.datasets.numbers import HEIGHT, Composed, compose, some
from recognizer.datasets.strokes import DrawingDataset, StrokeDataset
from recognizer.drawings.arrays import Points
from recognizer.drawings.boxes import union
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.rasterize import paint
from recognizer.models.lattice import Lattice
from recognizer.models.segmentation import Segmentation
from recognizer.training import negatives

LENGTHS = range(2, 6)
NEAR = 0.15  # heights: how near a digit's middle is to where it should be, at least
# Gaps in heights of a digit, and how many numbers are composed with them.
AS_STROKES = (((0.15, 0.6), 150), ((0.0, 0.15), 250), ((-0.14, 0.0), 250))
AS_PICTURES = (((0.15, 0.6), 80), ((0.0, 0.15), 200), ((-0.08, 0.0), 40))
JOINED = ((0.05, 0.3), 150)  # strokes, some of which go on from one digit to the next
JOINED_SHARE = 0.5
SINGLE = 400  # digits by themselves
OTHERS = 300  # letters, signs and scribbles
HEIGHTS, PENS = (40, 160), (0.04, 0.16)  # of digits in pictures: pixels, and parts of the height

Ends = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Task:
    """A drawing, and how to tell its right segmentations from others.

    Attributes:
        drawing: Of a number; or of something else, which no segmentation is right for.
        text: Its text; "" where it is no number.
        middles: Where the middles of its digits are, in pixels; None where that is not known.
    """

    drawing: Drawing
    text: str
    middles: tuple[float, ...] | None = None

    def is_right(self, known: Lattice, found: Segmentation) -> bool:
        """Whether a segmentation reads the text, with its digits where they should be."""
        if known.text(found) != self.text:
            return False
        boxes = [union(known.line.boxes, known.pieces[index]) for index in found.digits]
        at = np.sort([(box[0] + box[2]) / 2 for box in boxes])
        away = 0.0 if self.middles is None else np.abs(at - np.sort(self.middles)).max()
        return bool(away < NEAR * known.line.height)


def stroke_tasks(digits: StrokeDataset, rng: np.random.Generator) -> list[Task]:
    """Composed numbers, and digits by themselves, as strokes."""
    singles = some(compose(digits, [1], (0, 0), rng), SINGLE)
    numbers = [*_composed(digits, AS_STROKES, rng), *singles]
    gaps, count = JOINED
    joined = [_joined(each, rng) for each in some(compose(digits, LENGTHS, gaps, rng), count)]
    return [
        Task(Drawing.from_strokes(strokes), each.text, _middles(each))
        for each, strokes in [*((each, each.strokes) for each in numbers), *joined]
    ]


def picture_tasks(digits: StrokeDataset, rng: np.random.Generator) -> list[Task]:
    """Composed numbers, and digits by themselves, as pictures of all sizes and pens."""
    singles = some(compose(digits, [1], (0, 0), rng), SINGLE // 2)
    return [_as_picture(each, rng) for each in (*_composed(digits, AS_PICTURES, rng), *singles)]


def real_tasks(numbers: StrokeDataset) -> list[Task]:
    """Numbers as they were written."""
    drawings = (Drawing.from_strokes(strokes) for strokes in numbers)
    return [Task(each, str(text)) for each, text in zip(drawings, numbers.labels, strict=True)]


def other_tasks(drawings: DrawingDataset, rng: np.random.Generator) -> list[Task]:
    """Drawings that are no numbers, as strokes."""
    real = list(drawings.non_digits)[:OTHERS]
    made = [negatives.GENERATORS[i % len(negatives.GENERATORS)](rng) for i in range(OTHERS)]
    crossed = [negatives.crossed_out(each, rng) for each in list(drawings.digits)[: OTHERS // 3]]
    drawn = [Drawing.from_strokes(strokes) for strokes in real]
    for strokes in (*made, *crossed):
        drawn.append(Drawing.from_strokes([stroke * HEIGHT for stroke in strokes]))
    return [Task(each, "") for each in drawn]


def as_picture(strokes: Sequence[Points], scale: float, pen: int) -> tuple[Drawing, Points]:
    """Strokes as a picture, black on white; and what was added to their scaled points."""
    low, high = (edge(np.concatenate(strokes), axis=0) * scale for edge in (np.min, np.max))
    moved = pen + 10 - low
    width, height = np.ceil(high + moved).astype(int) + pen + 10
    lines = [stroke * scale + moved for stroke in strokes]
    return Drawing.from_image(paint(lines, pen, int(height), int(width))), moved


def _as_picture(number: Composed, rng: np.random.Generator) -> Task:
    scale, share = rng.uniform(*HEIGHTS) / HEIGHT, rng.uniform(*PENS)
    pen = max(round(share * scale * HEIGHT), 1)
    drawing, moved = as_picture(number.strokes, scale, pen)
    middles = tuple(each * scale + float(moved[0]) for each in _middles(number))
    return Task(drawing, number.text, middles)


def _composed(
    digits: StrokeDataset, kinds: Sequence[tuple[Ends, int]], rng: np.random.Generator
) -> Iterator[Composed]:
    for gaps, count in kinds:
        yield from some(compose(digits, LENGTHS, gaps, rng), count)


def _joined(number: Composed, rng: np.random.Generator) -> tuple[Composed, list[Points]]:
    """The strokes of a number; some digits are begun without lifting the pen."""
    digits = [list(strokes) for strokes in number.digits]
    strokes = digits[0]
    for digit in digits[1:]:
        to_the_right = digit[0][0, 0] > strokes[-1][-1, 0] - 0.2 * HEIGHT
        if to_the_right and rng.random() < JOINED_SHARE:
            strokes[-1] = np.concatenate([strokes[-1], digit.pop(0)])
        strokes += digit
    return number, strokes


def _middles(number: Composed) -> tuple[float, ...]:
    """The middle of each digit's box, sideways."""
    return tuple((left + right) / 2 for left, right in number.ends)
