"""What a page of kept drawings is given: filters, orders, marks, and nothing of anybody else."""

import time
from typing import Any

import numpy as np
import pytest
from sqlalchemy import update

from recognizer import Collection, Drawing
from recognizer.collection import browse
from recognizer.collection.database import writing_to
from recognizer.collection.filters import NEWEST, OLDEST, Filters, Scope
from recognizer.collection.tables import ACCEPTED, NOT_A_DIGIT, PENDING, REJECTED, drawings
from tests.collection.samples import drawing, picture, reading
from tests.stroke_data import HANDS

EVERYTHING, ADA, NOBODY = Scope(everything=True), Scope(contributor="ada"), Scope()
ALL = Filters()


@pytest.fixture
def ids(collection: Collection) -> dict[str, str]:
    """Kept drawings: what speaks for each is in its name."""

    def add(number: int, label: int | None, digit: int, sure: float = 0.91, **more: Any) -> str:
        of: dict[str, Any] = {"contributor": "bob", "accepted": True, **more}
        return collection.add(drawing(number), label, reading=reading(digit, sure), **of)

    found = {
        "right": add(0, 3, 3),
        "wrong": add(1, 4, 9, 0.6),
        "wrong and confident": add(2, 7, 1, 0.99),
        "no digit": add(3, None, 3, 0.99, contributor="ada"),
        "pending": add(4, 5, 5, accepted=False, contributor="ada"),
    }
    found["picture"] = collection.add(picture(), 1, contributor="bob", accepted=True)
    return found


def names(ids: dict[str, str], shown: list[browse.Shown]) -> list[str]:
    by_id = {id: name for name, id in ids.items()}
    return [by_id[each.id] for each in shown]


def test_wrong_and_confident_comes_first(collection: Collection, ids: dict[str, str]) -> None:
    shown = browse.find(collection, EVERYTHING, ALL, 0, 10)
    assert names(ids, shown)[:3] == ["no digit", "wrong and confident", "wrong"]
    rest = browse.find(collection, EVERYTHING, ALL, 4, 10)
    assert [each.id for each in rest] == [each.id for each in shown[4:]]


@pytest.mark.parametrize(("order", "first"), [(NEWEST, "picture"), (OLDEST, "right")])
def test_by_time(collection: Collection, ids: dict[str, str], order: str, first: str) -> None:
    shown = browse.find(collection, EVERYTHING, Filters(order=order), 0, 10)
    assert len(shown) == len(ids)
    assert shown[0].id == ids[first]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(label=4), {"wrong"}),
        (Filters(label=NOT_A_DIGIT), {"no digit"}),
        (Filters(unlabeled=True), set()),
        (Filters(reading=3), {"right", "no digit"}),
        (Filters(wrong=True), {"wrong", "wrong and confident", "no digit"}),
        (Filters(wrong=True, label=7), {"wrong and confident"}),
        (Filters(unsure=True), set()),
        (Filters(reader="another-model"), set()),
        (Filters(reader="a-model", status=PENDING), {"pending"}),
        (Filters(contributor="ada"), {"no digit", "pending"}),
        (Filters(since=time.time() + 86_400), set()),
        (Filters(status=REJECTED), set()),
    ],
)
def test_filters(
    collection: Collection, ids: dict[str, str], filters: Filters, expected: set[str]
) -> None:
    shown = browse.find(collection, EVERYTHING, filters, 0, 10)
    assert set(names(ids, shown)) == expected
    assert browse.count_of(collection, EVERYTHING, filters) == len(expected)


def test_counts(collection: Collection, ids: dict[str, str]) -> None:
    counts = browse.count_by_label(collection, EVERYTHING)
    assert counts.total() == len(ids)
    assert (counts[5, PENDING], counts[NOT_A_DIGIT, ACCEPTED], counts[8, ACCEPTED]) == (1, 1, 0)


