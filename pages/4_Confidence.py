"""Confidence: whether a model is right as often as it says, and what it gains by keeping silent."""

import numpy as np
import pandas as pd
import streamlit as st
from recognizer.ui.model_picker import dashboard, report_of
from recognizer.ui.navigation import set_up_page
from recognizer.ui.url_state import choice_of

from recognizer.analysis.metrics import risk_coverage
from recognizer.models.calibration import BINS, Calibration, calibration_error, reliability
from recognizer.ui.charts import calibration
from recognizer.ui.charts.look import HIGHLIGHT, WRONG
from recognizer.ui.tables import download, table

OWN, SHOWN = "The network's own", "As shown when drawing"
BARS = 20  # of the histogram
MOST = 0.95  # share of answers given, at least, for the sentence beside the curve


def histogram(confidence: np.ndarray) -> pd.DataFrame:
    """How many answers fall into each of BARS equal parts of confidence."""
    answers, edges = np.histogram(confidence, BARS, (0, 1))
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "answers": answers})


set_up_page("Confidence")
model = dashboard("Confidence")
report = report_of(model)

calibrated = model.confidence != Calibration()
kind = choice_of("Which confidence", "kind", [OWN, SHOWN] if calibrated else [OWN])
threshold = model.confidence.threshold if kind == SHOWN else None
if kind == SHOWN:
    confidence = model.confidence.calibrate(report.probabilities).max(axis=1)
    st.caption(
        "Calibrated on drawings, among which some are no digit, with a threshold under which the "
        "app is unsure. These are MNIST's images, which are read more easily than drawings."
    )
else:
    confidence = report.confidence
    st.caption(
        "The probability of the likeliest digit, as the network gives it."
        + (" What all ten lack to 1 is that of no digit." if report.tells_no_digit else "")
        + ("" if calibrated else " This model was not calibrated: the app shows the same.")
    )
right, given = report.right, confidence >= (threshold or 0)
error = calibration_error(confidence, right)

figures = st.container(horizontal=True)
figures.metric("Accuracy", f"{report.accuracy:.2%}")
figures.metric("Mean confidence", f"{confidence.mean():.2%}")
figures.metric(
    "Expected calibration error",
    f"{error:.2%}",
    help=f"Over {BINS} bins of equal width: how far confidence is from accuracy.",
)
if threshold is not None:
    figures.metric("Answers given", f"{given.mean():.2%}")
if kind == SHOWN and (drawn := model.drawn.get("all")):
    figures.metric(
        "Calibration error on drawings",
        f"{drawn['calibration_error']:.2%}",
        help="Of the confidence that is shown when drawing, on drawn digits that were held back.",
    )

left, side = st.columns(2, gap="medium")
table_of_bins = reliability(confidence, right)
with left:
    st.subheader("Reliability", anchor=False)
    st.caption(
        "Accuracy of answers of like confidence, with the interval in which it lies with 95 %. On "
        "the dashed line confidence is honest; above it is too modest, below too sure."
    )
    st.altair_chart(
        calibration.reliability_diagram(table_of_bins),
        key="reliability",
        alt=f"Reliability diagram of {model.name}: calibration error {error:.2%}",
    )
with side:
    st.subheader("Accuracy if only the surest are answered", anchor=False)
    curve = risk_coverage(confidence, right)
    point = None
    if threshold is not None and given.any():
        point = (float(given.mean()), float(right[given].mean()), threshold)
    share, accuracy, _ = curve[curve["coverage"] >= MOST].iloc[0]
    st.caption(
        f"Answering the surest {share:.0%}, it is right {accuracy:.2%} of the time."
        + (" The point is where the app's threshold puts it." if point else "")
    )
    st.altair_chart(
        calibration.risk_coverage(curve, point),
        key="coverage",
        alt=f"Accuracy of {model.name} against the share of answers given: "
        f"{accuracy:.2%} at {share:.0%}, {report.accuracy:.2%} at all",
    )

st.subheader("How sure it is when right, and when wrong", anchor=False)
for column, name, which, colour in zip(
    st.columns(2, gap="medium"),
    ("Right", "Wrong"),
    (right, ~right),
    (HIGHLIGHT, WRONG),
    strict=True,
):
    with column:
        st.markdown(f"**{name}:** {which.sum():,} answers")
        st.altair_chart(
            calibration.confidence_histogram(histogram(confidence[which]), colour),
            key=f"histogram-{name}",
            alt=f"Confidence of {which.sum()} {name.lower()} answers",
        )

st.subheader("The figures", anchor=False)
percents = ["low", "high", "confidence", "accuracy", "accuracy, 95 % from", "to"]
table(
    table_of_bins.rename(columns={"least": "accuracy, 95 % from", "most": "to"}),
    f"reliability-{model.name}",
    "The bins of the reliability diagram",
    {"answers": "{:,}", **dict.fromkeys(percents, "{:.2%}")},
)
download(curve, f"risk-coverage-{model.name}", "Download the risk–coverage curve as CSV")
