"""The curves of a first epoch while it runs."""

import altair as alt
import pandas as pd

from recognizer.ui.charts.look import finished
from recognizer.ui.charts.once import once
from recognizer.ui.charts.palette import palette


@once
def first_epoch(rows: pd.DataFrame, measure: str, batches: int, *, percent: bool) -> alt.Chart:
    """One measure over the batches of the first epoch so far.

    Args:
        rows: Has the measure, indexed by `batch`.
        measure: "accuracy" or "loss".
        batches: How many there are in an epoch; the axis ends there.
        percent: Whether values are written as percentages.
    """
    return finished(
        alt.Chart(rows.reset_index(), height=400)
        .mark_line(strokeWidth=2, strokeDash=[4, 4], color=palette().highlight, point=len(rows) < 2)
        .encode(
            x=alt.X(
                "batch:Q",
                title="Batch of the first epoch",
                scale=alt.Scale(domain=[0, batches], nice=False),
                axis=alt.Axis(format=",d", tickCount=5, grid=False),
            ),
            y=alt.Y(
                f"{measure}:Q",
                title=None,
                scale=alt.Scale(zero=False),
                axis=alt.Axis(format="~%" if percent else "~g"),
            ),
            tooltip=[
                alt.Tooltip("batch:Q", format=","),
                alt.Tooltip(f"{measure}:Q", format=".2%" if percent else ".4f"),
            ],
        )
    )
