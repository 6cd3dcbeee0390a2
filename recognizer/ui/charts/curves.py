"""Curves over the epochs of a training."""

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from recognizer.ui.charts.look import Layered, finished
from recognizer.ui.charts.once import once
from recognizer.ui.charts.palette import model_colors, palette

DASHES = {"validation": [1, 0], "training": [4, 4]}
HEIGHT = 400  # pixels, of which the axis takes less than 100
MARGIN = 8  # pixels between the frame and the curves, so that no point is cut
MANY = 1000  # labels: no axis drops any of those that it is given
# The wheel alone scrolls the page, and a finger too.
ZOOM = alt.selection_interval(
    name="zoom",
    bind="scales",
    zoom="wheel![event.ctrlKey || event.metaKey]",
    translate="[pointerdown[event.pointerType !== 'touch'], window:pointerup] "
    "> window:pointermove!",
)
# The leading figures of the labels of an axis of logarithms, up to which ratio of its ends.
FIGURES = [(12, (1, 2, 3, 5, 7)), (300, (1, 2, 5)), (10_000, (1, 3)), (math.inf, (1,))]
LINEAR = 4  # the ratio up to which such an axis is nearly one of equal steps
DECADES = range(-7, 4)  # powers of ten that an axis may have to show


@once
def learning_curves(
    curves: pd.DataFrame,
    *,
    percent: bool,
    log: bool = False,
    models: Sequence[str] = (),
    smooth: int = 1,
) -> Layered:
    """One measure over epochs, with one color per model. The page has the legend.

    A line through all epochs follows the pointer and names every value, as recorded.

    Args:
        curves: Of `metrics.learning_curves`, of one measure.
        percent: Whether its values are shares.
        log: Whether its axis is of logarithms.
        models: All that have a color, if there are more than in `curves`.
        smooth: Over how many epochs the curves are averaged; those recorded stay visible.
    """
    if log:
        curves = curves.assign(value=curves["value"].where(curves["value"] > 0))
    base = alt.Chart(smoothed(curves, smooth), height=HEIGHT).encode(
        x=_epochs(curves),
        y=_values("value", percent=percent, log=log),
        color=_colors(models or list(curves["model"].unique())),
        strokeDash=alt.StrokeDash("part:N", scale=_dashes(), legend=None),  # the page says which
    )
    shown = _values("shown", percent=percent, log=log)
    lines = base.mark_line(strokeWidth=2, point=_has_single(curves), clip=True).encode(y=shown)
    recorded = base.mark_line(strokeWidth=1, opacity=0.5, clip=True)
    best = base.transform_filter("datum.best").mark_point(
        size=110, filled=True, opacity=1, clip=True
    )
    named = curves.assign(series=curves["model"] + " " + curves["part"])
    reader = _reader(named, ".2%" if percent else ".4f")
    layers = [recorded] * (smooth > 1) + [lines, best, reader]
    layers[0] = layers[0].add_params(ZOOM)
    return finished(alt.layer(*layers))


def smoothed(curves: pd.DataFrame, epochs: int) -> pd.DataFrame:
    """With `shown`, the mean of so many epochs around each; near the ends, of fewer."""
    means = curves.groupby(["model", "part"])["value"].transform(
        lambda values: values.rolling(epochs, center=True, min_periods=1).mean()
    )
    return curves.assign(shown=means.where(curves["value"].notna()))


@once
def over_epochs(
    table: pd.DataFrame, column: str, models: list[str], axis: str, form: str
) -> Layered:
    """Any one column of histories over epochs.

    Args:
        table: Has `model`, `epoch` and the column.
        column: Its name.
        models: All that have a color, so that each has the same in all charts.
        axis: How values are written on the axis.
        form: How they are written beside the pointer.
    """
    lines = (
        alt.Chart(table, height=HEIGHT)
        .mark_line(strokeWidth=2, point=_has_single(table), clip=True)
        .encode(
            x=_epochs(table),
            y=alt.Y(f"{column}:Q", title=None, axis=alt.Axis(format=axis, tickCount=6)),
            color=_colors(models),
        )
    )
    named = table.rename(columns={"model": "series", column: "value"})
    reader = _reader(named[["series", "epoch", "value"]], form)
    return finished(alt.layer(lines.add_params(ZOOM), reader))


