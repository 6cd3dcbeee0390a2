"""What charts share: colors, and axes of shares.

Colors differ in lightness too, for color-blind readers, and stand out on white and on
near-black. Where a color means a model, it is the theme's (.streamlit/config.toml).
"""

import altair as alt
import streamlit as st

Layered = alt.LayerChart | alt.FacetChart  # what alt.layer returns

HIGHLIGHT = "#2a93c4"
QUIET = "#8b98a3"
WRONG = "#d55e00"
DEEP = "#0072b2"  # dark enough for white figures on it


def ink() -> str:
    """The color of figures written into a chart, which do not follow the theme by themselves."""
    return "#e8eef2" if st.context.theme.type == "dark" else "#1b2730"


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
