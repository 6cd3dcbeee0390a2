"""Whatever comes from outside is a drawing, or one documented error; and that within a moment."""

import copy
import math
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, scalar_dtypes

from recognizer import Drawing
from recognizer.drawings import gate
from recognizer.drawings.preprocessing import prepare
from recognizer.errors import DrawingError

HUGE = 10**400
numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([HUGE, -HUGE, 1e308, -1e308, 5e-324, 1e-310, math.inf, math.nan, 2**63]),
)
leaves = st.one_of(
    numbers,
    st.none(),
    st.booleans(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.complex_numbers(),
    arrays(scalar_dtypes(), array_shapes(max_dims=3, max_side=4)),
)
anything = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=12,
)
points = st.lists(st.one_of(st.tuples(numbers, numbers), anything), max_size=4)
LINE: dict[str, Any] = {
    "type": "path",
    "path": [["M", 10, 20], ["L", 50, 100], ["Q", 1, 2, 3, 4], ["Z"]],
    "left": 30,
    "top": 60,
}
KEYS = ("left", "top", "scaleX", "scaleY", "angle", "skewX", "skewY", "strokeWidth", "flipX")
MORE = ("originX", "originY", "type", "path", "objects")


def drawn(make: Callable[..., Drawing], *arguments: Any) -> None:
    """Make a drawing and prepare it; an error is a DrawingError, and nothing warns."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            drawing = make(*arguments)
            prepared = prepare(drawing)
    except DrawingError as error:
        assert 10 < len(str(error)) < 300  # noqa: PT017 - one of two ways that it may end
        return
    assert all(np.isfinite(stroke).all() for stroke in drawing.strokes)
    assert 0 < drawing.pen_width < math.inf
    assert prepared.image.shape == (28, 28)


@given(st.one_of(anything, st.lists(st.one_of(points, anything), max_size=4)), numbers | anything)
def test_any_strokes(strokes: Any, pen: Any) -> None:
    drawn(Drawing.from_strokes, strokes)
    drawn(Drawing.from_strokes, [[[0, 0], [30, 50]]], pen)


@given(anything, st.dictionaries(st.sampled_from(KEYS + MORE), numbers | anything, max_size=4))
def test_any_message_of_the_canvas(message: Any, changes: dict[str, Any]) -> None:
    drawn(Drawing.from_canvas, message)
    drawn(Drawing.from_canvas, {"objects": message})
    drawn(Drawing.from_canvas, {"objects": [LINE | changes]})


@given(st.data())
def test_any_change_to_a_path(data: st.DataObject) -> None:
    path = copy.deepcopy(LINE["path"])
    command = data.draw(st.sampled_from(path))
    place = data.draw(st.integers(0, len(command) - 1))
    command[place] = data.draw(numbers | anything | st.sampled_from("MLQZC"))
    drawn(Drawing.from_canvas, {"objects": [LINE | {"path": path}]})


@given(st.one_of(anything, arrays(np.uint8, array_shapes(max_dims=3, max_side=9))))
def test_any_picture(picture: Any) -> None:
    drawn(Drawing.from_image, picture)
    drawn(Drawing.from_photo, picture)


def nested(depth: int) -> Any:
    inner: Any = 1.0
    for _ in range(depth):
        inner = [inner]
    return inner


class Liar:
    """It has a length, and raises whatever else it is asked."""

    def __len__(self) -> int:
        return 2

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __iter__(self) -> Any:
        raise KeyError("no")


ODD = {
    "nested": nested(100_000),
    "liar": Liar(),
    "liars": [Liar()],
    "a point that lies": [[Liar()]],
    "text": "abc",
    "object": {"a": 1},
    "nothing": None,
    "number": 5,
    "huge": [[[1, HUGE]]],
}


@pytest.mark.parametrize("strokes", ODD.values(), ids=ODD)
def test_odd_objects_are_refused(strokes: Any) -> None:
    with pytest.raises(DrawingError):
        Drawing.from_strokes(strokes)
    with pytest.raises(DrawingError):
        Drawing.from_canvas({"objects": [LINE | {"path": strokes or 5}]})
    drawn(Drawing.from_image, strokes)
    drawn(Drawing.from_photo, strokes)


def group(depth: int) -> dict[str, Any]:
    inner = LINE
    for _ in range(depth):
        inner = {"type": "group", "objects": [inner]}
    return inner


def test_groups_hold_no_strokes_however_deep_they_are_nested() -> None:
    assert not Drawing.from_canvas({"objects": [group(100_000)]}).strokes


curves = [["M", 1, 2], *[["Q", 1, 2, 3, 4]] * 400_000]


@pytest.mark.parametrize(
    ("make", "given"),
    [
        (Drawing.from_strokes, [[[1, 2]]] * 1_000_000),
        (Drawing.from_strokes, [np.zeros((10_000_000, 2), np.uint8)]),
        (Drawing.from_strokes, ([[1, 2]] * 20_000 for _ in range(10**9))),
        (Drawing.from_canvas, {"objects": [LINE | {"path": curves}]}),
        (Drawing.from_canvas, {"objects": [LINE] * 1_000_000}),
        (Drawing.from_canvas, {"objects": [[]] * 3_000_000}),
        (Drawing.from_image, np.zeros((20_000, 20_000), np.uint8)),
        (Drawing.from_image, np.zeros((3, 1_000_000), np.uint8)),
        (Drawing.from_photo, np.zeros((3, 1_000_000), np.uint8)),
    ],
    ids=["strokes", "points", "endless", "curves", "paths", "lists", "square", "line", "photo"],
)
def test_what_is_too_large_is_refused_before_anything_is_done_with_it(
    make: Callable[[Any], Drawing], given: Any
) -> None:
    began = time.process_time()
    with pytest.raises(DrawingError, match=r"more than|at most|among its objects"):
        make(given)
    assert time.process_time() - began < 0.3


def test_what_people_draw_is_far_within_the_limits() -> None:
    minute = np.cumsum(np.random.default_rng(0).normal(0, 3, (60 * 120, 2)), axis=0) % 300
    drawing = Drawing.from_strokes([minute] * 10)
    assert sum(map(len, drawing.strokes)) < gate.MOST_POINTS