def _has_single(table: pd.DataFrame) -> bool:
    """Whether some model has one epoch alone, which makes no line."""
    return bool(table.groupby("model")["epoch"].max().min() == 1)


def _colors(models: Sequence[str]) -> alt.Color:
    colors = model_colors(models)
    scale = alt.Scale(domain=list(colors), range=list(colors.values()))
    return alt.Color("model:N", scale=scale, legend=None)


def _dashes() -> alt.Scale:
    return alt.Scale(domain=list(DASHES), range=list(DASHES.values()))


def _values(column: str, *, percent: bool, log: bool) -> alt.Y:
    form = "~%" if percent else "~g"
    if log:
        scale = alt.Scale(type="log", nice=False, padding=MARGIN)
        axis = alt.Axis(format=form, values=alt.ExprRef(_round_values()), tickCount=MANY)
    else:
        scale = alt.Scale(zero=False, nice=False, padding=MARGIN)
        axis = alt.Axis(format=form)
    return alt.Y(f"{column}:Q", title=None, scale=scale, axis=axis)


def _round_values() -> str:
    """The labels of an axis of logarithms, as an expression: it follows when one zooms."""
    low, high = "domain('y')[0]", "domain('y')[1]"
    # From 5 to 10 equal steps.
    size = f"pow(10, floor(log({high} - {low}) / LN10))"
    wide = f"({high} - {low}) / {size}"
    step = f"({size} * ({wide} < 2 ? 0.2 : {wide} < 5 ? 0.5 : 1))"
    choice = f"{high} / {low} < {LINEAR} ? sequence(ceil({low} / {step}) * {step}, {high}, {step})"
    for ratio, figures in FIGURES:
        values = [round(figure * 10.0**power, 9) for power in DECADES for figure in figures]
        choice += f" : {high} / {low} < {ratio} ? {values}" if ratio < math.inf else f" : {values}"
    return choice


def _epochs(table: pd.DataFrame) -> alt.X:
    """Epochs from left to right, the first and the last among those that are labeled."""
    last = int(table["epoch"].max())
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, last) if last <= 10 * step)
    round_ones = [epoch for epoch in range(step, last, step) if epoch <= last - step / 2]
    ticks = sorted({1, *(epoch for epoch in round_ones if epoch >= 1 + step / 2), last})
    # Each epoch, where one has zoomed in.
    values = f"span(domain('x')) < 10 ? sequence(1, {last + 1}) : {ticks}"
    return alt.X(
        "epoch:Q",
        title="Epoch",
        scale=alt.Scale(zero=False, nice=False, padding=MARGIN),
        axis=alt.Axis(values=alt.ExprRef(values), tickCount=MANY, format="d", grid=False),
    )


def _reader(named: pd.DataFrame, form: str) -> alt.Chart:
    """An upright line at the epoch nearest to the pointer, with every `series`' value there."""
    nearest = alt.selection_point(
        "pointer",
        fields=["epoch"],
        nearest=True,
        on="pointerover",
        clear="pointerout",
        empty=False,
    )
    values = [alt.Tooltip(f"{name}:Q", format=form) for name in named["series"].unique()]
    return (
        alt.Chart(named)
        .transform_pivot("series", value="value", groupby=["epoch"])
        .mark_rule(color=palette().quiet, strokeWidth=1.5, clip=True)
        .encode(
            x="epoch:Q",
            opacity=alt.condition(nearest, alt.value(0.8), alt.value(0)),
            tooltip=[alt.Tooltip("epoch:Q"), *values],
        )
        .add_params(nearest)
    )
