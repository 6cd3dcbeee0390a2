"""Confidence: whether a model is right as often as it says, and what it gains by keeping silent."""

import numpy as np
import pandas as pd
import streamlit as st

from recognizer.analysis import risk_coverage
from recognizer.confidence import calibration_error, reliability
from recognizer.ui.charts import calibration
from recognizer.ui.charts.look import HIGHLIGHT, WRONG
from recognizer.ui.page import dashboard, report_of, set_up_page
from recognizer.ui.tables import download, table

OWN, SHOWN = "The network's own", "As shown when drawing"
BARS = 20  # of the histogram
MOST = 0.95  # share of answers given, for the sentence beside the curve


def histogram(confidence: np.ndarray) -> pd.DataFrame:
    """How many answers fall into each of BARS equal parts of confidence."""
    answers, edges = np.histogram(confidence, BARS, (0, 1))
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "answers": answers})


set_up_page("Confidence")
model = dashboard("Confidence")
report = report_of(model)

kind = st.segmented_control(
    "Which confidence", [OWN, SHOWN], default=OWN, required=True, key="kind", bind="query-params"
)
if kind == OWN:
    confidence, threshold = report.confidence, None
    st.caption("The probability of the likeliest digit, as the network gives it.")
else:
    confidence = model.confidence.calibrate(report.probabilities).max(axis=1)
    threshold = model.confidence.threshold
    st.caption(
        "Calibrated on drawings, among which some are no digit, and with a threshold under which "
        "the app is unsure. On MNIST's clean images it is therefore too modest."
    )
right = report.right

figures = st.container(horizontal=True)
figures.metric("Accuracy", f"{report.accuracy:.2%}")
figures.metric("Mean confidence", f"{confidence.mean():.2%}")
figures.metric("Expected calibration error", f"{calibration_error(confidence, right):.2%}")
if threshold is not None:
    figures.metric("Answers given", f"{(confidence >= threshold).mean():.2%}")
if drawn := model.drawn.get("all"):
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
        alt=f"Reliability diagram of {model.name}: "
        f"calibration error {calibration_error(confidence, right):.2%}",
    )
with side:
    st.subheader("Accuracy if only the surest are answered", anchor=False)
    curve = risk_coverage(confidence, right)
    most = float(curve.loc[curve["coverage"] <= MOST, "accuracy"].iloc[-1])
    st.caption(
        f"Answering the surest 95 %, it is right {most:.2%} of the time."
        + (" The point is where the app's threshold puts it." if threshold is not None else "")
    )
    st.altair_chart(
        calibration.risk_coverage(curve, threshold),
        key="coverage",
        alt=f"Accuracy of {model.name} against the share of answers given: "
        f"{most:.2%} at 95 %, {report.accuracy:.2%} at all",
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
percents = ["low", "high", "confidence", "accuracy", "least", "most"]
table(
    table_of_bins,
    f"reliability-{model.name}",
    "The bins of the reliability diagram",
    {"answers": "{:,}", **dict.fromkeys(percents, "{:.2%}")},
)
download(curve, f"risk-coverage-{model.name}", "Download the risk–coverage curve as CSV")
