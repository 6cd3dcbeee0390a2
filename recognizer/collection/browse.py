"""What a page of kept drawings shows: those that pass filters, counts, and what was said of one.

Everything is asked for in a scope. So nobody is shown what they may not see, whatever they ask for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, Select, false, select, true
from sqlalchemy.sql.functions import count

from recognizer.collection import duplicates, encoding
from recognizer.collection.collection import Collection, to_label
from recognizer.collection.database import reading_from
from recognizer.collection.records import KeptDrawing
from recognizer.collection.tables import (
    NOT_A_DIGIT,
    REJECTED,
    drawings,
    labels,
    readings,
    reviews,
)
from recognizer.drawings.drawing import Drawing

SURE = 0.95  # confidence from which on a label that contradicts it is worth a look
SURPRISING, NEWEST, OLDEST = "surprising", "newest", "oldest"  # orders
ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    SURPRISING: (drawings.c.surprise.desc(), drawings.c.time.desc(), drawings.c.id.desc()),
    NEWEST: (drawings.c.time.desc(), drawings.c.id.desc()),
    OLDEST: (drawings.c.time, drawings.c.id),
}
LOOKS = 10_000  # in one statement
CONTRIBUTORS = 100  # that are listed, those with the most drawings


@dataclass(frozen=True)
class Scope:
    """Whose drawings somebody may see: everybody's, or those of one contributor, or nobody's."""

    everything: bool = False
    contributor: str | None = None

    @property
    def condition(self) -> ColumnElement[bool]:
        if self.everything:
            return true()
        if self.contributor is None:
            return false()
        return drawings.c.contributor == self.contributor


@dataclass(frozen=True)
class Filters:
    """Which drawings are meant; None or False: any.

    Attributes:
        label: As the database has it: 0 to 9, or NOT_A_DIGIT.
        unlabeled: Only those without a label.
        reading: The digit that was read when it was drawn.
        wrong: Only those whose label contradicts the reading.
        unsure: Only those that the model was not sure of.
        reader: The model that read it when it was drawn.
        contributor: Who drew it.
        since: In seconds since 1970.
        status: Of the review.
    """

    label: int | None = None
    unlabeled: bool = False
    reading: int | None = None
    wrong: bool = False
    unsure: bool = False
    reader: str | None = None
    contributor: str | None = None
    since: float | None = None
    status: str | None = None

    @property
    def of_reading(self) -> list[ColumnElement[bool]]:
        """What they ask of the reading."""
        of, found = readings.c, list[ColumnElement[bool]]()
        if self.reading is not None:
            found.append(of.digit == self.reading)
        if self.wrong:
            no_digit = drawings.c.label == NOT_A_DIGIT
            found.append((of.digit != drawings.c.label) & (~no_digit | (of.status == "digit")))
        if self.unsure:
            found.append(of.status == "unsure")
        if self.reader is not None:
            found.append(of.model == self.reader)
        return found

    @property
    def of_drawing(self) -> list[ColumnElement[bool]]:
        """What they ask of the drawing itself."""
        of = drawings.c
        found = [
            column == value
            for column, value in (
                (of.label, self.label),
                (of.contributor, self.contributor),
                (of.status, self.status),
            )
            if value is not None
        ]
        if self.unlabeled:
            found.append(of.label.is_(None))
        if self.since is not None:
            found.append(of.time >= self.since)
        return found


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
        return connection.execute(_filtered(select(count()), scope, filters)).scalar_one()


def find(
    collection: Collection, scope: Scope, filters: Filters, order: str, start: int, most: int
) -> list[Shown]:
    """Of the drawings that pass the filters, so many from one on, in an order."""
    chosen = _filtered(select(drawings.c.id), scope, filters).order_by(*ORDERS[order])
    with reading_from(collection.engine) as connection:
        ids = connection.execute(chosen.offset(start).limit(most)).scalars().all()
        return _shown(connection, scope, ids)


def find_one(collection: Collection, scope: Scope, id: str) -> Shown | None:
    """One drawing; None if there is none that somebody in this scope may see."""
    with reading_from(collection.engine) as connection:
        return next(iter(_shown(connection, scope, [id])), None)


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
    columns = [drawings, readings.c.digit.label("read")]
    query = _filtered(select(*columns), Scope(contributor=contributor), Filters(), joined=True)
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


def _filtered(
    query: Select[Any], scope: Scope, filters: Filters, *, joined: bool = False
) -> Select[Any]:
    """A query of drawings, of those alone that pass the filters; with their readings if needed."""
    of_reading = filters.of_reading
    query = query.select_from(drawings)
    if of_reading or joined:
        first = readings.c.id == drawings.c.reading_id
        query = query.join(readings, first, isouter=not of_reading)
    return query.where(scope.condition, *filters.of_drawing, *of_reading)


def _shown(connection: Connection, scope: Scope, ids: Iterable[str]) -> list[Shown]:
    """Drawings by their ids, in this order, but for those that are not in the scope."""
    wanted = list(ids)
    columns = [drawings, readings.c.digit, readings.c.confidence]
    query = _filtered(select(*columns), scope, Filters(), joined=True)
    found = connection.execute(query.where(drawings.c.id.in_(wanted))).all()
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
        for row in (rows[id] for id in wanted if id in rows)
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
    connection: Connection, scope: Scope, rows: Iterable[Row[Any]]
) -> dict[str, tuple[str, ...]]:
    """The near-duplicates of drawings, by their ids."""
    kept = scope.condition & (drawings.c.status != REJECTED)
    looks = np.fromiter(
        connection.execute(select(drawings.c.look).where(kept)).scalars(), dtype=np.int64
    )
    near = {row.id: set(looks[duplicates.near(row.look, looks)].tolist()) for row in rows}
    several = list(set[int]().union(*near.values()))
    query = select(drawings.c.look, drawings.c.id, drawings.c.thumbnail)
    by_look = defaultdict[int, list[Row[Any]]](list)
    for start in range(0, len(several), LOOKS):
        part = drawings.c.look.in_(several[start : start + LOOKS])
        for row in connection.execute(query.where(kept, part)):
            by_look[row.look].append(row)
    found = {}
    for row in rows:
        others = [each for look in near[row.id] for each in by_look[look] if each.id != row.id]
        same = duplicates.alike(row.thumbnail, [each.thumbnail for each in others])
        found[row.id] = tuple(each.id for each, yes in zip(others, same, strict=True) if yes)
    return found
