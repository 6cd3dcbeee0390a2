"""Reading numbers: the likeliest text over the best segmentations of a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.boxes import Box, union
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.lines import Region, regions
from recognizer.drawings.parts import Parts, parts_of
from recognizer.models.calibration import LOWEST_THRESHOLD
from recognizer.models.lattice import BUDGET, DigitReader, Lattice, lattice
from recognizer.models.reading import NumberReading, Reading
from recognizer.models.segmentation import Segmentation
from recognizer.models.text_confidence import text_confidence

MOST = 300  # parts: a drawing of more has no numbers, and is read as one digit
TEXTS = 6  # the likeliest ones that are told apart
SECOND_BEST = 3  # digits of each candidate that texts are made of
BLANK = NumberReading("", "blank", 0.0)


def read_number(drawing: Drawing, reader: DigitReader) -> NumberReading:
    """Read a drawing as one number, whose digits may be on several lines."""
    return _joined([number for line in read_lines(drawing, reader) for number in line])


def read_lines(drawing: Drawing, reader: DigitReader) -> list[list[NumberReading]]:
    """Read the numbers of a drawing: line by line, each from left to right."""
    if drawing.shows_one_digit:
        return _one_digit(drawing, reader.read(drawing))
    lines = [[(each, parts_of(each.drawing)) for each in line] for line in regions(drawing)]
    count = sum(len(parts.boxes) for line in lines for _, parts in line)
    if count > MOST:
        lines = [[(Region(drawing), parts_of(drawing, 1))]]
    each_part = BUDGET / max(count, 1)
    readings = [[_read(*each, reader, each_part) for each in line] for line in lines]
    return [found for line in readings if (found := [each for each in line if each.text])]


def _one_digit(drawing: Drawing, reading: Reading) -> list[list[NumberReading]]:
    """The reading of a picture of one digit, whose box is the picture."""
    if drawing.ink is None or reading.digit is None:
        return []
    height, width = (side * drawing.scale for side in drawing.ink.shape)
    digit = replace(reading, box=(0.0, 0.0, width, height))
    order = np.argsort(-reading.probabilities, kind="stable")[1:TEXTS].tolist()
    others = [(str(each), float(reading.probabilities[each])) for each in order]
    return [[_made([digit], [drawing], reading.confidence, others)]]


def _read(region: Region, parts: Parts, reader: DigitReader, each_part: float) -> NumberReading:
    """Read a region of a drawing, which has ink; `each_part` is the budget for each of its parts.

    See `lattice`.
    """
    known = lattice(parts, reader, budget=each_part * len(parts.boxes))
    texts = _texts(known)
    chosen, share = _best(known, texts)
    order = known.in_order(chosen)
    readings = [reader.reading(known.probabilities[i], known.prepared[i]) for i in order]
    digits = [
        (replace(reading, box=_box(known, index, region)), known.parts.drawing(known.pieces[index]))
        for index, reading in zip(order, readings, strict=True)
        if reading.digit is not None
    ]
    if not digits:
        return BLANK
    del texts[known.text(chosen)]
    if len(digits) > 1:
        confidence = text_confidence(known, chosen, share)
    else:
        confidence = min(share, digits[0][0].confidence)
    others = sorted(texts.items(), key=lambda each: -each[1])[: TEXTS - 1]
    alternatives = [(text, each * _scale(share, confidence)) for text, each in others]
    return _made(
        [each for each, _ in digits], [each for _, each in digits], confidence, alternatives
    )


def _scale(share: float, confidence: float) -> float:
    """What the probabilities of other texts are multiplied by: all of them are at most 1."""
    return min(confidence / max(share, 1e-9), (1 - confidence) / max(1 - share, 1e-9))


def _made(
    digits: Sequence[Reading],
    drawings: Sequence[Drawing],
    confidence: float,
    alternatives: Sequence[tuple[str, float]],
) -> NumberReading:
    sure = confidence >= LOWEST_THRESHOLD and all(each.status == "digit" for each in digits)
    return NumberReading(
        "".join(str(each.digit) for each in digits),
        "number" if sure else "unsure",
        confidence,
        tuple(digits),
        tuple(drawings),
        tuple(alternatives),
        digits[0].model,
        digits[0].weights,
    )


def _joined(numbers: Sequence[NumberReading]) -> NumberReading:
    """Several numbers as one."""
    if len(numbers) <= 1:
        return numbers[0] if numbers else BLANK
    confidence = prod(each.confidence for each in numbers)
    others = [
        (
            "".join([*(n.text for n in numbers[:at]), text, *(n.text for n in numbers[at + 1 :])]),
            confidence / max(each.confidence, 1e-9) * share,
        )
        for at, each in enumerate(numbers)
        for text, share in each.alternatives
    ]
    return _made(
        [digit for each in numbers for digit in each.digits],
        [drawing for each in numbers for drawing in each.drawings],
        confidence,
        sorted(others, key=lambda each: -each[1])[: TEXTS - 1],
    )


def likeliest(known: Lattice) -> tuple[Segmentation, float]:
    """The segmentation with the likeliest text, and the probability of that text."""
    return _best(known, _texts(known))


def _best(known: Lattice, texts: Mapping[str, float]) -> tuple[Segmentation, float]:
    chosen = max(known.best, key=lambda each: texts[known.text(each)])
    return chosen, min(texts[known.text(chosen)], 1.0)


def _texts(known: Lattice) -> dict[str, float]:
    """The probabilities of texts, over all segmentations that were found."""
    scores = np.array([each.score for each in known.best])
    shares = np.exp(scores - scores.max())
    texts: dict[str, float] = {}
    for segmentation, share in zip(known.best, shares / shares.sum(), strict=True):
        likeliest = [("", float(share))]
        for index in known.in_order(segmentation):
            likeliest = _continued(likeliest, known.probabilities[index])
        for text, probability in likeliest:
            texts[text] = texts.get(text, 0.0) + probability
    return texts


def _continued(
    texts: list[tuple[str, float]], probabilities: NDArray[np.float32]
) -> list[tuple[str, float]]:
    """The likeliest texts with one more digit."""
    digits = np.argsort(-probabilities, kind="stable")[:SECOND_BEST].tolist()
    more = [
        (f"{text}{digit}", share * float(probabilities[digit]))
        for text, share in texts
        for digit in digits
    ]
    return sorted(more, key=lambda each: -each[1])[:TEXTS]


def _box(known: Lattice, index: int, region: Region) -> Box:
    """Where a candidate's ink is in the drawing."""
    left, top, right, bottom = union(known.line.boxes, known.pieces[index]).tolist()
    edge = known.parts.edge
    x, y, width, height = left - edge, top - edge, right - left + 2 * edge, bottom - top + 2 * edge
    scale = region.drawing.scale
    return (x + region.x) * scale, (y + region.y) * scale, width * scale, height * scale
