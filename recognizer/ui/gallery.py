"""Test images side by side, each with what was read and a way to more."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from recognizer.ui.images import TILE, show


def gallery(
    rows: pd.DataFrame,
    images: NDArray[np.uint8],
    doubts: Mapping[int, str],
    way: Callable[[int, str], object],
) -> None:
    """Show test images.

    Args:
        rows: Of `analysis.samples`.
        images: (10000, 28, 28).
        doubts: Why a label is in doubt, by the number of the image.
        way: Shows the button or link to one image, given its number and what is to stand on it.
    """
    told = rows[["label", "reading", "confidence"]]
    with st.grid("auto", min_column_width=TILE, gap="xsmall"):
        for number, label, reading, confidence in told.itertuples():
            with st.container(gap="xxsmall"):
                show(images[number], f"Test image {number}, {label} read as {reading}")
                way(number, f"{number}: {label} → {reading}")
                st.caption(f"{'over 99.9%' if confidence > 0.999 else f'{confidence:.1%}'} sure")
                if number in doubts:
                    st.badge("label in doubt", color="orange", help=doubts[number])
