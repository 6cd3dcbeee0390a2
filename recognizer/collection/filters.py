"""Which kept drawings are meant: whose, which of them, and in which order.

Every query of drawings for a visitor is made by `filtered`, in a scope. So nobody is shown what
they may not see, whatever they ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, true

from recognizer.collection.tables import NOT_A_DIGIT, drawings, readings

SURPRISING, NEWEST, OLDEST = "surprising", "newest", "oldest"  # orders
ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    SURPRISING: (drawings.c.surprise.desc(), drawings.c.time.desc(), drawings.c.id.desc()),
    NEWEST: (drawings.c.time.desc(), drawings.c.id.desc()),
    OLDEST: (drawings.c.time, drawings.c.id),
}


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
        order: One of ORDERS.
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
    order: str = SURPRISING

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


def filtered(
    query: Select[Any], scope: Scope, filters: Filters, *, joined: bool = False
) -> Select[Any]:
    """A query of drawings, of those alone that pass the filters; with their readings if needed."""
    of_reading = filters.of_reading
    query = query.select_from(drawings)
    if of_reading or joined:
        first = readings.c.id == drawings.c.reading_id
        query = query.join(readings, first, isouter=not of_reading)
    return query.where(scope.condition, *filters.of_drawing, *of_reading)
