"""Bars: probabilities, differences between models, images by digit."""

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recognizer.ui.charts.look import finished, legend, palette


def probability_bars(
    probabilities: NDArray[np.float32], no_digit: float | None, height: int
) -> alt.Chart:
    """A bar for each digit's probability (10,) and one for none; the likeliest highlighted.

    `no_digit` is None where the network does not know non-digits.
    """
    bars = dict(zip(map(str, range(10)), probabilities.astype(float), strict=True))
    if no_digit is not None:
        bars["none"] = no_digit
    digits = pd.DataFrame(bars.items(), columns=["digit", "probability"])
    digits["likeliest"] = digits["probability"].eq(digits["probability"].max())
    color = alt.condition(
        "datum.likeliest", alt.value(palette().highlight), alt.value(palette().quiet)
    )
    return finished(
        alt.Chart(digits, height=height)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "digit:N", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=False)
            ),
            y=alt.Y(
                "probability:Q",
                title=None,
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", values=[0, 0.5, 1]),
            ),
            color=color,
            tooltip=["digit:N", alt.Tooltip("probability:Q", format=".2%")],
        )
    )


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
