"""Test images side by side, each with its reading and a link to more."""

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from recognizer.drawings.arrays import Image
from recognizer.ui.charts.palette import palette
from recognizer.ui.images import TILE, show


def gallery(
    rows: pd.DataFrame,
    images: Mapping[int, Image],
    doubtful: Mapping[int, str],
    link: Callable[[int, str], object],
    highlighted: int | None = None,
) -> None:
    """Show test images.

    Args:
        rows: Of `metrics.samples`.
        images: (28, 28) uint8 each, by their numbers.
        doubtful: Why a label is doubtful, by the number of the image.
        link: Shows the button or link to one image, given its number and its label. It opens
            when the image is clicked, too.
        highlighted: The number of the image that is open.
    """
    shown = rows[["label", "reading", "confidence"]]
    frame = f"outline: 3px solid {palette().highlight}; outline-offset: 2px;"
    st.html(f"<style>.st-key-tile-{highlighted} {{ {frame} }}</style>")
    with st.grid("auto", min_column_width=TILE, gap="xsmall"):
        for number, label, reading, confidence in shown.itertuples():
            with st.container(gap="xxsmall", key=f"tile-{number}"):
                show(images[number], f"Test image {number}, {label} read as {reading}")
                link(number, f"{number}: {label} → {reading}")
                st.caption(how_sure(confidence))
                if number in doubtful:
                    st.badge("doubtful label", color="orange", help=doubtful[number])


def how_sure(confidence: float) -> str:
    """A confidence, 0 to 1, in words."""
    return f"{'more than 99.9%' if confidence > 0.999 else f'{confidence:.1%}'} sure"
