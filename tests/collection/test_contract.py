"""What a collection promises, kept by SQLite and by PostgreSQL."""

import math
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recognizer import Collection, Drawing
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
from recognizer.drawings.arrays import Image
from recognizer.errors import LimitError
from tests.collection.samples import EMPTY, THREE, drawing, picture, reading, rows, same

BLANK = Drawing(ink=np.zeros((9, 9), np.uint8))
ALL = (drawings, labels, readings, reviews)
ANNA, BEN = "anna", "ben"


# Kept and found again


@pytest.mark.parametrize("make", [drawing, picture])
def test_what_is_kept_is_there_with_its_label(
    collection: Collection, make: Callable[[int], Drawing]
) -> None:
    said = [*range(10), None]
    ids = [collection.add(make(n), label, contributor=ANNA) for n, label in enumerate(said)]
    kept = collection.drawings(accepted=False)
    assert [each.id for each in kept] == ids
    assert [each.label for each in kept] == said
    assert all(same(each.drawing, make(number)) for number, each in enumerate(kept))
    assert {each.contributor for each in kept} == {ANNA}
    assert {each.held_out for each in kept} == {None}
    assert all(abs(time.time() - each.time) < 60 for each in kept)


def test_an_id_is_32_hexadecimal_characters(collection: Collection) -> None:
    id = collection.add(THREE, 3, contributor=ANNA)
    assert len(bytes.fromhex(id)) == 16
    with pytest.raises(ValueError, match="id"):
        collection.add(THREE, 3, contributor=ANNA, id="a" * 33)


any_speed = settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
numbers = st.floats(-1e7, 1e7) | st.sampled_from([-0.0, 1e-300, 0.1, 1 / 3, 2.0**-1074])
strokes = st.lists(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5), min_size=1)


@any_speed
@given(strokes, st.floats(0.01, 1000))
def test_coordinates_come_back_to_the_last_bit(
    collection: Collection, drawn: list[list[tuple[float, float]]], pen: float
) -> None:
    given = Drawing.from_strokes(drawn, pen)
    id = collection.add(given, 1, contributor=ANNA)
    (kept,) = (each for each in collection.drawings(accepted=False) if each.id == id)
    assert same(kept.drawing, given)
    assert len(kept.strokes) == len(drawn)


@any_speed
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90))))
def test_pictures_come_back_to_the_last_pixel(collection: Collection, paper: Image) -> None:
    given = Drawing.from_image(paper)
    assume(given.ink is not None and given.ink.any())
    id = collection.add(given, 1, contributor=ANNA)
    (kept,) = (each for each in collection.drawings(accepted=False) if each.id == id)
    assert same(kept.drawing, given)
    assert kept.strokes == ()


def test_where_a_drawing_comes_from_is_kept(collection: Collection) -> None:
    origin = Origin("canvas", "s" * 32, (280, 300), "press")
    collection.add(THREE, 3, contributor=ANNA, origin=origin)
    (row,) = rows(collection, drawings)
    assert (row.source, row.session, row.consent) == ("canvas", "s" * 32, "press")
    assert (row.canvas_width, row.canvas_height) == (280, 300)


def test_the_same_id_twice_is_one_drawing(collection: Collection) -> None:
    id = collection.add(THREE, 3, contributor=ANNA)
    assert collection.add(THREE, 3, contributor=ANNA, id=id) == id
    assert collection.add(THREE, 5, contributor=ANNA, id=id, accepted=True) == id
    (kept,) = collection.drawings()
    assert kept.label == 5
    assert len(rows(collection, labels)) == 2


# Readings


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


def test_a_reading_is_there_once_for_all_weights_that_read_it(collection: Collection) -> None:
    first, other = reading(3, 0.91), reading(8, 0.55, weights="b" * 64)
    id = collection.add(THREE, 3, contributor=ANNA, reading=first)
    for again in (first, other, other):
        collection.add(THREE, 3, contributor=ANNA, reading=again, id=id)
    found = rows(collection, readings)
    assert [each.weights for each in found] == ["a" * 64, "b" * 64]
    assert [each.digit for each in found] == [3, 8]
    assert found[0].probabilities == pytest.approx(first.probabilities.tolist(), abs=1e-7)
    (row,) = rows(collection, drawings)
    assert row.reading_id == found[0].id  # what its author saw first
    assert collection.drawings(accepted=False)[0].read_as == 3


