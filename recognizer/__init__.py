"""Reads handwritten digits: drawings in, readings out.

from recognizer import Drawing, Recognizer

reading = Recognizer.load().read(Drawing.from_strokes([[[10, 10], [10, 90]]]))
print(reading.digit, reading.confidence)
"""

from typing import TYPE_CHECKING

from recognizer.drawings.drawing import Drawing
from recognizer.models.reading import NumberReading, Reading
from recognizer.models.recognizer import Recognizer

if TYPE_CHECKING:
    from recognizer.collection.collection import Collection

__all__ = ["Collection", "Drawing", "NumberReading", "Reading", "Recognizer"]


def __getattr__(name: str) -> object:
    """Import the collection when it is asked for: reading needs no database."""
    if name != "Collection":
        raise AttributeError(name)
    from recognizer.collection.collection import Collection

    return Collection
