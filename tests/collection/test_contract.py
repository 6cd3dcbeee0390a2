"""What a collection promises, kept by SQLite and by PostgreSQL."""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recognizer import Collection, Drawing
from recognizer.collection.records import Origin
from recognizer.collection.tables import (
    drawings,
    labels,
    readings,
)
from recognizer.drawings.arrays import Image
from recognizer.errors import LimitError
from tests.collection.samples import EMPTY, THREE, drawing, picture, reading, rows, same

BLANK = Drawing(ink=np.zeros((9, 9), np.uint8))
ANNA = "anna"


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
