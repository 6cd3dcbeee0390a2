"""What is written of a drawing: itself, readings, labels and reviews. All in one transaction."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select, update

from recognizer.collection import encoding
from recognizer.collection.duplicates import look_of, thumbnail_of
from recognizer.collection.records import Limits, Origin
from recognizer.collection.tables import (
    NOT_A_DIGIT,
    PENDING,
    drawings,
    labels,
    readings,
    reviews,
)
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import to_mnist
from recognizer.errors import LimitError
from recognizer.models.reading import Reading

AT_ONCE = 500  # keys in one statement
T = TypeVar("T")
CANVAS = "canvas"  # the source of what visitors draw
LEAST = 1e-7  # a probability is taken to be no nearer to 0, as everywhere in this project


def check_limits(connection: Connection, limits: Limits, row: dict[str, Any]) -> None:
    """Raise LimitError where a drawing, as `row_of` gives it, is too large or one too many."""
    if len(row["strokes"] or row["picture"]) > limits.size:
        raise LimitError("This drawing is too large to keep. Draw it with fewer lines.")
    now = time.time()
    lately = drawings.c.time.between(now - 60, now + 60)  # the clock may have been set back
    theirs = drawings.c.contributor == row["contributor"]
    waiting = (drawings.c.source == CANVAS) & (drawings.c.status == PENDING)
    many, soon = "You have kept many drawings within a minute.", "Try again in a minute."
    for most, found, words in (
        (limits.per_minute, lately & theirs, f"{many} {soon}"),
        (limits.of_all_per_minute, lately & waiting, f"Many drawings were just kept. {soon}"),
        (limits.per_contributor, theirs, "You have kept as many drawings as one person may."),
        (limits.of_all, waiting, "Too many drawings wait for a review."),
    ):
        if _count(connection, found) >= most:
            raise LimitError(words)


def _count(connection: Connection, condition: Any) -> int:
    return connection.execute(
        select(func.count()).select_from(drawings).where(condition)
    ).scalar_one()


def row_of(drawing: Drawing, contributor: str, origin: Origin) -> dict[str, Any]:
    """The row of a drawing, all but its id; raises LimitError if it is too large."""
    encoding.check_size(drawing)
    packed, image = encoding.to_bytes(drawing), to_mnist(drawing)
    width, height = origin.canvas or (None, None)
    return {
        "time": time.time(),
        "contributor": contributor,
        "session": origin.session,
        "source": origin.source,
        "strokes": packed if drawing.ink is None else None,
        "picture": None if drawing.ink is None else packed,
        "canvas_width": width,
        "canvas_height": height,
        "pen_width": drawing.pen_width,
        "digest": encoding.digest_of(drawing),
        "look": look_of(image),
        "thumbnail": thumbnail_of(image),
        "consent": origin.consent,
        "status": PENDING,
        "surprise": 0.0,
    }


def add_reading(connection: Connection, id: str, reading: Reading, *, seen: bool) -> None:
    """Add what a model reads in a drawing, unless it is there.

    Args:
        connection: Of the transaction.
        id: Of the drawing.
        reading: Of the model that it names.
        seen: Whether it is what the author of the drawing saw; then it decides the surprise.
    """
    same = (readings.c.drawing_id == id) & (readings.c.weights == reading.weights)
    if connection.execute(select(readings.c.id).where(same)).first():
        return
    values = reading_row(id, reading)
    key = connection.execute(insert(readings).values(values)).inserted_primary_key
    if seen and key:
        _note_first(connection, id, key[0], values["probabilities"])


def _note_first(connection: Connection, id: str, key: int, probabilities: Sequence[float]) -> None:
    """Note the reading that the author of a drawing saw first, and the surprise under it."""
    without = (drawings.c.id == id) & drawings.c.reading_id.is_(None)
    label = connection.execute(select(drawings.c.label).where(without)).scalar()
    now = {"reading_id": key, "surprise": surprise(label, probabilities)}
    connection.execute(update(drawings).where(without).values(now))


def reading_row(id: str, reading: Reading) -> dict[str, Any]:
    """The row of a reading."""
    return {
        "drawing_id": id,
        "time": time.time(),
        "model": reading.model,
        "weights": reading.weights,
        "status": reading.status,
        "digit": reading.digit,
        "confidence": reading.confidence,
        "probabilities": [round(float(each), 7) for each in reading.probabilities],
    }


def add_labels(connection: Connection, ids: Iterable[str], value: int, by: str) -> int:
    """Say what drawings are: 0 to 9 or NOT_A_DIGIT. Return how many had no such label before."""
    changed = 0
    for part in parts(sorted(ids)):
        rows = connection.execute(
            select(drawings.c.id, drawings.c.label, readings.c.digit, readings.c.probabilities)
            .join(readings, readings.c.id == drawings.c.reading_id, isouter=True)
            .where(drawings.c.id.in_(part))
            .order_by(drawings.c.id)  # two that lock the same rows do so in one order
            .with_for_update(of=drawings)
        )
        for row in rows.all():
            if row.label != value:
                kind = "confirmed" if row.digit == value else "corrected"
                _add(connection, labels, row.id, {"value": value, "by": by, "kind": kind})
                now = {"label": value, "surprise": surprise(value, row.probabilities)}
                connection.execute(update(drawings).where(drawings.c.id == row.id).values(now))
                changed += 1
    return changed


def add_reviews(connection: Connection, ids: Iterable[str], status: str, by: str) -> int:
    """Accept or reject drawings; return how many had another status before."""
    changed = 0
    for part in parts(sorted(ids)):
        other = drawings.c.id.in_(part) & (drawings.c.status != status)
        others = select(drawings.c.id).where(other).order_by(drawings.c.id).with_for_update()
        found = connection.execute(others).scalars().all()
        for id in found:
            _add(connection, reviews, id, {"status": status, "by": by})
        connection.execute(update(drawings).where(drawings.c.id.in_(found)).values(status=status))
        changed += len(found)
    return changed


def _add(connection: Connection, table: Any, id: str, values: dict[str, Any]) -> None:
    connection.execute(insert(table).values(drawing_id=id, time=time.time(), **values))


def delete_drawings(connection: Connection, condition: Any) -> int:
    """Delete drawings with all that was said of them; return how many."""
    return connection.execute(delete(drawings).where(condition)).rowcount


def parts(items: Iterable[T]) -> Iterator[list[T]]:
    """Keys or rows, as many at a time as a statement takes."""
    rest = iter(items)
    while part := list(islice(rest, AT_ONCE)):
        yield part


def surprise(label: int | None, probabilities: Sequence[float] | None) -> float:
    """How little a model expected a label, in nats: large if it was wrong and confident.

    Without a label, how unsure it was; 0 without a reading.
    """
    if not probabilities:
        return 0.0
    if label is None:
        expected = max(probabilities)
    elif label == NOT_A_DIGIT:
        expected = 1 - sum(probabilities)
    else:
        expected = probabilities[label]
    return -math.log(float(np.clip(expected, LEAST, 1.0)))
