"""What charts share: colors, and axes of shares.

Every color has a contrast of at least 4.5:1 with the page, and they differ in lightness too, for
color-blind readers. Where a color means a model, it is the theme's (.streamlit/config.toml).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TypeVar

import altair as alt
import streamlit as st

ROOM_ABOVE = 8  # pixels
Layered = alt.LayerChart | alt.FacetChart  # what alt.layer returns
C = TypeVar("C", bound=alt.TopLevelMixin)


@dataclass(frozen=True)
class Palette:
    """The colors of charts in one theme."""

    ink: str  # of text
    quiet: str  # what is there for comparison
    highlight: str  # what the chart is about
    deep: str  # another one, clearly darker than `highlight` in the light theme
    wrong: str  # errors
    paper: str  # of the page
    cover: float  # opacity up to which `ink` can be read on `wrong`


LIGHT = Palette("#0b1419", "#66717b", "#1a7aa8", "#0a5a8c", "#c24e00", "#ffffff", 0.85)
DARK = Palette("#e8eef2", "#8b98a3", "#4fb6dd", "#3aa0dc", "#ff8f4a", "#12181d", 0.55)


def palette() -> Palette:
    """The colors of the visitor's theme, which charts do not follow by themselves."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def model_colors(models: Sequence[str]) -> dict[str, str]:
    """The color of each model, the theme's in their order; a legend outside a chart needs them."""
    theme = "dark" if palette() is DARK else "light"
    colors: list[str] = st.get_option(f"theme.{theme}.chartCategoricalColors")
    return dict(zip(models, cycle(colors), strict=False))


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
