"""The parts of drawings: strokes and ink, whole and cut."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recognizer import Drawing
from recognizer.drawings import ink_cuts, pen_cuts
from recognizer.drawings.boxes import members
from recognizer.drawings.ink_parts import InkParts
from recognizer.drawings.parts import Parts, parts_of
from recognizer.drawings.stroke_parts import StrokeParts
from tests.numbers import HEIGHT, picture, side_by_side

coordinates = st.floats(-1000, 1000, width=32)
strokes = arrays(np.float64, st.tuples(st.integers(1, 30), st.just(2)), elements=coordinates)


def drawing(text: str, kind: str, gap: float = 0.3) -> Drawing:
    drawn = side_by_side(text, gap)
    return Drawing.from_strokes(drawn) if kind == "strokes" else Drawing.from_image(picture(drawn))


@pytest.mark.parametrize(("kind", "count"), [("strokes", 4), ("pictures", 3)])
def test_each_stroke_and_each_connected_ink_is_a_part(kind: str, count: int) -> None:
    parts = parts_of(drawing("248", kind))  # the 4 has two strokes
    assert parts.kind == kind
    assert len(parts.boxes) == count


def test_nothing_has_no_parts() -> None:
    assert not len(parts_of(Drawing.from_strokes([])).boxes)
    assert not len(parts_of(Drawing.from_image(np.full((50, 50), 255, np.uint8))).boxes)


@pytest.mark.parametrize("kind", ["strokes", "pictures"])
def test_a_speck_belongs_to_the_nearest_part(kind: str) -> None:
    drawn = [*side_by_side("18"), np.array([[24.0, 30.0], [27.0, 33.0]])]
    if kind == "strokes":
        assert len(parts_of(Drawing.from_strokes(drawn)).boxes) == 2
    else:
        assert len(parts_of(Drawing.from_image(picture(drawn, pen=4))).boxes) == 2


@pytest.mark.parametrize("kind", ["strokes", "pictures"])
def test_a_part_by_itself_is_what_it_is_alone(kind: str) -> None:
    parts = parts_of(drawing("27", kind))
    alone = parts_of(drawing("2", kind))
    image = parts.prepared(1).image.astype(int)
    assert np.abs(image - alone.prepared(1).image).mean() < 3


def _cut_all(parts: Parts) -> tuple[Parts, list[int]]:
    return parts.cut(range(len(parts.boxes)), HEIGHT)


@pytest.mark.parametrize("kind", ["strokes", "pictures"])
def test_parts_that_are_cut_are_still_all_of_the_drawing(kind: str) -> None:
    parts = parts_of(drawing("582", kind, gap=0.0))
    cut, became = _cut_all(parts)
    assert len(cut.boxes) > len(parts.boxes)
    assert [part for run in became for part in members(run)] == list(range(len(cut.boxes)))
    for index, run in enumerate(became):
        images = (cut.prepared(run).image, parts.prepared(1 << index).image)
        assert np.abs(np.diff(np.array(images, dtype=int), axis=0)).max() < 30


@pytest.mark.parametrize("kind", ["strokes", "pictures"])
def test_a_part_is_cut_in_the_same_way_whatever_else_is_cut(kind: str) -> None:
    parts = parts_of(drawing("582", kind))
    last = len(parts.boxes) - 1
    every, all_became = _cut_all(parts)
    one, became = parts.cut([last], HEIGHT)
    ours, theirs = list(members(became[last])), list(members(all_became[last]))
    assert len(ours) > 1
    np.testing.assert_array_equal(one.boxes[ours], every.boxes[theirs])


def test_zeros_drawn_without_lifting_the_pen_can_be_told_apart() -> None:
    first, second = side_by_side("00", gap=0.2)
    joined = np.concatenate([first, second])
    cut, _ = _cut_all(StrokeParts.of(Drawing.from_strokes([joined])))
    middle = (first[:, 0].max() + second[:, 0].min()) / 2
    assert any(abs(left - middle) < 0.2 * HEIGHT for left, *_ in cut.boxes[1:])


def test_digits_that_touch_can_be_told_apart() -> None:
    first, second = side_by_side("00", gap=0.02)
    parts = InkParts.of(Drawing.from_image(picture([first, second], pen=10)))
    assert len(parts.boxes) == 1
    cut, _ = _cut_all(parts)
    middle = (first[:, 0].max() + second[:, 0].min()) / 2
    assert any(abs(left - middle) < 0.1 * HEIGHT for left, *_ in cut.boxes[1:])


@given(strokes, st.floats(100, 1000))
def test_a_cut_stroke_is_the_same_line(stroke: np.ndarray, height: float) -> None:
    parts = pen_cuts.cut(stroke, height)
    assert 1 <= len(parts) <= pen_cuts.MOST + 1
    for before, after in pairwise(parts):
        assert np.array_equal(before[-1], after[0])
    assert np.array_equal(parts[0][0], stroke[0])
    assert np.array_equal(parts[-1][-1], stroke[-1])


@settings(max_examples=30)
@given(arrays(np.bool_, st.tuples(st.integers(1, 20), st.integers(1, 40))), st.floats(10, 100))
def test_cut_ink_is_all_of_the_ink_and_nothing_twice(mask: np.ndarray, height: float) -> None:
    parts = ink_cuts.cut(mask, height)
    assert np.array_equal(np.sum(parts, axis=0), mask)


@given(st.lists(strokes, min_size=1, max_size=12))
def test_any_strokes_have_parts(drawn: list[np.ndarray]) -> None:
    parts = StrokeParts.of(Drawing.from_strokes(drawn))
    assert sum(len(group) for group in parts.groups) == len(drawn)
