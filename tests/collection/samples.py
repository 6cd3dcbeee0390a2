"""Drawings, readings and files for the tests of the collection."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from recognizer import Collection, Drawing, Reading
from recognizer.collection.database import reading_from
from tests.stroke_data import HANDS

THREE = Drawing.from_strokes(HANDS[3])
EMPTY = Drawing.from_strokes([])
# In the form of Quick, Draw!
LINE: dict[str, Any] = {"word": "3", "drawing": [[[1, 2, 3], [4, 5, 6]], [[7], [8]]]}


def drawing(number: int = 0) -> Drawing:
    """A drawing of which there is no other with this number."""
    strokes = HANDS[number % len(HANDS)]
    return Drawing.from_strokes([stroke + number / 8 for stroke in strokes])


def picture(number: int = 0) -> Drawing:
    """Some of the same as pictures, dark ink on light paper."""
    paper = np.full((60, 50), 255, np.uint8)
    paper[10:50, 20 + number % 10 : 25 + number % 10] = 30
    return Drawing.from_image(paper)


def reading(digit: int = 3, sure: float = 0.91, weights: str = "a" * 64) -> Reading:
    row = np.full(10, (1 - sure) / 9, dtype=np.float32)
    row[digit] = sure
    image = np.zeros((28, 28), np.uint8)
    return Reading(digit, "digit", sure, row, image, model="a-model", weights=weights)


def rows(collection: Collection, table: Any) -> list[Any]:
    """All rows of a table, the oldest first."""
    with reading_from(collection.engine) as connection:
        return list(connection.execute(select(table).order_by(table.c.time, table.c.id)))


def same(one: Drawing, other: Drawing) -> bool:
    """Whether two drawings are the same to the last bit."""
    strokes = [[stroke.tobytes() for stroke in each.strokes] for each in (one, other)]
    inks = [
        (0, 0) if each.ink is None else (each.ink.shape, each.ink.tobytes())
        for each in (one, other)
    ]
    return strokes[0] == strokes[1] and inks[0] == inks[1] and one.pen_width == other.pen_width


def write(path: Path, *lines: Any) -> Path:
    """Write a file of lines of JSON."""
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path
