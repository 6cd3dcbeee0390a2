"""Reads handwritten digits: drawings in, readings out.

from recognizer import Drawing, Recognizer

reading = Recognizer.load().read(Drawing.from_strokes([[[10, 10], [10, 90]]]))
print(reading.digit, reading.confidence)
"""

from recognizer.drawings.drawing import Drawing
from recognizer.models.recognizer import Reading, Recognizer

__all__ = ["Drawing", "Reading", "Recognizer"]
