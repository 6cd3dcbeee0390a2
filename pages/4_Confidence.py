"""Confidence: whether a model is correct as often as it says, and what abstaining gains."""

import numpy as np
import pandas as pd
import streamlit as st

from recognizer.analysis.metrics import risk_coverage
from recognizer.models.calibration import BINS, Calibration, calibration_error, reliability
from recognizer.ui.charts import calibration
from recognizer.ui.charts.palette import palette
from recognizer.ui.model_picker import dashboard, report_of
from recognizer.ui.navigation import set_up_page
from recognizer.ui.tables import download, table
from recognizer.ui.url_state import choice_of

OWN, SHOWN = "The network's own", "As shown when drawing"
BINS_SHOWN = 10  # of the reliability diagram: fewer than for the error, so that each holds more
BARS = 20  # of the histogram
MOST = 0.95  # lowest share of answers given for the sentence beside the curve


def histogram(confidence: np.ndarray) -> pd.DataFrame:
    """How many answers fall into each of BARS equal parts of confidence."""
    answers, edges = np.histogram(confidence, BARS, (0, 1))
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "answers": answers})


set_up_page("Confidence")
model = dashboard("Confidence")
report = report_of(model)

calibrated = model.calibration != Calibration()
kind = choice_of("Which confidence", "kind", [OWN, SHOWN] if calibrated else [OWN])
threshold = model.calibration.threshold if kind == SHOWN else None
if kind == SHOWN:
    confidence = model.calibration.calibrate(report.probabilities).max(axis=1)
    st.caption(
        "Calibrated on drawings of digits and non-digits, and shown on the Draw page. Below the "
        "threshold, the app is not sure. This page uses MNIST's images, which are easier to read."
    )
else:
    confidence = report.confidence
    st.caption(
        "The probability of the likeliest digit, as the network gives it."
        + (" The rest is the chance that it is no digit." if report.knows_non_digits else "")
        + ("" if calibrated else " This model is not calibrated: the Draw page shows the same.")
    )
correct, given = report.correct, confidence >= (threshold or 0)
error = calibration_error(confidence, correct)

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
if kind == SHOWN and model.benchmark:
    figures.metric(
        "Calibration error on drawings",
        f"{model.benchmark.overall.calibration_error:.2%}",
        help="Of the confidence that is shown when drawing, on held-out drawn digits.",
    )

left, side = st.columns(2, gap="medium")
bins = reliability(confidence, correct, BINS_SHOWN)
with left:
    st.header("Reliability", anchor=False)
    st.altair_chart(
        calibration.reliability_diagram(bins),
        key="reliability",
        alt=f"Reliability diagram of {model.name}: calibration error {error:.2%}",
    )
    st.caption(
        "Accuracy of answers of similar confidence, in ten bins, with its 95% confidence "
        "interval. On the dashed line the two agree. Faint: a bin with fewer than five images."
    )
with side:
    st.header("Accuracy of the most confident", anchor=False)
    curve = risk_coverage(confidence, correct)
    point = None
    if threshold is not None and given.any():
        point = (float(given.mean()), float(correct[given].mean()), threshold)
    share, accuracy, _ = curve[curve["coverage"] >= MOST].iloc[0]
    st.altair_chart(
        calibration.risk_coverage(curve, point),
        key="coverage",
        alt=f"Accuracy of {model.name} against the share of answers given: "
        f"{accuracy:.2%} at {share:.0%}, {report.accuracy:.2%} at all",
    )
    st.caption(
        f"With the most confident {share:.0%} answered, accuracy is {accuracy:.2%}."
        + (" The point is at the app's threshold." if point else "")
    )

st.header("Confidence when correct, and when wrong", anchor=False)
for column, name, which, color in zip(
    st.columns(2, gap="medium"),
    ("Correct", "Wrong"),
    (correct, ~correct),
    (palette().highlight, palette().wrong),
    strict=True,
):
    with column:
        st.markdown(f"**{name}:** {which.sum():,} answers")
        st.altair_chart(
            calibration.confidence_histogram(histogram(confidence[which]), color),
            key=f"histogram-{name}",
            alt=f"Confidence of {which.sum()} {name.lower()} answers",
        )

st.header("Reliability table", anchor=False)
percents = ["confidence", "accuracy", "accuracy, 95% from", "to"]
table(
    bins.rename(columns={"least": "accuracy, 95% from", "most": "to"}),
    f"reliability-{model.name}",
    "The bins of the reliability diagram",
    {"low": "{:.0%}", "high": "{:.0%}", "answers": "{:,}", **dict.fromkeys(percents, "{:.2%}")},
)
download(curve, f"risk-coverage-{model.name}", "Download the risk–coverage curve as CSV")
