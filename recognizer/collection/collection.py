"""Collection: the drawings that visitors let the app keep, with what was said of them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from recognizer.collection import encoding, files
from recognizer.collection.database import open_database, reading_from, writing_to
from recognizer.collection.files import Exported, Imported
from recognizer.collection.records import KeptDrawing, Limits, Origin
from recognizer.collection.split import Placed, assign
from recognizer.collection.tables import (
    ACCEPTED,
    HELD_OUT,
    PENDING,
    STATUSES,
    drawings,
    readings,
    to_label,
    to_value,
)
from recognizer.collection.writing import (
    add_labels,
    add_reading,
    add_reviews,
    check_limits,
    delete_drawings,
    parts,
    row_of,
)
from recognizer.drawings.drawing import Drawing
from recognizer.errors import CollectionError
from recognizer.models.reading import Reading

T = TypeVar("T")
FROM_PROGRAM, FROM_FILE = Origin(), Origin("import", consent="import")
NAME_LENGTH = 64  # characters of a contributor's name at most
_NAME = re.compile(f"[^\0\ud800-\udfff]{{1,{NAME_LENGTH}}}")  # the others cannot be stored
_ID = re.compile("[0-9a-f]{32}")


class Collection:
    """Kept drawings in a database. Any number of threads and processes may use it at once.

    When a method returns, all that it does is in the database; when it raises, nothing is. Every
    method raises CollectionError where the database cannot be used.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str | None = None) -> Collection:
        """Open a collection; a new one is made where there is none.

        Args:
            url: Of SQLAlchemy, for SQLite or PostgreSQL; by default the configured one.

        Raises:
            CollectionError: It cannot be opened; the message says why.
        """
        return cls(open_database(url))

    def add(  # noqa: PLR0913 - all but two by keyword
        self,
        drawing: Drawing,
        label: int | None,
        *,
        contributor: str,
        reading: Reading | None = None,
        accepted: bool = False,
        origin: Origin = FROM_PROGRAM,
        limits: Limits | None = None,
        id: str | None = None,
    ) -> str:
        """Keep a drawing with its label, and return its id.

        Args:
            drawing: Strokes or a picture.
            label: 0 to 9, or None for "not a digit".
            contributor: Who drew it: a pseudonym of up to 64 characters.
            reading: What a model read in it.
            accepted: Whether a model may learn from it. Otherwise it waits for a review.
            origin: Where it comes from.
            limits: How much the contributor may add; None: any number.
            id: 32 hexadecimal characters. A drawing that is kept again under its id only gets the
                label, so that a step that was interrupted can be repeated. With another label, it
                waits for a review again.

        Raises:
            ValueError: The label, the contributor or the drawing is not possible, or another
                contributor has a drawing with this id.
            LimitError: The drawing is too large, or there are too many.
        """
        value, row = to_value(label), _row(drawing, contributor, origin, id)

        def step(connection: Connection) -> None:
            _keep(connection, row, reading, limits)
            changed = add_labels(connection, [row["id"]], value, contributor)
            if accepted or changed:  # nobody has reviewed another label
                status = ACCEPTED if accepted else PENDING
                add_reviews(connection, [row["id"]], status, contributor)

        self._write(step)
        return str(row["id"])

    def add_unlabeled(  # noqa: PLR0913 - all but one by keyword
        self,
        drawing: Drawing,
        *,
        contributor: str,
        reading: Reading,
        origin: Origin,
        limits: Limits | None = None,
        id: str | None = None,
        instead_of: Sequence[str] = (),
    ) -> str:
        """Keep a drawing of which nobody has said what it is; otherwise as `add`.

        `instead_of` are the ids of what it was taken for with fewer strokes. They are deleted,
        unless they have a label by now.
        """
        row = _row(drawing, contributor, origin, id)

        def step(connection: Connection) -> None:
            replaced = drawings.c.id.in_(instead_of) & drawings.c.label.is_(None)
            delete_drawings(connection, replaced & (drawings.c.contributor == contributor))
            _keep(connection, row, reading, limits)

        self._write(step)
        return str(row["id"])

    def drawings(self, accepted: bool = True) -> list[KeptDrawing]:
        """All labeled drawings, the oldest first: the accepted ones, or whatever a review said."""
        with reading_from(self.engine) as connection:
            return _labeled(connection, accepted=accepted)

    def count(self) -> tuple[int, int]:
        """How many drawings a model may learn from, and how many contributors they have."""
        columns = func.count(), func.count(drawings.c.contributor.distinct())
        labeled = (drawings.c.status == ACCEPTED) & drawings.c.label.is_not(None)
        with reading_from(self.engine) as connection:
            row = connection.execute(select(*columns).where(labeled)).one()
            return int(row[0]), int(row[1])

    def for_learning(self) -> list[KeptDrawing]:
        """The accepted drawings, each with its side: to learn from, or held out."""
        with writing_to(self.engine) as connection:
            names = ("id", "contributor", "label", "digest", "split")
            columns = [drawings.c[name] for name in names]
            chosen = _choose(select(*columns), accepted=True).with_for_update()
            rows = connection.execute(chosen).all()
            sides = assign(Placed(*row) for row in rows)
            if sides:
                change = update(drawings).where(drawings.c.id == bindparam("key"))
                values = [{"key": id, "side": side} for id, side in sides.items()]
                connection.execute(change.values(split=bindparam("side")), values)
            # What another connection has added since then has no side yet.
            everything = _labeled(connection, accepted=True)
            return [each for each in everything if each.held_out is not None]

    def delete(self, id: str, *, contributor: str | None = None) -> bool:
        """Delete a drawing with all that was said of it; return whether it was there.

        `contributor`: only if it is theirs.
        """
        return self.delete_many([id], contributor=contributor) > 0

    def delete_many(self, ids: list[str], *, contributor: str | None = None) -> int:
        """Delete drawings, of one contributor if that is named; return how many."""
        theirs = drawings.c.contributor == contributor if contributor is not None else True

        def step(connection: Connection) -> int:
            conditions = (drawings.c.id.in_(part) & theirs for part in parts(sorted(ids)))
            return sum(delete_drawings(connection, condition) for condition in conditions)

        return self._write(step)

    def delete_contributor(self, token: str) -> int:
        """Delete all drawings of a contributor; return how many."""
        return self._write(
            lambda connection: delete_drawings(connection, drawings.c.contributor == token)
        )

    def label(self, ids: list[str], label: int | None, *, by: str) -> int:
        """Say what drawings are; return how many had another label, or none, before."""
        value = to_value(label)
        return self._write(lambda connection: add_labels(connection, ids, value, by))

    def review(self, ids: list[str], status: str, *, by: str) -> int:
        """Give drawings a status; return how many had another one before.

        Raises:
            ValueError: It is none of STATUSES.
        """
        if status not in STATUSES:
            raise ValueError(f"There is no status {status!r}.")
        return self._write(lambda connection: add_reviews(connection, ids, status, by))

    def export(self, path: str | Path) -> Exported:
        """Write the accepted drawings as a file, .npz or .ndjson: see files.py.

        Raises:
            ValueError: The name ends otherwise.
            DiskError: It cannot be written.
        """
        return files.export(self.drawings(), Path(path))

    def import_(
        self, path: str | Path, *, accepted: bool = False, by: str | None = None
    ) -> Imported:
        """Add the drawings of a file, .npz or .ndjson; those that are there already are skipped.

        `by`: who accepts them; by default, whoever drew them.

        Raises:
            ValueError: The name ends otherwise.
            DatasetError: The file is missing or damaged; nothing was added.
        """
        found = files.read(Path(path))
        rows = list(files.prepare(found, FROM_FILE))  # takes long: not while others have to wait
        with writing_to(self.engine) as connection:
            added = files.add_all(connection, rows, accepted=accepted, by=by)
        return Imported(added, len(rows) - added, len(found) - len(rows))

    def _write(self, step: Callable[[Connection], T]) -> T:
        """Do a step in a transaction; once more if the connection was lost, or another was faster.

        A step does nothing twice.
        """
        try:
            with writing_to(self.engine) as connection:
                return step(connection)
        except CollectionError as error:
            cause = error.__cause__
            lost = isinstance(cause, DBAPIError) and cause.connection_invalidated
            if not (lost or isinstance(cause, IntegrityError)):
                raise
        with writing_to(self.engine) as connection:
            return step(connection)


