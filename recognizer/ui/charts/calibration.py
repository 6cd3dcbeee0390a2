"""Calibration: how reliable a confidence is, and what abstaining gains."""

import altair as alt
import pandas as pd

from recognizer.ui.charts.look import Layered, across, finished, percents, upwards
from recognizer.ui.charts.once import once
from recognizer.ui.charts.palette import palette

HEIGHT = 400  # pixels
FEW = 5  # answers; fewer in a bin tell little
FAINT = 0.35  # opacity


@once
def reliability_diagram(table: pd.DataFrame) -> Layered:
    """Accuracy against confidence, of `calibration.reliability`, with the line where they agree.

    Bins with fewer than `FEW` answers are faint.
    """
    base = alt.Chart(table, height=HEIGHT).encode(
        x=across("confidence", "Confidence"),
        opacity=alt.condition(f"datum.answers < {FEW}", alt.value(FAINT), alt.value(1)),
        tooltip=[
            alt.Tooltip("low:Q", title="bin from", format=".0%"),
            alt.Tooltip("high:Q", title="to", format=".0%"),
            alt.Tooltip("answers:Q", format=","),
            alt.Tooltip("confidence:Q", title="mean confidence", format=".2%"),
            alt.Tooltip("accuracy:Q", format=".2%"),
            alt.Tooltip("least:Q", title="95% confidence interval from", format=".1%"),
            alt.Tooltip("most:Q", title="to", format=".1%"),
        ],
    )
    spans = base.mark_rule(color=palette().highlight, strokeWidth=2).encode(
        y=upwards("least", "Accuracy"), y2="most:Q"
    )
    points = base.mark_point(color=palette().highlight, filled=True).encode(
        y=upwards("accuracy", "Accuracy"),
        size=alt.Size("answers:Q", scale=alt.Scale(type="log", range=[40, 240]), legend=None),
    )
    return finished(alt.layer(_agreement(), spans, points, *_halves()))


def _agreement() -> alt.Chart:
    """The line on which confidence and accuracy agree."""
    ends = pd.DataFrame({"confidence": [0.0, 1.0], "accuracy": [0.0, 1.0]})
    line = alt.Chart(ends).mark_line(color=palette().quiet, strokeDash=[4, 4], strokeWidth=1.5)
    return line.encode(x=across("confidence", "Confidence"), y=upwards("accuracy", "Accuracy"))


def _halves() -> list[alt.Chart]:
    """What it means to be above the line, and below it."""
    words = pd.DataFrame(
        {
            "confidence": [0.02, 0.98],
            "accuracy": [0.94, 0.06],
            "words": ["underconfident", "overconfident"],
            "align": ["left", "right"],
        }
    )
    base = alt.Chart(words).encode(
        x=across("confidence", "Confidence"), y=upwards("accuracy", "Accuracy"), text="words:N"
    )
    side, size = alt.ExprRef("datum.align"), 14
    # The color of the page around the letters keeps them apart from what they are on.
    around = base.mark_text(
        align=side, fontSize=size, color=palette().paper, stroke=palette().paper, strokeWidth=5
    )
    return [around, base.mark_text(align=side, fontSize=size, color=palette().ink)]


@once
def confidence_histogram(table: pd.DataFrame, color: str) -> alt.Chart:
    """How many answers had which confidence; `table` has `low`, `high` and `answers`."""
    figures = (1, 10, 100, 1000, 10_000) if table["answers"].max() > 50 else (1, 2, 5, 10, 20, 50)
    # Without these two options, a low chart would drop every other one of them.
    axis = alt.Axis(format=",d", values=[0, *figures], tickCount=1000, labelOverlap=False)
    return finished(
        alt.Chart(table, height=280)
        .mark_bar(color=color)
        .encode(
            x=across("low", "Confidence").bin("binned"),
            x2="high:Q",
            y=alt.Y(
                "answers:Q",
                title="Answers (log scale)",
                scale=alt.Scale(type="symlog"),  # which, unlike log, begins at 0
                axis=axis,
            ),
            tooltip=[
                alt.Tooltip("low:Q", title="from", format=".0%"),
                alt.Tooltip("high:Q", title="to", format=".0%"),
                alt.Tooltip("answers:Q", format=","),
            ],
        )
    )


@once
def risk_coverage(table: pd.DataFrame, point: tuple[float, float, float] | None) -> Layered:
    """Accuracy against the share of answers given.

    Args:
        table: Of `metrics.risk_coverage`.
        point: The coverage and accuracy at a threshold, and the threshold itself.
    """
    tooltip = [
        alt.Tooltip("coverage:Q", title="answers given", format=".2%"),
        alt.Tooltip("accuracy:Q", format=".3%"),
        alt.Tooltip("threshold:Q", title="least confidence", format=".2%"),
    ]
    x = across("coverage", "Share of answers given")
    y = alt.Y("accuracy:Q", title="Accuracy", scale=alt.Scale(zero=False), axis=percents(2))
    base = alt.Chart(table, height=HEIGHT).encode(x=x, y=y, tooltip=tooltip)
    layers = [
        base.mark_line(color=palette().highlight, strokeWidth=2),
        base.mark_point(size=80, opacity=0),  # so that the pointer need not hit the line
    ]
    if point:
        mark = alt.Chart(pd.DataFrame([point], columns=["coverage", "accuracy", "threshold"]))
        layers.append(
            mark.mark_point(color=palette().wrong, size=120, filled=True, opacity=1).encode(
                x=x, y=y, tooltip=tooltip
            )
        )
    return finished(alt.layer(*layers))
