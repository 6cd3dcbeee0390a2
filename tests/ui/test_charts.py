"""Charts are made once for everyone."""

from collections.abc import Iterator

import altair as alt
import pandas as pd
import pytest

from recognizer.ui.charts import once as charts

ROWS = pd.DataFrame({"x": [1, 2], "y": ["a", "b"]})


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The heights of the charts that were made."""
    heights = list[int]()

    @charts.once
    def points(rows: pd.DataFrame, height: int) -> alt.Chart:
        heights.append(height)
        return alt.Chart(rows, height=height).mark_point().encode(x="x:Q", y="y:N")

    monkeypatch.setattr(charts, "points", points, raising=False)
    yield heights
    charts._chart.cache_clear()


def show(rows: pd.DataFrame, height: int = 100) -> dict[str, object]:
    chart: alt.Chart = charts.points(rows, height)  # type: ignore[attr-defined]
    return chart.to_dict()


def test_the_same_chart_is_made_once(made: list[int]) -> None:
    first = show(ROWS)
    assert show(ROWS.copy()) == first
    assert made == [100]
    assert list(first["datasets"].values()) == [ROWS.to_dict("records")]  # type: ignore[attr-defined]


def test_what_is_done_with_one_does_not_show_in_the_next(made: list[int]) -> None:
    show(ROWS)["encoding"] = show(ROWS)["datasets"] = {}
    assert show(ROWS)["encoding"]
    assert show(ROWS)["datasets"]


def test_other_data_make_another_chart(made: list[int]) -> None:
    assert show(ROWS) != show(ROWS.assign(x=[1, 3]))
    assert show(ROWS, 200)["height"] == 200
    assert made == [100, 100, 200]


def test_so_many_are_kept(made: list[int]) -> None:
    show(ROWS, 1)
    for height in range(2, charts.KEPT + 2):
        charts.points(ROWS, height)  # type: ignore[attr-defined]
    show(ROWS, 1)
    assert made == [1, 1]
