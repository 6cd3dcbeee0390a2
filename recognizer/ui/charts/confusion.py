"""The confusion matrix."""

import altair as alt
import pandas as pd

from recognizer.ui.charts.look import Layered, finished
from recognizer.ui.charts.once import once
from recognizer.ui.charts.palette import palette

CELL = "cell"  # the name of the selection
WIDEST = 640  # pixels, on the page
LEFT, ABOVE = 52, 60  # pixels for the axes
EDGE = 2  # pixels beyond the last cell, for half of its frame


@once
def confusion_matrix(cells: pd.DataFrame, form: str) -> Layered:
    """The confusion matrix, as high as it is wide, a cell a click; `CELL` names the selection.

    `cells` has `label`, `reading`, `images`, `share`, `value` (what is written, where
    `shown`), `shade` (0 to 1; how strong the color is), `error` and `chosen`.
    """
    click = alt.selection_point(CELL, fields=["label", "reading"], toggle=False, clear=False)
    base = alt.Chart(cells).encode(
        x=alt.X(
            "reading:O",
            title="Read as",
            axis=alt.Axis(orient="top", labelAngle=0, offset=-ABOVE),
            scale=_from(LEFT),
        ),
        y=alt.Y("label:O", title="True digit", axis=alt.Axis(offset=-LEFT), scale=_from(ABOVE)),
        tooltip=[
            alt.Tooltip("label:O", title="true digit"),
            alt.Tooltip("reading:O", title="read as"),
            alt.Tooltip("images:Q"),
            alt.Tooltip("share:Q", title="share of the true digit", format=".2%"),
        ],
    )
    frame = base.transform_filter("datum.chosen").mark_rect(
        filled=False, stroke=palette().ink, strokeWidth=3, aria=False
    )
    layers = alt.layer(_squares(base).add_params(click), _figures(base, form), frame)
    return _square(finished(layers))


def _squares(base: alt.Chart) -> alt.Chart:
    """Errors and correct readings in a color of their own each, never too dark for a figure."""
    strength = alt.Scale(domain=[0, 1], range=[0, palette().cover])
    return base.mark_rect(cursor="pointer").encode(
        color=alt.condition("datum.error", alt.value(palette().wrong), alt.value(palette().deep)),
        opacity=alt.Opacity("shade:Q", scale=strength, legend=None),
    )


def _figures(base: alt.Chart, form: str) -> alt.Chart:
    size = alt.ExprRef("clamp(side / 30, 10, 14)")  # four figures fit into a cell on a phone
    return (
        base.transform_filter("datum.shown")
        .mark_text(fontSize=size, color=palette().ink)
        .encode(text=alt.Text("value:Q", format=form))
    )


def _from(start: int) -> alt.Scale:
    """As long as all cells are wide, from `start` pixels."""
    return alt.Scale(range=[start, alt.ExprRef(f"{start} + side")])


def _square(chart: Layered) -> Layered:
    """As high as the screen lets it be wide.

    The room for the axes is given, not found by Vega: its search for it would change the width,
    that the height, and so on.
    """
    side = alt.param(name="side", expr=f"width - {LEFT + EDGE}")
    height = alt.param(name="height", expr=f"side + {ABOVE + EDGE}")
    return chart.add_params(side, height).properties(
        height=400,  # any number: without one, each row has a height of its own
        autosize=alt.AutoSizeParams(type="none"),
        padding={"left": 0, "top": 0, "right": 0, "bottom": 0},
    )
