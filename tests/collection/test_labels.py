"""What is said of kept drawings, who may learn from them, and how they are deleted."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest

from recognizer import Collection
from recognizer.collection import split
from recognizer.collection.records import Origin
from recognizer.collection.tables import (
    ACCEPTED,
    NOT_A_DIGIT,
    REJECTED,
    drawings,
    labels,
    readings,
    reviews,
)
from tests.collection.samples import THREE, drawing, reading, rows

ALL = (drawings, labels, readings, reviews)
ANNA, BEN = "anna", "ben"


# Labels and reviews


def test_labels_are_only_added_to(collection: Collection) -> None:
    id = collection.add(THREE, 3, contributor=ANNA, reading=reading(3))
    assert collection.label([id], 5, by=BEN) == 1
    assert collection.label([id], 5, by=ANNA) == 0
    assert collection.label([id], None, by=BEN) == 1
    assert collection.label([id, id, "0" * 32], 3, by=ANNA) == 1
    said = [(each.value, each.by, each.kind) for each in rows(collection, labels)]
    assert said == [
        (3, ANNA, "confirmed"),
        (5, BEN, "corrected"),
        (NOT_A_DIGIT, BEN, "corrected"),
        (3, ANNA, "confirmed"),
    ]
    assert collection.drawings(accepted=False)[0].label == 3


def test_a_drawing_waits_for_a_review_unless_it_is_accepted(collection: Collection) -> None:
    waiting = collection.add(THREE, 3, contributor=ANNA)
    accepted = collection.add(drawing(1), 1, contributor=BEN, accepted=True)
    assert [each.id for each in collection.drawings()] == [accepted]
    assert collection.review([waiting, accepted], ACCEPTED, by=BEN) == 1
    assert [each.id for each in collection.drawings()] == [waiting, accepted]
    assert collection.review([waiting], REJECTED, by=BEN) == 1
    assert [each.id for each in collection.drawings()] == [accepted]
    assert len(collection.drawings(accepted=False)) == 2
    said = [(each.drawing_id, each.status, each.by) for each in rows(collection, reviews)]
    assert said == [
        (accepted, ACCEPTED, BEN),
        (waiting, ACCEPTED, BEN),
        (waiting, REJECTED, BEN),
    ]


def by_four_at_once(say: Callable[[int], object]) -> None:
    """Let four say something at the same moment."""
    start = Barrier(4)

    def step(number: int) -> None:
        start.wait()
        say(number)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(step, range(4)))


def newest(collection: Collection, table: Any) -> dict[str, Any]:
    """The row about each drawing that was added last."""
    return {each.drawing_id: each for each in sorted(rows(collection, table), key=lambda r: r.id)}


def test_the_label_is_the_newest_one_whoever_was_faster(collection: Collection) -> None:
    ids = [collection.add(drawing(number), 0, contributor=ANNA) for number in range(8)]

    def say(number: int) -> None:
        order = ids[:: 1 - 2 * (number % 2)]
        for id in order:
            collection.label([id], number + 1, by=BEN)
        collection.label(order, number + 5, by=BEN)

    by_four_at_once(say)
    said = newest(collection, labels)
    assert [said[each.id].value for each in collection.drawings(accepted=False)] == [
        each.label for each in collection.drawings(accepted=False)
    ]


def test_the_status_is_that_of_the_newest_review(collection: Collection) -> None:
    ids = [collection.add(drawing(number), 0, contributor=ANNA) for number in range(8)]

    def say(number: int) -> None:
        order = ids[:: 1 - 2 * (number // 2)]
        status = REJECTED if number % 2 else ACCEPTED
        for id in order * 4:
            collection.review([id], status, by=BEN)
        collection.review(order, status, by=BEN)

    by_four_at_once(say)
    said = newest(collection, reviews)
    for row in rows(collection, drawings):
        assert said[row.id].status == row.status
    for id in ids:  # no review repeats the one before
        told = [each.status for each in rows(collection, reviews) if each.drawing_id == id]
        assert all(one != other for one, other in pairwise(told))


def test_another_label_waits_for_a_review_again(collection: Collection) -> None:
    id = "0" * 32

    def keep(label: int, accepted: bool = False) -> int:
        collection.add(THREE, label, contributor="a", accepted=accepted, id=id)
        return len(collection.drawings())

    assert keep(3, accepted=True) == 1
    assert keep(3) == 1  # the same again
    assert keep(8) == 0
    assert keep(8, accepted=True) == 1


def test_nobody_labels_what_another_has_drawn(collection: Collection) -> None:
    id = collection.add(THREE, 3, contributor="a")
    with pytest.raises(ValueError, match="another contributor"):
        collection.add(THREE, 8, contributor="b", id=id)
    assert [each.label for each in collection.drawings(accepted=False)] == [3]


# Unlabeled drawings


def test_a_drawing_without_a_label_is_kept_instead_of_its_beginning(
    collection: Collection,
) -> None:
    read: dict[str, Any] = {"contributor": ANNA, "reading": reading(), "origin": Origin()}
    first = collection.add_unlabeled(drawing(4), **read)
    second = collection.add_unlabeled(drawing(5), **read, instead_of=[first])
    assert [each.id for each in rows(collection, drawings)] == [second]
    assert collection.drawings(accepted=False) == []
    collection.add(drawing(5), 5, contributor=ANNA, id=second)
    third = collection.add_unlabeled(drawing(6), **read, instead_of=[second])
    assert {each.id for each in rows(collection, drawings)} == {second, third}
    collection.add_unlabeled(drawing(7), **(read | {"contributor": BEN}), instead_of=[third])
    assert len(rows(collection, drawings)) == 3  # nobody else's is removed


# Deleted


def fill(collection: Collection) -> list[str]:
    """Three drawings by two, each with a label, a reading and a review."""
    return [
        collection.add(drawing(n), n, contributor=name, reading=reading(n), accepted=True)
        for n, name in enumerate((ANNA, ANNA, BEN))
    ]


def test_a_deleted_drawing_is_gone_with_all_that_was_said_of_it(collection: Collection) -> None:
    first, second, third = fill(collection)
    assert collection.delete(first)
    assert not collection.delete(first)
    assert not collection.delete(second, contributor=BEN)
    assert {each.id for each in rows(collection, drawings)} == {second, third}
    for table in (labels, readings, reviews):
        assert {each.drawing_id for each in rows(collection, table)} == {second, third}


def test_a_contributor_is_deleted_with_all_drawings(collection: Collection) -> None:
    *_, third = fill(collection)
    assert collection.delete_contributor(ANNA) == 2
    assert collection.delete_contributor(ANNA) == 0
    assert [each.id for each in collection.drawings()] == [third]
    assert collection.delete_many([third]) == 1
    assert all(rows(collection, table) == [] for table in ALL)


def test_any_number_of_drawings_is_deleted_labeled_and_reviewed(collection: Collection) -> None:
    """Also more than PostgreSQL takes in one statement."""
    ids = [*(f"{number:032x}" for number in range(66_000)), *fill(collection)]
    assert collection.label(ids[-1100:], 7, by=BEN) == 3
    assert collection.review(ids[-1100:], REJECTED, by=BEN) == 3
    assert collection.delete_many(ids, contributor=ANNA) == 2
    assert collection.delete_many(ids) == 1


# To learn from


def test_a_side_once_decided_stays(collection: Collection) -> None:
    for number in range(30):
        collection.add(drawing(number), number % 10, contributor=ANNA, accepted=True)
    collection.add(drawing(30), 0, contributor=ANNA)
    first = {each.id: each.held_out for each in collection.for_learning()}
    assert Counter(first.values()) == {False: 24, True: 6}
    for number in range(40, 60):
        collection.add(drawing(number), number % 10, contributor=f"c{number}", accepted=True)
    second = {each.id: each.held_out for each in collection.for_learning()}
    assert first.items() <= second.items()
    assert len(second) == 50
    assert {each.id: each.held_out for each in collection.drawings()} == second


def test_no_drawing_is_handed_out_before_its_side_is_decided(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is added meanwhile, which SQLite lets wait."""
    with ThreadPoolExecutor(1) as threads:

        def assign(placed: Any) -> dict[str, str]:
            late = threads.submit(collection.add, drawing(1), 1, contributor=BEN, accepted=True)
            if collection.engine.dialect.name == "postgresql":
                late.result()
            return decide(placed)

        decide = split.assign
        monkeypatch.setattr("recognizer.collection.collection.assign", assign)
        id = collection.add(THREE, 3, contributor=ANNA, accepted=True)
        assert [(each.id, each.held_out) for each in collection.for_learning()] == [(id, False)]
    monkeypatch.undo()
    assert {each.held_out for each in collection.for_learning()} == {False}