def test_surprise_is_how_little_the_model_expected_the_label(collection: Collection) -> None:
    read: dict[str, Any] = {"reading": reading(3, 0.91), "contributor": ANNA}
    expected = {3: 0.91, 5: 0.01}
    for label, share in expected.items():
        id = collection.add(THREE, label, **read)
        (row,) = (each for each in rows(collection, drawings) if each.id == id)
        assert row.surprise == pytest.approx(-math.log(share), rel=1e-4)
    unlabeled: dict[str, Any] = {"origin": Origin(), "contributor": ANNA}
    sure = collection.add_unlabeled(THREE, reading=reading(3, 0.9), **unlabeled)
    unsure = collection.add_unlabeled(THREE, reading=reading(3, 0.2), **unlabeled)
    found = {each.id: each.surprise for each in rows(collection, drawings)}
    assert found[sure] == pytest.approx(-math.log(0.9), rel=1e-4)
    assert found[unsure] == pytest.approx(-math.log(0.2), rel=1e-4)


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


# Unlabeled drawings


def test_a_drawing_without_a_label_is_kept_instead_of_its_beginning(
    collection: Collection,
) -> None:
    read: dict[str, Any] = {"contributor": ANNA, "reading": reading(), "origin": Origin()}
    first = collection.add_unlabeled(drawing(4), **read)
    second = collection.add_unlabeled(drawing(5), **read, instead_of=first)
    assert [each.id for each in rows(collection, drawings)] == [second]
    assert collection.drawings(accepted=False) == []
    collection.add(drawing(5), 5, contributor=ANNA, id=second)
    third = collection.add_unlabeled(drawing(6), **read, instead_of=second)
    assert {each.id for each in rows(collection, drawings)} == {second, third}
    collection.add_unlabeled(drawing(7), **(read | {"contributor": BEN}), instead_of=third)
    assert len(rows(collection, drawings)) == 3  # nobody else's is removed


# What is refused


@pytest.mark.parametrize("label", [True, np.True_, 10, -1, "7", 3.5, math.nan, [3]], ids=repr)
def test_other_labels_are_refused(file_collection: Collection, label: Any) -> None:
    with pytest.raises(ValueError, match="0 to 9, or None"):
        file_collection.add(THREE, label, contributor=ANNA)
    id = file_collection.add(THREE, 3, contributor=ANNA)
    with pytest.raises(ValueError, match="0 to 9, or None"):
        file_collection.label([id], label, by=ANNA)
    assert [each.label for each in file_collection.drawings(accepted=False)] == [3]


def test_numpys_integers_are_labels(file_collection: Collection) -> None:
    label: Any = np.uint8(3)
    file_collection.add(THREE, label, contributor=ANNA)
    assert file_collection.drawings(accepted=False)[0].label == 3


@pytest.mark.parametrize("name", ["", "x" * 65, "a\0b", "\ud800"], ids=ascii)
def test_other_contributors_are_refused(file_collection: Collection, name: str) -> None:
    with pytest.raises(ValueError, match="contributor"):
        file_collection.add(THREE, 3, contributor=name)
    assert rows(file_collection, drawings) == []


def test_the_longest_name_is_kept(collection: Collection) -> None:
    collection.add(THREE, 3, contributor="é" * 64, origin=Origin(session="ü" * 32))
    assert collection.drawings(accepted=False)[0].contributor == "é" * 64


@pytest.mark.parametrize("nothing", [EMPTY, BLANK], ids=["strokes", "picture"])
def test_an_empty_drawing_is_refused(file_collection: Collection, nothing: Drawing) -> None:
    with pytest.raises(ValueError, match="empty"):
        file_collection.add(nothing, 3, contributor=ANNA)
    assert rows(file_collection, drawings) == []


LARGE = {
    "strokes": lambda: Drawing((np.zeros((1, 2)),) * 10_000),
    "points": lambda: Drawing((np.zeros((10_000_000, 2)),)),
    "pixels": lambda: Drawing(ink=np.zeros((10_000, 10_000), np.uint8)),
    "coordinates": lambda: Drawing((np.array([[0, 0], [1e300, -1e308]]),)),
}


@pytest.mark.parametrize("what", LARGE)
def test_a_large_drawing_is_refused_at_once(file_collection: Collection, what: str) -> None:
    large = LARGE[what]()
    started = time.thread_time()
    with pytest.raises(LimitError, match=what):
        file_collection.add(large, 3, contributor=ANNA)
    assert time.thread_time() - started < 0.1
    assert rows(file_collection, drawings) == []


def test_a_picture_that_takes_much_room_is_refused(file_collection: Collection) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1000, 1000), dtype=np.uint8)
    with pytest.raises(LimitError, match="MB"):
        file_collection.add(Drawing(ink=noise), 3, contributor=ANNA)
    assert rows(file_collection, drawings) == []


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
