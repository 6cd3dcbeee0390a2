"""Curves over the epochs of a training."""

from math import ceil

import altair as alt
import pandas as pd

from recognizer.ui.charts.look import Layered, finished, legend, palette

DASHES = {"validation": [1, 0], "training": [4, 4]}


def learning_curves(curves: pd.DataFrame, *, percent: bool, log: bool = False) -> Layered:
    """One measure over epochs, of `metrics.learning_curves`: one color per model.

    A line through all epochs follows the pointer and names every value.
    """
    form = ".2%" if percent else ".4f"
    scale = alt.Scale(type="log") if log else alt.Scale(zero=False)
    axis = alt.Axis(format="~%" if percent else "~g")
    models = list(curves["model"].unique())
    if log:
        curves = curves.assign(value=curves["value"].where(curves["value"] > 0))
    # The legend takes its rows from the height.
    height = 280 + (26 * ceil(len(models) / 2) if len(models) > 1 else 0)
    base = alt.Chart(curves, height=height).encode(
        x=_epochs(curves),
        y=alt.Y("value:Q", title=None, scale=scale, axis=axis),
        color=_colors(models, legend() if len(models) > 1 else None),
    )
    dashes = alt.Scale(domain=list(DASHES), range=list(DASHES.values()))
    lines = base.mark_line(strokeWidth=2, point=_has_single(curves)).encode(
        strokeDash=alt.StrokeDash("part:N", scale=dashes, legend=None)  # the page says which
    )
    best = base.transform_filter("datum.best").mark_point(size=110, filled=True, opacity=1)
    named = curves.assign(series=curves["model"] + " " + curves["part"])
    return finished(alt.layer(lines, best, _reader(named, form)))


def over_epochs(
    table: pd.DataFrame, column: str, models: list[str], axis: str, form: str
) -> Layered:
    """Any one column of histories over epochs.

    Args:
        table: Has `model`, `epoch` and the column.
        column: Its name.
        models: All that are shown, so that each has the same color in all charts.
        axis: How values are written on the axis.
        form: How they are written beside the pointer.
    """
    lines = (
        alt.Chart(table, height=160)
        .mark_line(strokeWidth=2, point=_has_single(table))
        .encode(
            x=_epochs(table),
            y=alt.Y(f"{column}:Q", title=None, axis=alt.Axis(format=axis)),
            color=_colors(models, None),
        )
    )
    named = table.rename(columns={"model": "series", column: "value"})
    return finished(alt.layer(lines, _reader(named[["series", "epoch", "value"]], form)))


def _has_single(table: pd.DataFrame) -> bool:
    """Whether some model has one epoch alone, which makes no line."""
    return bool(table.groupby("model")["epoch"].max().min() == 1)


def _colors(models: list[str], key: alt.Legend | None) -> alt.Color:
    return alt.Color("model:N", scale=alt.Scale(domain=models), legend=key)


def _epochs(table: pd.DataFrame) -> alt.X:
    last = int(table["epoch"].max())
    ticks = list(range(1, last + 1, ceil(last / 8)))
    return alt.X("epoch:Q", title="Epoch", axis=alt.Axis(values=ticks, format="d", grid=False))


def _reader(named: pd.DataFrame, form: str) -> alt.Chart:
    """An upright line at the epoch nearest to the pointer, with every `series`' value there."""
    nearest = alt.selection_point(
        fields=["epoch"], nearest=True, on="pointerover", clear="pointerout", empty=False
    )
    values = [alt.Tooltip(f"{name}:Q", format=form) for name in named["series"].unique()]
    return (
        alt.Chart(named)
        .transform_pivot("series", value="value", groupby=["epoch"])
        .mark_rule(color=palette().quiet, strokeWidth=1.5)
        .encode(
            x="epoch:Q",
            opacity=alt.condition(nearest, alt.value(0.8), alt.value(0)),
            tooltip=[alt.Tooltip("epoch:Q"), *values],
        )
        .add_params(nearest)
    )