def test_what_is_shown_is_what_was_kept(collection: Collection, ids: dict[str, str]) -> None:
    shown = browse.find_by_id(collection, EVERYTHING, [ids["picture"], ids["wrong"], "gone"])
    of_picture, wrong = shown
    assert of_picture.drawing.ink is not None
    assert (of_picture.digit, of_picture.confidence) == (None, None)
    assert (wrong.label, wrong.digit, wrong.status) == (4, 9, ACCEPTED)
    assert np.array_equal(wrong.drawing.strokes[0], drawing(1).strokes[0])


def test_a_label_that_contradicts_a_sure_network_is_marked(
    collection: Collection, ids: dict[str, str]
) -> None:
    shown = browse.find(collection, EVERYTHING, ALL, 0, 10)
    doubtful = {each.id for each in shown if each.doubtful}
    assert doubtful == {ids["wrong and confident"], ids["no digit"]}


def test_near_duplicates_are_marked_until_they_are_rejected(collection: Collection) -> None:
    sizes = (1.0, 1.4)
    large, small = (Drawing.from_strokes([size * each for each in HANDS[5]]) for size in sizes)
    first = collection.add(large, 5, contributor="ada")
    second = collection.add(small, 5, contributor="bob")
    collection.add(Drawing.from_strokes(HANDS[2]), 2, contributor="bob")
    alike = {each.id: each.alike for each in browse.find(collection, EVERYTHING, ALL, 0, 9)}
    assert alike[first] == (second,)
    assert sum(map(len, alike.values())) == 2
    assert browse.find(collection, ADA, ALL, 0, 9)[0].alike == ()  # the other one is not hers
    collection.review([second], REJECTED, by="carl")
    assert browse.find_by_id(collection, EVERYTHING, [first])[0].alike == ()


def test_the_history_of_a_drawing(collection: Collection, ids: dict[str, str]) -> None:
    collection.label([ids["wrong"]], 9, by="carl")
    collection.review([ids["wrong"]], REJECTED, by="carl")
    events = browse.events(collection, EVERYTHING, ids["wrong"])
    said = {(each.kind, each.value, each.by) for each in events}
    assert {("read", 9, "a-model"), ("labeled", 9, "carl"), ("reviewed", REJECTED, "carl")} <= said
    assert [each.time for each in events] == sorted(each.time for each in events)


def test_nobody_sees_what_is_not_theirs(collection: Collection, ids: dict[str, str]) -> None:
    theirs = {ids["no digit"], ids["pending"]}
    everything = list(ids.values())
    for scope, expected in ((ADA, theirs), (NOBODY, set[str]())):
        assert {each.id for each in browse.find(collection, scope, ALL, 0, 10)} == expected
        assert {each.id for each in browse.find_by_id(collection, scope, everything)} == expected
        of_bob = Filters(contributor="bob")
        assert browse.find(collection, scope, of_bob, 0, 10) == []
        assert browse.count_of(collection, scope, of_bob) == 0
        assert browse.count_of(collection, scope, ALL) == len(expected)
        assert browse.count_by_label(collection, scope).total() == len(expected)
        assert browse.events(collection, scope, ids["wrong"]) == []


def test_who_and_what_has_read(collection: Collection, ids: dict[str, str]) -> None:
    assert browse.contributors(collection) == {"bob": 4, "ada": 2}
    assert browse.readers(collection) == ["a-model"]


def test_ones_own_drawings_to_take_along(collection: Collection, ids: dict[str, str]) -> None:
    kept = browse.own(collection, "ada")
    assert [(each.id, each.label) for each in kept] == [
        (ids["no digit"], None),
        (ids["pending"], 5),
    ]
    assert kept[0].read_as == 3


def test_labels_can_be_missing(collection: Collection, ids: dict[str, str]) -> None:
    with writing_to(collection.engine) as connection:
        connection.execute(update(drawings).where(drawings.c.id == ids["wrong"]).values(label=None))
    (shown,) = browse.find(collection, EVERYTHING, Filters(unlabeled=True), 0, 10)
    assert (shown.id, shown.label, shown.doubtful) == (ids["wrong"], None, False)
