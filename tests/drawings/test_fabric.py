"""The canvas's paths: put where the canvas shows them, after all that its toolbar did."""

from typing import Any

import numpy as np
import pytest

from recognizer.drawings import fabric


def path(*commands: list[Any], **properties: Any) -> dict[str, Any]:
    """An object as the canvas sends it; its center is that of its own points if not given."""
    ends = np.array([command[-2:] for command in commands], dtype=float)
    center = (ends.min(axis=0) + ends.max(axis=0)) / 2
    return {
        "type": "Path",
        "path": list(commands),
        "left": center[0],
        "top": center[1],
        "originX": "center",
        "originY": "center",
        "strokeWidth": 20,
    } | properties


LINE = (["M", 10, 20], ["L", 50, 100])


def test_an_untouched_path_stays_where_it_is() -> None:
    np.testing.assert_allclose(fabric.points(path(*LINE)), [[10, 20], [50, 100]])


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"left": 130, "top": 60}, [[110, 20], [150, 100]]),
        ({"scaleX": 2, "scaleY": 0.5}, [[-10, 40], [70, 80]]),
        ({"angle": 90}, [[70, 40], [-10, 80]]),
        ({"flipX": True}, [[50, 20], [10, 100]]),
        ({"skewX": 45}, [[-30, 20], [90, 100]]),
        ({"angle": 180, "scaleX": 2}, [[70, 100], [-10, 20]]),
        ({"originX": "left", "originY": "top", "left": 0, "top": 0}, [[10, 10], [50, 90]]),
        (
            {"originX": "left", "originY": "top", "left": 0, "top": 10, "flipX": True},
            [[50, 20], [10, 100]],
        ),
    ],
)
def test_changes_by_the_toolbar_are_applied(
    properties: dict[str, Any], expected: list[list[float]]
) -> None:
    np.testing.assert_allclose(fabric.points(path(*LINE, **properties)), expected, atol=1e-9)


def test_curves_are_followed() -> None:
    points = fabric.points(path(["M", 0, 0], ["Q", 50, 100, 100, 0]))
    assert len(points) == 1 + fabric.CURVE_POINTS
    t = points[:, 0] / 100  # of this curve, x is 100 t
    np.testing.assert_allclose(points[:, 1], 200 * t * (1 - t) + points[0, 1], atol=1e-9)


def test_a_click_is_a_path_of_no_length() -> None:
    assert fabric.points(path(["M", 5, 5], ["L", 5, 5])).tolist() == [[5, 5], [5, 5]]


def test_scaling_a_path_scales_its_pen() -> None:
    assert fabric.pen_width(path(*LINE), 8) == 20
    assert fabric.pen_width(path(*LINE, scaleX=3, scaleY=3), 8) == pytest.approx(60)
    assert fabric.pen_width({}, 8) == 8


def test_other_objects_are_no_paths() -> None:
    line, objects = path(*LINE), [{"type": "Rect"}, {"type": "path", "path": []}]
    assert fabric.paths({"objects": [*objects, line]}) == [line]
    assert fabric.paths({}) == []


def test_a_stroke_comes_back_from_its_path_as_it_was() -> None:
    for stroke in (np.array([[10.0, 20.0], [50.0, 100.0], [30.0, 7.0]]), np.array([[5.0, 5.0]])):
        made = fabric.to_path(stroke, 8, "#000000")
        found, given = (np.unique(each, axis=0) for each in (fabric.points(made), stroke))
        np.testing.assert_allclose(found, given)
        assert fabric.pen_width(made, 20) == 8


def test_of_objects_only_paths_and_what_they_look_like_are_kept() -> None:
    path = fabric.to_path(np.array([[0.0, 1.0], [5.0, 9.0]]), 20.0, "#000") | {"flipX": True}
    more = {"shadow": "x" * 1000, "clipPath": {"objects": []}, "stroke": "x" * 1000}
    group = {"type": "group", "objects": [path]}
    (kept,) = fabric.cleaned([path | more, group])
    assert kept == {key: value for key, value in path.items() if key != "stroke"}
    assert fabric.cleaned([path]) == [path]
