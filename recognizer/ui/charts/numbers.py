"""How many whole numbers are read correctly, by how they are written."""

import altair as alt
import pandas as pd

from recognizer.ui.charts.look import Layered, finished
from recognizer.ui.charts.once import once
from recognizer.ui.charts.palette import palette

ROW = 34  # pixels


@once
def accuracy_by_kind(rows: pd.DataFrame) -> Layered:
    """The share that is read correctly of each kind of number, with its interval.

    `rows` has `given`, `numbers`, `accuracy`, `least` and `most`, the ends of the 95% confidence
    interval.
    """
    lowest = min(0.5, float(rows["least"].min()))
    scale = alt.Scale(domain=[lowest, 1])
    base = alt.Chart(rows, height=ROW * len(rows) + 30).encode(
        y=alt.Y("given:N", title=None, sort=None, axis=alt.Axis(labelLimit=0)),
        tooltip=[
            alt.Tooltip("given:N", title="numbers"),
            alt.Tooltip("accuracy:Q", title="read correctly", format=".1%"),
            alt.Tooltip("numbers:Q", title="of", format=","),
            alt.Tooltip("least:Q", title="95% confidence interval from", format=".1%"),
            alt.Tooltip("most:Q", title="to", format=".1%"),
        ],
    )
    axis = alt.Axis(format=".0%", tickCount=5)
    spans = base.mark_rule(color=palette().highlight, strokeWidth=3).encode(
        x=alt.X("least:Q", title="Read correctly", scale=scale, axis=axis), x2="most:Q"
    )
    points = base.mark_point(color=palette().highlight, filled=True, size=110, opacity=1).encode(
        x=alt.X("accuracy:Q", title="Read correctly", scale=scale, axis=axis)
    )
    return finished(alt.layer(spans, points))
