"""Drawings of people, as lessons for the shipped model."""

import numpy as np

from recognizer.collection.records import KeptDrawing
from recognizer.datasets.strokes import StrokeDataset
from recognizer.drawings.drawing import Drawing


def drawn(digits: StrokeDataset, label: int, flip: int, held_out: int) -> list[KeptDrawing]:
    """All of the drawings, mirrored where `flip` is -1, and labeled so; the first held out."""
    return [
        KeptDrawing(
            f"{number:032x}",
            Drawing.from_strokes([stroke * [flip, 1] for stroke in strokes]),
            label,
            "one",
            f"{label:032x}{number:032x}",
            number < held_out,
        )
        for number, strokes in enumerate(digits)
    ]


def some(digits: StrokeDataset, institution: str, label: int, count: int) -> StrokeDataset:
    of_label = (digits.institutions == institution) & (digits.labels == label)
    return digits.subset(of_label & (np.cumsum(of_label) <= count))
