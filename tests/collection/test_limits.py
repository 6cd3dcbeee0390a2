"""How many drawings are taken from visitors."""

import pytest
from sqlalchemy import update

from recognizer import Collection
from recognizer.collection.database import writing_to
from recognizer.collection.records import Limits, Origin
from recognizer.collection.tables import ACCEPTED, REJECTED, drawings
from recognizer.errors import LimitError
from tests.collection.samples import drawing, reading, rows

ANYTHING = 10**6


def add(collection: Collection, number: int, limits: Limits | None, by: str = "anna") -> list[str]:
    return [
        collection.add(drawing(each), 3, contributor=by, limits=limits, origin=Origin("canvas"))
        for each in range(number)
    ]


def a_minute_later(collection: Collection) -> None:
    """Let all that is kept be a minute older."""
    with writing_to(collection.engine) as connection:
        connection.execute(update(drawings).values(time=drawings.c.time - 60))


def test_of_one_contributor_in_a_minute(collection: Collection) -> None:
    limits = Limits(3, ANYTHING, ANYTHING)
    add(collection, 3, limits)
    with pytest.raises(LimitError, match=r"You have kept many .* Try again in a minute"):
        add(collection, 1, limits)
    assert len(rows(collection, drawings)) == 3
    add(collection, 1, limits, by="ben")
    a_minute_later(collection)
    add(collection, 3, limits)


def test_drawings_from_before_the_clock_was_set_back_do_not_count(
    collection: Collection,
) -> None:
    limits = Limits(3, ANYTHING, 3)
    add(collection, 3, limits)
    with writing_to(collection.engine) as connection:
        connection.execute(update(drawings).values(time=drawings.c.time + 3600))
    add(collection, 1, limits)


def test_of_all_contributors_in_a_minute(collection: Collection) -> None:
    limits = Limits(ANYTHING, ANYTHING, 3)
    add(collection, 2, limits)
    add(collection, 1, limits, by="ben")
    with pytest.raises(LimitError, match=r"Many drawings were just kept\. Try again in a minute"):
        add(collection, 1, limits, by="carla")
    assert len(rows(collection, drawings)) == 3
    a_minute_later(collection)
    add(collection, 3, limits, by="carla")


def test_what_is_accepted_or_comes_from_programs_does_not_count_for_all(
    collection: Collection,
) -> None:
    limits = Limits(ANYTHING, ANYTHING, 3, 3)
    ids = add(collection, 3, limits)
    collection.review(ids, ACCEPTED, by="carla")
    for number in range(3):
        collection.add(drawing(number), 3, contributor="a program")
    add(collection, 3, limits, by="ben")


def test_of_all_that_wait_for_a_review(collection: Collection) -> None:
    limits = Limits(ANYTHING, ANYTHING, ANYTHING, 3)
    ids = add(collection, 3, limits)
    a_minute_later(collection)
    with pytest.raises(LimitError, match="Too many drawings wait for a review"):
        add(collection, 1, limits, by="ben")
    collection.review(ids[:1], REJECTED, by="carla")
    add(collection, 1, limits, by="ben")


def test_the_size_of_one(collection: Collection) -> None:
    with pytest.raises(LimitError, match="too large to keep"):
        add(collection, 1, Limits(size=20))
    add(collection, 1, Limits(size=10_000))


def test_of_one_contributor_ever(collection: Collection) -> None:
    limits = Limits(ANYTHING, 3, 3)
    add(collection, 3, limits)
    a_minute_later(collection)
    with pytest.raises(LimitError, match=r"as many drawings as one person may\.$"):
        add(collection, 1, limits)
    add(collection, 3, limits, by="ben")
    collection.delete_contributor("anna")
    a_minute_later(collection)
    add(collection, 3, limits)


def test_a_drawing_that_is_kept_already_is_none_more(collection: Collection) -> None:
    limits = Limits(1, 1, 1)
    (id,) = add(collection, 1, limits)
    collection.add(drawing(), 5, contributor="anna", limits=limits, id=id)
    assert collection.drawings(accepted=False)[0].label == 5


def test_one_that_is_kept_instead_of_another_is_none_more(collection: Collection) -> None:
    last: list[str] = []
    for number in range(3):
        id = collection.add_unlabeled(
            drawing(number),
            contributor="anna",
            reading=reading(),
            origin=Origin(),
            limits=Limits(1, 1, 1),
            instead_of=last,
        )
        last = [id]
    with pytest.raises(LimitError):
        add(collection, 1, Limits(1, 1, 1))
    assert [each.id for each in rows(collection, drawings)] == last


def test_whom_it_trusts_it_lets_add_any_number(collection: Collection) -> None:
    add(collection, 70, None)
    with pytest.raises(LimitError):
        add(collection, 1, Limits())
