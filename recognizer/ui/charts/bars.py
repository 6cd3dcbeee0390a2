"""Bars: differences between models, images by digit."""

import altair as alt
import pandas as pd

from recognizer.ui.charts.look import finished, legend
from recognizer.ui.charts.once import once
from recognizer.ui.charts.palette import palette


@once
def differences(rows: pd.DataFrame) -> alt.Chart:
    """How far one model is ahead of the others; faint where it may be chance.

    `rows` has `words` (the other model, and the difference), `points` (of accuracy),
    `only_this`, `only_other`, `p` and `significant`.
    """
    order = rows.sort_values("points", ascending=False)["words"].to_list()
    return finished(
        alt.Chart(rows, height=34 * len(rows) + 40)
        .mark_bar(height=18)
        .encode(
            y=alt.Y("words:N", title=None, sort=order, axis=alt.Axis(labelLimit=0)),
            x=alt.X("points:Q", title="Points ahead", axis=alt.Axis(tickCount=5)),
            color=alt.condition(
                "datum.points > 0", alt.value(palette().deep), alt.value(palette().wrong)
            ),
            opacity=alt.condition("datum.significant", alt.value(1), alt.value(0.4)),
            tooltip=[
                alt.Tooltip("model:N", title="against"),
                alt.Tooltip("points:Q", title="points ahead", format="+.2f"),
                alt.Tooltip("only_this:Q", title="correct where the other is wrong"),
                alt.Tooltip("only_other:Q", title="wrong where the other is correct"),
                alt.Tooltip("p:Q", title="p, adjusted", format=".2g"),
            ],
        )
    )


@once
def samples_by_digit(counts: pd.DataFrame) -> alt.Chart:
    """How many images of each digit each split holds; `counts` has `split`, `digit`, `images`."""
    order = list(counts["split"].unique())
    return finished(
        alt.Chart(counts, height=320)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X("digit:O", title="Digit", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("split:N", sort=order),
            y=alt.Y("images:Q", title="Images", axis=alt.Axis(format=",d")),
            color=alt.Color("split:N", sort=order, legend=legend(3) if order[1:] else None),
            tooltip=["split:N", "digit:O", alt.Tooltip("images:Q", format=",")],
        )
    )


@once
def kept_by_label(counts: pd.DataFrame) -> alt.Chart:
    """How many kept drawings there are of each label, accepted and pending.

    `counts` has `label` ("not|a digit" is written in two lines), `status` and `drawings`.
    """
    colors = {"accepted": palette().highlight, "pending": palette().quiet}
    order = list(counts["label"].unique())
    return finished(
        alt.Chart(counts, height=300)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "label:N",
                title="Label",
                sort=order,
                axis=alt.Axis(
                    labelAngle=0, labelOverlap=False, labelExpr="split(datum.label, '|')"
                ),
            ),
            y=alt.Y("drawings:Q", title="Drawings", axis=alt.Axis(format=",d", tickMinStep=1)),
            color=alt.Color(
                "status:N",
                scale=alt.Scale(domain=list(colors), range=list(colors.values())),
                legend=legend(2),
            ),
            order=alt.Order("status:N"),
            tooltip=["label:N", "status:N", alt.Tooltip("drawings:Q", format=",")],
        )
    )
