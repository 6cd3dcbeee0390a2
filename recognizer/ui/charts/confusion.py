"""The confusion matrix."""

import altair as alt
import pandas as pd

from recognizer.ui.charts.look import Layered, finished, palette

CELL = "cell"  # the name of the selection


def confusion_matrix(cells: pd.DataFrame, form: str) -> Layered:
    """The confusion matrix, a cell a click; `CELL` is the name of the selection.

    `cells` has `label`, `reading`, `images`, `share`, `value` (what is written, where
    `shown`), `shade` (0 to 1; how strong the color is) and `chosen`.
    """
    click = alt.selection_point(CELL, fields=["label", "reading"], toggle=False, clear=False)
    base = alt.Chart(cells, height=400).encode(
        x=alt.X("reading:O", title="Read as", axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("label:O", title="True digit"),
        tooltip=[
            alt.Tooltip("label:O", title="true digit"),
            alt.Tooltip("reading:O", title="read as"),
            alt.Tooltip("images:Q"),
            alt.Tooltip("share:Q", title="share of the true digit", format=".2%"),
        ],
    )
    squares = base.mark_rect(color=palette().deep, cursor="pointer", strokeWidth=3).encode(
        opacity=alt.Opacity("shade:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None)
    )
    frame = base.transform_filter("datum.chosen").mark_rect(
        filled=False, stroke=palette().wrong, strokeWidth=3
    )
    figures = (
        base.transform_filter("datum.shown")
        .mark_text(fontSize=12)
        .encode(
            text=alt.Text("value:Q", format=form),
            color=alt.condition(
                "datum.shade > 0.85", alt.value(palette().paper), alt.value(palette().ink)
            ),
        )
    )
    return finished(alt.layer(squares.add_params(click), figures, frame))
