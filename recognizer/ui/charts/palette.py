"""The colors of charts.

Every color has a contrast of at least 4.5:1 with the page, and they differ in lightness too, for
color-blind readers. Where a color means a model, it is the theme's (.streamlit/config.toml).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import streamlit as st

ROOM_ABOVE = 8  # pixels, over a chart


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
