"""What a page of kept drawings shows: those that pass filters, counts, and what was said of one.

All of it is asked for in a scope (filters.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, String, cast, func, select
from sqlalchemy.sql.functions import count

from recognizer.collection import duplicates, encoding
from recognizer.collection.collection import Collection
from recognizer.collection.database import reading_from
from recognizer.collection.filters import OLDEST, ORDERS, Filters, Scope, filtered
from recognizer.collection.records import KeptDrawing
from recognizer.collection.tables import (
    REJECTED,
    drawings,
    labels,
    readings,
    reviews,
    to_label,
)
from recognizer.drawings.drawing import Drawing

SURE = 0.95  # confidence from which on a label that contradicts it is worth a look
LOOKS = 10_000  # in one statement
CONTRIBUTORS = 100  # that are listed, those with the most drawings


@dataclass(frozen=True, eq=False)
class Shown:
    """A kept drawing with what a page says of it.

    Attributes:
        label: 0 to 9, NOT_A_DIGIT, or None: nobody has said.
        digit: The digit that was read when it was drawn; None if none was.
        confidence: Of that reading, 0 to 1; None without one.
        doubtful: Whether a model that was sure of another digit contradicts the label.
        alike: The ids of near-duplicates, but for rejected ones.
    """

    id: str
    drawing: Drawing = field(repr=False)
    label: int | None
    status: str
    time: float
    contributor: str
    digit: int | None
    confidence: float | None
    doubtful: bool
    alike: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """Something that was said of a drawing, or read in it.

    Attributes:
        kind: "labeled", "read" or "reviewed".
        value: The label as the database has it, the digit that was read, or the status.
        by: Who said it, or the model.
        confidence: Of a reading.
    """

    time: float
    kind: str
    value: int | str | None
    by: str
    confidence: float | None = None


def count_by_label(collection: Collection, scope: Scope) -> Counter[tuple[int | None, str]]:
    """How many drawings there are of each label and status."""
    columns = drawings.c.label, drawings.c.status
    query = select(*columns, count()).where(scope.condition).group_by(*columns)
    with reading_from(collection.engine) as connection:
        return Counter({(row[0], row[1]): row[2] for row in connection.execute(query)})


def count_of(collection: Collection, scope: Scope, filters: Filters) -> int:
    """How many drawings pass the filters."""
    with reading_from(collection.engine) as connection:
        return connection.execute(filtered(select(count()), scope, filters)).scalar_one()


def find(
    collection: Collection, scope: Scope, filters: Filters, start: int, most: int
) -> list[Shown]:
    """Of the drawings that pass the filters, so many from one on, in their order."""
    chosen = filtered(select(drawings.c.id), scope, filters).order_by(*ORDERS[filters.order])
    with reading_from(collection.engine) as connection:
        ids = connection.execute(chosen.offset(start).limit(most)).scalars().all()
        return _shown(connection, scope, ids)


def find_by_id(collection: Collection, scope: Scope, ids: Sequence[str]) -> list[Shown]:
    """Drawings by their ids; not those that are missing, or that may not be seen."""
    with reading_from(collection.engine) as connection:
        return _shown(connection, scope, ids)


def events(collection: Collection, scope: Scope, id: str) -> list[Event]:
    """What was said of a drawing and read in it, in this order; nothing outside the scope."""
    with reading_from(collection.engine) as connection:

        def rows(table: Any) -> Any:
            query = select(table).join(drawings, drawings.c.id == table.c.drawing_id)
            return connection.execute(query.where(drawings.c.id == id, scope.condition))

        found = [Event(row.time, "labeled", row.value, row.by) for row in rows(labels)]
        found += [Event(row.time, "reviewed", row.status, row.by) for row in rows(reviews)]
        found += [
            Event(row.time, "read", row.digit, row.model, row.confidence) for row in rows(readings)
        ]
    return sorted(found, key=lambda event: event.time)


def readers(collection: Collection) -> list[str]:
    """The models that have read drawings, by name."""
    names, last = set[str](), ""
    columns = readings.c.weights, readings.c.model
    with reading_from(collection.engine) as connection:
        # One after the other through the index: far fewer models than readings.
        while row := connection.execute(
            select(*columns).where(readings.c.weights > last).order_by(columns[0]).limit(1)
        ).first():
            last = row.weights
            names.add(row.model)
    return sorted(names)


def contributors(collection: Collection) -> dict[str, int]:
    """Who has kept the most drawings, and how many."""
    number = count().label("number")
    query = select(drawings.c.contributor, number).group_by(drawings.c.contributor)
    with reading_from(collection.engine) as connection:
        rows = connection.execute(query.order_by(number.desc()).limit(CONTRIBUTORS))
        return {row.contributor: row.number for row in rows}


def own(collection: Collection, contributor: str) -> list[KeptDrawing]:
    """All labeled drawings of a contributor, to be exported, the oldest first."""
    query = filtered(
        select(drawings, readings.c.digit.label("read")),
        Scope(contributor=contributor),
        Filters(),
        joined=True,
    )
    with reading_from(collection.engine) as connection:
        rows = connection.execute(
            query.where(drawings.c.label.is_not(None)).order_by(*ORDERS[OLDEST])
        )
        return [
            KeptDrawing(
                id=row.id,
                drawing=_drawing(row),
                label=to_label(row.label),
                contributor=row.contributor,
                digest=row.digest,
                time=row.time,
                read_as=row.read,
            )
            for row in rows
        ]


def _shown(connection: Connection, scope: Scope, ids: Sequence[str]) -> list[Shown]:
    """Drawings by their ids, in this order, but for those that are not in the scope."""
    columns = readings.c.digit, readings.c.confidence
    query = filtered(select(drawings, *columns), scope, Filters(), joined=True)
    found = connection.execute(query.where(drawings.c.id.in_(ids))).all()
    rows = {row.id: row for row in found}
    doubtful, alike = _doubtful(connection, list(rows)), _alike(connection, scope, found)
    return [
        Shown(
            id=row.id,
            drawing=_drawing(row),
            label=row.label,
            status=row.status,
            time=row.time,
            contributor=row.contributor,
            digit=row.digit,
            confidence=row.confidence,
            doubtful=row.id in doubtful,
            alike=alike[row.id],
        )
        for row in (rows[id] for id in ids if id in rows)
    ]


def _drawing(row: Row[Any]) -> Drawing:
    return encoding.from_bytes(row.strokes, row.picture, row.pen_width)


def _doubtful(connection: Connection, ids: list[str]) -> set[str]:
    """The drawings whose label contradicts a model that was sure."""
    query = (
        select(drawings.c.id)
        .join(readings, readings.c.drawing_id == drawings.c.id)
        .where(drawings.c.id.in_(ids), readings.c.digit != drawings.c.label)
        .where(readings.c.status == "digit", readings.c.confidence >= SURE)
    )
    return set(connection.execute(query).scalars())


def _alike(
    connection: Connection, scope: Scope, rows: Sequence[Row[Any]]
) -> dict[str, tuple[str, ...]]:
    """The near-duplicates of drawings, by their ids."""
    if not rows:
        return {}
    kept = scope.condition & (drawings.c.status != REJECTED)
    # As one text: fifty thousand rows would take three times as long.
    joined = func.aggregate_strings(cast(drawings.c.look, String), ",")
    text = connection.execute(select(joined).where(kept)).scalar_one() or ""
    looks = np.fromstring(text, dtype=np.int64, sep=",")
    near = {row.id: set(looks[duplicates.near(row.look, looks)].tolist()) for row in rows}
    with_look = _by_look(connection, kept, list(set[int]().union(*near.values())))
    found = {}
    for row in rows:
        others = [each for look in near[row.id] for each in with_look[look] if each.id != row.id]
        same = duplicates.alike(row.thumbnail, [each.thumbnail for each in others])
        found[row.id] = tuple(each.id for each, yes in zip(others, same, strict=True) if yes)
    return found


def _by_look(
    connection: Connection, kept: ColumnElement[bool], looks: Sequence[int]
) -> Mapping[int, list[Any]]:
    """The ids and thumbnails of drawings with these looks, by look."""
    query = select(drawings.c.look, drawings.c.id, drawings.c.thumbnail).where(kept)
    found = defaultdict[int, list[Any]](list)
    for start in range(0, len(looks), LOOKS):
        part = drawings.c.look.in_(looks[start : start + LOOKS])
        for row in connection.execute(query.where(part)):
            found[row.look].append(row)
    return found
