"""What charts share: axes of shares, legends."""

from typing import TypeVar

import altair as alt

from recognizer.ui.charts.palette import ROOM_ABOVE

Layered = alt.LayerChart | alt.FacetChart  # what alt.layer returns
C = TypeVar("C", bound=alt.TopLevelMixin)


def finished(chart: C) -> C:
    """A chart whose axes can be read: every label at its grid line, and none cut off."""
    # A label at the upper end of an axis would be cut in half without the room above it.
    room = chart.properties(padding={"top": ROOM_ABOVE})
    return room.configure_axis(labelFlush=False, labelBound=False)


def percents(digits: int = 0) -> alt.Axis:
    """An axis of shares, written as percentages."""
    return alt.Axis(format=f".{digits}%")


def across(column: str, title: str) -> alt.X:
    """A share, 0 to 1, from left to right."""
    axis = alt.Axis(format=".0%", tickCount=5)  # more would not fit beside each other
    return alt.X(f"{column}:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=axis)


def upwards(column: str, title: str) -> alt.Y:
    """A share, 0 to 1, from below."""
    return alt.Y(f"{column}:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=percents())


def legend(columns: int = 2) -> alt.Legend:
    """A legend above the chart, of names in full."""
    return alt.Legend(title=None, orient="top", columns=columns, labelLimit=0)
