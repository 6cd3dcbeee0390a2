"""What may come in by each of the four ways to make a drawing, and what may come of it."""

import copy
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, scalar_dtypes

from recognizer import Drawing, Recognizer
from recognizer.drawings.preprocessing import prepare
from recognizer.errors import DrawingError

HUGE = 10**400
LINE: dict[str, Any] = {
    "type": "path",
    "path": [["M", 10, 20], ["L", 50, 100], ["Q", 1, 2, 3, 4], ["Z"]],
    "left": 30,
    "top": 60,
}
KEYS = ("left", "top", "scaleX", "scaleY", "angle", "skewX", "skewY", "strokeWidth", "flipX")
MORE = ("originX", "originY", "type", "path", "objects")


@dataclass(frozen=True)
class Call:
    """A way in, and what it is given."""

    make: Callable[..., Drawing]
    given: tuple[Any, ...]


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


@st.composite
def scribbles(draw: st.DrawFn) -> list[Any]:
    """Strokes of many points of any size and place, some of them on one another."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    scale = 10.0 ** rng.uniform(*draw(st.sampled_from([(0, 3), (-310, 9)])))
    count = int(10 ** rng.uniform(0, 2))
    lengths = (10 ** rng.uniform(0, rng.uniform(0, 2.5), count)).astype(int)
    wander = [rng.normal(0, rng.choice([0, 0.1, 1]), (n, 2)).cumsum(axis=0) for n in lengths]
    places = rng.normal(0, rng.choice([0, 1, 30]), (count, 2)) * rng.choice([0, 1], 2)
    return [(each + place) * scale for each, place in zip(wander, places, strict=True)]


@st.composite
def changed_paths(draw: st.DrawFn) -> list[Any]:
    """A path of which one value is something else."""
    path = copy.deepcopy(LINE["path"])
    command = draw(st.sampled_from(path))
    place = draw(st.integers(0, len(command) - 1))
    command[place] = draw(numbers | anything | st.sampled_from("MLQZC"))
    return path


@st.composite
def pictures(draw: st.DrawFn) -> Any:
    """Pictures of any shape with noise, areas, lines, text and specks in any gray or color."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    height, width = (10 ** rng.uniform(0, rng.choice([1, 2, 2.6], p=[0.3, 0.5, 0.2]), 2)).astype(
        int
    )
    channels = rng.choice([1, 3, 4])
    picture = np.full((height, width, channels), rng.integers(256, size=channels), np.uint8)
    for _ in range(rng.integers(0, 6)):
        color = rng.integers(0, 256, channels).tolist()
        (x, y), (right, down) = rng.integers(-5, (width + 5, height + 5), (2, 2)).tolist()
        match rng.integers(5):
            case 0:
                cv2.line(picture, (x, y), (right, down), color, int(rng.integers(1, 20)))
            case 1:
                picture[max(y, 0) : max(down, 0), max(x, 0) : max(right, 0)] = color
            case 2:
                cv2.putText(picture, "0568 73", (x, y), 0, rng.uniform(0.1, 5), color, 2)
            case 3:
                some = rng.random((height, width)) < rng.choice([0.01, 0.3, 0.9])
                picture[some] = color
            case 4:
                picture[:] = rng.integers(0, 256, picture.shape)
    return picture[..., 0] if channels == 1 and rng.random() < 0.5 else picture


def calls(make: Callable[..., Drawing], *given: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
    return st.builds(lambda *drawn: Call(make, drawn), *given)


WAYS = {
    "strokes": st.one_of(
        calls(Drawing.from_strokes, st.lists(points | anything, max_size=4) | anything),
        calls(Drawing.from_strokes, st.just([[[0, 0], [30, 50]]]), numbers | anything),
        calls(Drawing.from_strokes, scribbles(), st.floats(1e-6, 1e9)),
    ),
    "canvas": st.one_of(
        calls(Drawing.from_canvas, anything),
        calls(Drawing.from_canvas, st.builds(lambda some: {"objects": some}, anything)),
        calls(
            Drawing.from_canvas,
            st.builds(
                lambda some: {"objects": [LINE | some]},
                st.dictionaries(st.sampled_from(KEYS + MORE), numbers | anything, max_size=4)
                | st.builds(lambda path: {"path": path}, changed_paths()),
            ),
        ),
    ),
    "image": calls(
        Drawing.from_image,
        st.one_of(anything, arrays(np.uint8, array_shapes(max_dims=3, max_side=9)), pictures()),
    ),
    "photo": calls(
        Drawing.from_photo,
        st.one_of(anything, arrays(np.uint8, array_shapes(max_dims=3, max_side=9)), pictures()),
    ),
}


def made(call: Call) -> Drawing | None:
    """The drawing, or None if it is refused; nothing else may come of it, and no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            drawing = call.make(*call.given)
        except DrawingError as error:
            assert 10 < len(str(error)) < 300  # noqa: PT017 - one of two ways that it may end
            return None
        prepared = prepare(drawing)
    assert all(np.isfinite(stroke).all() for stroke in drawing.strokes)
    assert 0 < drawing.pen_width < math.inf
    assert prepared.image.shape == (28, 28)
    return drawing


def read(drawing: Drawing, recognizer: Recognizer) -> None:
    """Read it in both ways: no warning, and all numbers are probabilities or finite."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one, number = recognizer.read(drawing), recognizer.read_number(drawing)
    for each in (one, *number.digits):
        assert np.isfinite(each.probabilities).all()
        assert 0 <= each.confidence <= 1
        assert each.box is None or np.isfinite(each.box).all()
    assert 0 <= number.confidence <= 1
    assert all(0 <= share <= 1 for _, share in number.alternatives)
