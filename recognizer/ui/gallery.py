"""Test images side by side, each with what was read and a way to more."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from recognizer.evaluation import Report
from recognizer.registry import ModelError, load_report, whole_models
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
    with st.grid("auto", min_column_width=TILE, gap="xsmall"):
        for number, row in zip(rows.index.tolist(), rows.itertuples(), strict=True):
            with st.container(gap="xxsmall"):
                words = f"a {row.label} read as {row.reading}, {row.confidence:.1%} sure"
                show(images[number], f"Test image {number}: {words}")
                way(number, f"{row.label} → {row.reading} · {row.confidence:.1%}")
                if number in doubts:
                    st.badge("label in doubt", color="orange", help=doubts[number])


def all_reports() -> dict[str, Report]:
    """The report of every model that has a whole one."""
    reports = {}
    for model in whole_models():
        try:
            reports[model.name] = load_report(model.name)
        except ModelError:  # the page that is about this model says so
            continue
    return reports