def _row(drawing: Drawing, contributor: str, origin: Origin, id: str | None) -> dict[str, Any]:
    encoding.check_size(drawing)
    if not _NAME.fullmatch(contributor):
        raise ValueError(f"The name of a contributor has 1 to {NAME_LENGTH} characters.")
    if id is not None and not _ID.fullmatch(id):
        raise ValueError(f"The id is {id!r}; give 32 hexadecimal characters.")
    if not drawing.strokes and (drawing.ink is None or not drawing.ink.any()):
        raise ValueError("This drawing is empty.")
    return {"id": id or secrets.token_hex(16), **row_of(drawing, contributor, origin)}


def _keep(
    connection: Connection, row: dict[str, Any], reading: Reading | None, limits: Limits | None
) -> None:
    """Add a drawing unless its id is there, and what was read in it."""
    same = select(drawings.c.contributor).where(drawings.c.id == row["id"])
    owner = connection.execute(same).scalar()
    if owner is None:
        if limits:
            check_limits(connection, limits, row)
        connection.execute(insert(drawings).values(row))
    elif owner != row["contributor"]:
        raise ValueError(f"The id {row['id']} is that of another contributor's drawing.")
    if reading:
        add_reading(connection, row["id"], reading, seen=True)


def _choose(query: Select[Any], *, accepted: bool) -> Select[Any]:
    """Of the labeled drawings all, or the accepted ones; the oldest first."""
    query = query.where(drawings.c.label.is_not(None)).order_by(drawings.c.time, drawings.c.id)
    return query.where(drawings.c.status == ACCEPTED) if accepted else query


def _labeled(connection: Connection, *, accepted: bool) -> list[KeptDrawing]:
    first = readings.c.id == drawings.c.reading_id
    query = select(drawings, readings.c.digit).join(readings, first, isouter=True)
    return [
        KeptDrawing(
            id=row.id,
            drawing=encoding.from_bytes(row.strokes, row.picture, row.pen_width),
            label=to_label(row.label),
            contributor=row.contributor,
            digest=row.digest,
            held_out=None if row.split is None else row.split == HELD_OUT,
            time=row.time,
            read_as=row.digit,
        )
        for row in connection.execute(_choose(query, accepted=accepted))
    ]
