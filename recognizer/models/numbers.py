"""Reading numbers: the parts of a drawing that could be digits are read, the best ones taken.

All candidates are read in one call of the network. Only where a part is unusually wide, or the
best segmentation leaves doubts about it, it is cut, and what that adds is read in a second one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES, SIDE
from recognizer.drawings import candidates
from recognizer.drawings.boxes import Pieces, line_height, members, union
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.parts import Parts, parts_of
from recognizer.drawings.preprocessing import Prepared
from recognizer.models.calibration import LOWEST_THRESHOLD
from recognizer.models.reading import Box, NumberReading, Reading
from recognizer.models.segment_features import Line
from recognizer.models.segmentation import Segmentation, segmentations, weights

WIDE = 1.15  # heights: a part that is wider may be two digits
DOUBTFUL, BROAD = 0.8, 0.5  # a part of less confidence may be, too, if it is so many heights wide
TEXTS = 6  # the likeliest ones that are told apart
SECOND_BEST = 3  # digits of each candidate that texts are made of


class DigitReader(Protocol):
    """What is needed of a recognizer."""

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]: ...

    def reading(self, probabilities: NDArray[np.float32], prepared: Prepared) -> Reading: ...


@dataclass(frozen=True, eq=False)
class Lattice:
    """The candidates of a drawing, what is read in each, and the best segmentations.

    Attributes:
        line: The parts and where they are.
        parts: The same, as drawings.
        pieces: Of each candidate.
        prepared: Each candidate in MNIST's format.
        probabilities: Of each candidate, (n, 10).
        best: Segmentations, the best one first.
    """

    line: Line
    parts: Parts
    pieces: list[Pieces]
    prepared: list[Prepared]
    probabilities: NDArray[np.float32]
    best: list[Segmentation]


def read_number(drawing: Drawing, reader: DigitReader) -> NumberReading:
    """Read a drawing of one number."""
    parts = parts_of(drawing)
    if not len(parts.boxes):
        return NumberReading("", "blank", 0.0)
    return _reading(lattice(parts, reader), reader)


def lattice(parts: Parts, reader: DigitReader, *, cut_all: bool = False) -> Lattice:
    """Read all candidates and find the best segmentations of them.

    `cut_all` cuts all parts that may be cut at all, as fitting the weights needs it.
    """
    line = Line(parts.boxes, 0, line_height(parts.boxes))
    nothing = Lattice(line, parts, [], [], np.zeros((0, CLASSES), np.float32), [])
    first = _extended(nothing, candidates.whole(line.boxes, line.height), reader)
    wide = _to_cut(first, 1.0 if cut_all else DOUBTFUL)
    return _with_cuts(first, wide, reader) if wide else first


def _extended(known: Lattice, more: Sequence[Pieces], reader: DigitReader) -> Lattice:
    """Read more candidates."""
    prepared = [known.parts.prepared(pieces) for pieces in more]
    images = np.array([each.image for each in prepared], dtype=np.uint8).reshape(-1, SIDE, SIDE)
    probabilities = np.concatenate([known.probabilities, reader.probabilities(images)])
    pieces = [*known.pieces, *more]
    *each, sharing = weights(known.parts.kind)
    scores = known.line.features(pieces, probabilities) @ np.array(each)
    return replace(
        known,
        pieces=pieces,
        prepared=[*known.prepared, *prepared],
        probabilities=probabilities,
        best=segmentations(pieces, scores, known.line, sharing),
    )


def _to_cut(known: Lattice, doubtful_below: float) -> list[int]:
    """The parts that may be two digits: the wide ones, and those that are read with doubts."""
    widths = (known.line.boxes[:, 2] - known.line.boxes[:, 0]) / known.line.height
    doubtful = {
        part
        for candidate in known.best[0].digits
        if known.probabilities[candidate].max() < doubtful_below
        for part in members(known.pieces[candidate])
    }
    return [
        part
        for part, width in enumerate(widths)
        if width > WIDE or (width > BROAD and part in doubtful)
    ]


def _with_cuts(known: Lattice, wide: Sequence[int], reader: DigitReader) -> Lattice:
    """Cut some parts, and read what that adds."""
    parts, became = known.parts.cut(wide, known.line.height)
    joints = sum(run & run >> 1 for run in became)
    line = Line(parts.boxes, joints, known.line.height)
    pieces = [sum(became[part] for part in members(each)) for each in known.pieces]
    found = [
        each for part in wide for each in candidates.cut_off(became[part], line.boxes, line.height)
    ]
    more = [each for each in dict.fromkeys(found) if each not in set(pieces)]
    return _extended(replace(known, line=line, parts=parts, pieces=pieces), more, reader)


def _reading(known: Lattice, reader: DigitReader) -> NumberReading:
    """What a lattice says."""
    texts = _texts(known)
    chosen = max(known.best, key=lambda each: texts[text_of(known, each)])
    readings = {
        index: reader.reading(known.probabilities[index], known.prepared[index])
        for index in _in_order(known, chosen)
    }
    digits = [index for index, reading in readings.items() if reading.digit is not None]
    if not digits:
        return NumberReading("", "blank", 0.0)
    found = [replace(readings[index], box=_box(known, known.pieces[index])) for index in digits]
    text = "".join(str(each.digit) for each in found)
    confidence = min(texts[text_of(known, chosen)], 1.0)
    sure = confidence >= LOWEST_THRESHOLD and all(each.status == "digit" for each in found)
    del texts[text_of(known, chosen)]
    return NumberReading(
        text,
        "number" if sure else "unsure",
        confidence,
        tuple(found),
        tuple(known.parts.drawing(known.pieces[index]) for index in digits),
        tuple(texts.most_common(TEXTS - 1)),
        found[0].model,
        found[0].weights,
    )


def _texts(known: Lattice) -> Counter[str]:
    """The probabilities of texts, over all segmentations that were found."""
    scores = np.array([each.score for each in known.best])
    shares = np.exp(scores - scores.max())
    texts: Counter[str] = Counter()
    for segmentation, share in zip(known.best, shares / shares.sum(), strict=True):
        likeliest = [("", float(share))]
        for index in _in_order(known, segmentation):
            likeliest = _continued(likeliest, known.probabilities[index])
        for text, probability in likeliest:
            texts[text] += probability  # type: ignore[assignment]  # a Counter of shares
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


def _in_order(known: Lattice, segmentation: Segmentation) -> list[int]:
    """The candidates of a segmentation from left to right."""

    def middle(index: int) -> float:
        left, _, right, _ = union(known.line.boxes, known.pieces[index])
        return float(left + right)

    return sorted(segmentation.digits, key=middle)


def text_of(known: Lattice, segmentation: Segmentation) -> str:
    """What a segmentation reads, with the likeliest digit of each candidate."""
    return "".join(str(known.probabilities[i].argmax()) for i in _in_order(known, segmentation))


def _box(known: Lattice, pieces: Pieces) -> Box:
    """Where a candidate's ink is."""
    left, top, right, bottom = union(known.line.boxes, pieces).tolist()
    edge = known.parts.edge
    return left - edge, top - edge, right - left + 2 * edge, bottom - top + 2 * edge
