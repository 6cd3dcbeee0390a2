"""What charts share: colors, and axes of shares.

Every color has a contrast of at least 4.5:1 with the page, and they differ in lightness too, for
color-blind readers. Where a color means a model, it is the theme's (.streamlit/config.toml).
"""

from dataclasses import dataclass
from typing import TypeVar

import altair as alt
import streamlit as st

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
    paper: str  # of text on `deep` and on `wrong`


LIGHT = Palette("#0b1419", "#66717b", "#1a7aa8", "#0a5a8c", "#c24e00", "#ffffff")
DARK = Palette("#e8eef2", "#8b98a3", "#4fb6dd", "#3aa0dc", "#ff8f4a", "#12181d")


def palette() -> Palette:
    """The colors of the visitor's theme, which charts do not follow by themselves."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def finished(chart: C) -> C:
    """A chart whose axes can be read: labels at their grid lines, in a color with contrast."""
    ink = palette().ink
    return chart.configure_axis(
        labelFlush=False, labelBound=False, labelColor=ink, titleColor=ink
    ).configure_legend(labelColor=ink)


def percents(digits: int = 0) -> alt.Axis:
    """An axis of shares, written as percentages."""
    return alt.Axis(format=f".{digits}%")


def across(column: str, title: str) -> alt.X:
    """A share, 0 to 1, from left to right."""
    return alt.X(f"{column}:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=percents())


def upwards(column: str, title: str) -> alt.Y:
    """A share, 0 to 1, from below."""
    return alt.Y(f"{column}:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=percents())


def legend(columns: int = 2) -> alt.Legend:
    """A legend above the chart, of names in full."""
    return alt.Legend(title=None, orient="top", columns=columns, labelLimit=0)
