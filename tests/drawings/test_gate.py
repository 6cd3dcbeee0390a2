"""Whatever comes from outside is a drawing, or one documented error; and that within a moment."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from recognizer import Drawing
from recognizer.drawings import gate
from recognizer.errors import DrawingError
from tests.drawings.ways_in import HUGE, LINE, WAYS, Call, made


@pytest.mark.parametrize("way", WAYS)
def test_whatever_comes_in_is_a_drawing_or_refused(way: str) -> None:
    @given(WAYS[way])
    def attempt(call: Call) -> None:
        made(call)

    attempt()


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
    made(Call(Drawing.from_image, (strokes,)))
    made(Call(Drawing.from_photo, (strokes,)))


@pytest.mark.parametrize("key", ["flipX", "path", "type", "originX", "left", "scaleX"])
def test_no_value_of_an_object_is_taken_for_a_truth(key: str) -> None:
    made(Call(Drawing.from_canvas, ({"objects": [LINE | {key: np.array([True, False])}]},)))


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
