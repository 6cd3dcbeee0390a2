"""How well models read the kept drawings: counted, and read where they have not done so yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, func, insert, select, update

from recognizer.collection import encoding
from recognizer.collection.collection import Collection
from recognizer.collection.database import reading_from, writing_to
from recognizer.collection.tables import (
    ACCEPTED,
    NOT_A_DIGIT,
    drawings,
    labels,
    readings,
    reviews,
)
from recognizer.collection.writing import AT_ONCE, reading_row, surprise
from recognizer.models.calibration import interval
from recognizer.models.reading import Reading
from recognizer.models.recognizer import Recognizer

# What models are to read: accepted drawings with a label.
READ = and_(drawings.c.status == ACCEPTED, drawings.c.label.is_not(None))
DIGEST = 16  # characters that a model's folder keeps of a drawing's digest


@dataclass(frozen=True)
class Score:
    """How well a model reads the accepted digits, but for those that it was trained on.

    Attributes:
        correct: How many it reads correctly.
        number: How many it has read.
        unread: How many accepted drawings it has not read, digits or not.
    """

    correct: int
    number: int
    unread: int

    @property
    def share(self) -> float:
        return self.correct / self.number

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share."""
        least, most = interval(self.correct, self.number)
        return float(least), float(most)

    @property
    def words(self) -> str:
        """Such as "93.1% (90.2–95.4%) of 412"."""
        least, most = self.interval
        return f"{self.share:.1%} ({100 * least:.1f}–{most:.1%}) of {self.number:,}"


def version(collection: Collection) -> tuple[Any, ...]:
    """What changes whenever a score may have changed; found in a moment."""
    with reading_from(collection.engine) as connection:
        newest = [
            connection.execute(
                select(table.c.id, table.c.time).order_by(table.c.id.desc()).limit(1)
            ).first()
            for table in (labels, readings, reviews)
        ]
        number = connection.execute(select(func.count()).select_from(drawings)).scalar_one()
    return (number, *(tuple(row) if row else None for row in newest))


def scores(collection: Collection, trained_on: Mapping[str, frozenset[str]]) -> dict[str, Score]:
    """How well models read the accepted digits, by their weights.

    Args:
        collection: Of the drawings.
        trained_on: By the weights of each model, the first 16 characters of the digests of the
            drawings that it was trained on.
    """
    with reading_from(collection.engine) as connection:
        there = connection.execute(select(func.count()).select_from(drawings).where(READ))
        number, counts = there.scalar_one(), _counts(connection, list(trained_on))
        known = {
            weights: _known(connection, weights, digests) if digests else (0, 0)
            for weights, digests in trained_on.items()
        }
    return {
        weights: Score(correct - known[weights][0], digits - known[weights][1], number - read)
        for weights in trained_on
        for correct, digits, read in [counts.get(weights, (0, 0, 0))]
    }


def _counts(connection: Connection, weights: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """How many digits were read correctly, how many digits, and how many drawings, by weights."""
    # First the drawings, without their strokes: SQLite would fetch each anew for every model.
    read = select(drawings.c.id, drawings.c.label).where(READ).cte("read")
    read = read.prefix_with("MATERIALIZED")
    hits = func.sum(case((readings.c.digit == read.c.label, 1), else_=0))
    digits = func.sum(case((read.c.label < NOT_A_DIGIT, 1), else_=0))
    query = (
        select(readings.c.weights, hits, digits, func.count())
        .join_from(readings, read, read.c.id == readings.c.drawing_id)
        .where(readings.c.weights.in_(weights))
        .group_by(readings.c.weights)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in connection.execute(query)}


def _known(connection: Connection, weights: str, digests: frozenset[str]) -> tuple[int, int]:
    """How many digits that a model was trained on it reads correctly, and how many there are."""
    query = (
        select(drawings.c.digest, readings.c.digit == drawings.c.label)
        .join_from(readings, drawings, drawings.c.id == readings.c.drawing_id)
        .where(READ, drawings.c.label < NOT_A_DIGIT, readings.c.weights == weights)
    )
    hits = [bool(hit) for digest, hit in connection.execute(query) if digest[:DIGEST] in digests]
    return sum(hits), len(hits)


def read_missing(collection: Collection, recognizer: Recognizer) -> Iterator[int]:
    """Read the accepted drawings that a model has not read yet.

    Yields:
        How many were read, after each part of them; they are in the database then.
    """
    last = ""
    while rows := _next(collection, recognizer.weights, last):
        found = [encoding.from_bytes(row.strokes, row.picture, row.pen_width) for row in rows]
        read = zip((row.id for row in rows), recognizer.read_many(found), strict=True)
        with writing_to(collection.engine) as connection:
            _add(connection, dict(read))
        last = rows[-1].id
        yield len(rows)


def _next(collection: Collection, weights: str, last: str) -> Sequence[Row[Any]]:
    """The next drawings by their ids that were not read with these weights."""
    same = (readings.c.drawing_id == drawings.c.id) & (readings.c.weights == weights)
    columns = [drawings.c[name] for name in ("id", "strokes", "picture", "pen_width")]
    query = select(*columns).where(READ, drawings.c.id > last)
    query = query.where(~select(readings.c.id).where(same).exists())
    with reading_from(collection.engine) as connection:
        return connection.execute(query.order_by(drawings.c.id).limit(AT_ONCE)).all()


def _add(connection: Connection, read: Mapping[str, Reading]) -> None:
    """Add readings of one model, but for those that are there or whose drawing is gone."""
    weights = next(iter(read.values())).weights
    same = (readings.c.drawing_id == drawings.c.id) & (readings.c.weights == weights)
    there = select(drawings.c.id).where(drawings.c.id.in_(read)).with_for_update(key_share=True)
    missing = there.where(~select(readings.c.id).where(same).exists())
    rows = [reading_row(id, read[id]) for id in connection.execute(missing).scalars()]
    if rows:
        connection.execute(insert(readings), rows)
        _make_first(connection, read, weights)


def _make_first(connection: Connection, read: Mapping[str, Reading], weights: str) -> None:
    """Where nothing was read before, as in imported drawings, these are the first readings."""
    query = select(drawings.c.id, drawings.c.label, readings.c.id.label("reading"))
    query = query.join(readings, readings.c.drawing_id == drawings.c.id)
    query = query.where(readings.c.weights == weights, drawings.c.id.in_(read))
    changes = [
        {
            "key": row.id,
            "first": row.reading,
            "nats": surprise(row.label, read[row.id].probabilities.tolist()),
        }
        for row in connection.execute(query.where(drawings.c.reading_id.is_(None)))
    ]
    if changes:
        change = update(drawings).where(drawings.c.id == bindparam("key"))
        change = change.values(reading_id=bindparam("first"), surprise=bindparam("nats"))
        connection.execute(change, changes)
