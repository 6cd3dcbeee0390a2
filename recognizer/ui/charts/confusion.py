"""The confusion matrix."""

import altair as alt
import pandas as pd

from recognizer.ui.charts.look import Layered, finished, palette

CELL = "cell"  # the name of the selection
WIDEST = 640  # pixels, on the page
AXES = 150  # pixels of height that a full screen needs beside the cells


def confusion_matrix(cells: pd.DataFrame, form: str) -> Layered:
    """The confusion matrix, as high as it is wide, a cell a click; `CELL` names the selection.

    `cells` has `label`, `reading`, `images`, `share`, `value` (what is written, where
    `shown`), `shade` (0 to 1; how strong the color is), `error` and `chosen`.
    """
    click = alt.selection_point(CELL, fields=["label", "reading"], toggle=False, clear=False)
    base = alt.Chart(cells).encode(
        x=alt.X("reading:O", title="Read as", axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("label:O", title="True digit"),
        tooltip=[
            alt.Tooltip("label:O", title="true digit"),
            alt.Tooltip("reading:O", title="read as"),
            alt.Tooltip("images:Q"),
            alt.Tooltip("share:Q", title="share of the true digit", format=".2%"),
        ],
    )
    frame = base.transform_filter("datum.chosen").mark_rect(
        filled=False, stroke=palette().ink, strokeWidth=3
    )
    layers = alt.layer(_squares(base).add_params(click), _figures(base, form), frame)
    return finished(_square(layers))


def _squares(base: alt.Chart) -> alt.Chart:
    """Errors and correct readings in a color of their own each, never too dark for a figure."""
    strength = alt.Scale(domain=[0, 1], range=[0, palette().cover])
    return base.mark_rect(cursor="pointer").encode(
        color=alt.condition("datum.error", alt.value(palette().wrong), alt.value(palette().deep)),
        opacity=alt.Opacity("shade:Q", scale=strength, legend=None),
    )


def _figures(base: alt.Chart, form: str) -> alt.Chart:
    size = alt.ExprRef("clamp(width / 30, 10, 14)")  # four figures fit into a cell on a phone
    return (
        base.transform_filter("datum.shown")
        .mark_text(fontSize=size, color=palette().ink)
        .encode(text=alt.Text("value:Q", format=form))
    )


def _square(chart: Layered) -> Layered:
    """As high as it is wide, up to `WIDEST`; in full screen, no higher than the window."""
    rule = f"width > {WIDEST} ? min(width, windowSize()[1] - {AXES}) : width"
    height = alt.param(name="height", expr=rule)
    return chart.add_params(height).properties(
        height=400,  # any number: without one, each row has a height of its own
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
