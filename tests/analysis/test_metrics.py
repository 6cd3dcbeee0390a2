"""Figures of reports, against scikit-learn, SciPy and plain counting."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from recognizer.analysis import metrics
from recognizer.models import registry
from recognizer.models.calibration import BINS, calibration_error, reliability
from recognizer.models.evaluation import Report
from tests.conftest import SHIPPED

NAMES = sorted(path.name for path in SHIPPED.iterdir() if path.is_dir())


@st.composite
def reports(draw: st.DrawFn, labels: np.ndarray | None = None) -> Report:
    """Reports of a few images, as odd as they come: digits missing, ties, certainties."""
    if labels is None:
        labels = draw(arrays.arrays(np.uint8, st.integers(1, 40), elements=st.integers(0, 9)))
    weights = draw(arrays.arrays(np.uint8, (len(labels), 10), elements=st.integers(0, 3)))
    weights[:, 0] += ~weights.any(axis=1)
    return Report(labels, (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32))


@given(reports())
def test_the_confusion_matrix_and_its_scores_are_scikit_learns(report: Report) -> None:
    matrix = metrics.confusion_matrix(report)
    labels, readings = report.labels, report.predictions
    np.testing.assert_array_equal(matrix, confusion_matrix(labels, readings, labels=range(10)))
    expected = precision_recall_fscore_support(
        labels, readings, labels=range(10), zero_division=np.nan
    )
    scores = metrics.digit_scores(matrix)
    assert scores.columns.tolist() == ["precision", "recall", "F1", "support"]
    np.testing.assert_allclose(scores.to_numpy().T, np.array(expected, dtype=float))


@pytest.mark.parametrize("name", NAMES)
def test_the_samples_of_shipped_models_add_up(name: str) -> None:
    model, report = registry.find_model(name), registry.load_report(name)
    table = metrics.samples(report)
    assert len(table) == 10_000
    assert (table["label"] == table["reading"]).mean() == pytest.approx(model.accuracy)
    assert table["loss"].mean() == pytest.approx(model.loss, abs=1e-5)
    first, second = np.sort(report.probabilities[123])[::-1][:2]
    assert table.loc[123, "margin"] == pytest.approx(first - second)
    wrong = metrics.mistakes(report)
    assert (wrong["label"] != wrong["reading"]).all()
    assert len(wrong) == round(10_000 * (1 - model.accuracy))


shares = st.integers(1, 50).flatmap(
    lambda n: st.tuples(
        arrays.arrays(np.float32, n, elements=st.floats(0, 1, width=32)),
        arrays.arrays(np.bool_, n),
    )
)


@given(shares)
def test_reliability_bins_hold_every_answer(both: tuple[np.ndarray, np.ndarray]) -> None:
    confidence, right = both
    table = reliability(confidence, right)
    assert table["answers"].sum() == len(right)
    assert (table["confidence"] >= table["low"] - 1e-6).all()
    assert (table["confidence"] <= table["high"] + 1e-6).all()
    error = 0.0
    for low in range(BINS):  # by the definition of expected calibration error
        inside = np.minimum((confidence * BINS).astype(int), BINS - 1) == low
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert calibration_error(confidence, right) == pytest.approx(error, abs=1e-6)


@pytest.mark.parametrize(("correct", "answers"), [(0, 3), (3, 3), (7, 9), (9800, 9813)])
def test_the_interval_is_clopper_pearsons(correct: int, answers: int) -> None:
    row = reliability(np.full(answers, 0.9), np.arange(answers) < correct).iloc[0]
    interval = binomtest(correct, answers).proportion_ci(0.95, method="exact")
    assert (row["least"], row["most"]) == pytest.approx((interval.low, interval.high))


@given(shares)
def test_risk_coverage_is_what_a_threshold_gives(both: tuple[np.ndarray, np.ndarray]) -> None:
    confidence, right = both
    table = metrics.risk_coverage(confidence, right)
    assert table["coverage"].iloc[-1] == 1
    assert table["coverage"].is_monotonic_increasing
    assert len(table) == len(np.unique(confidence))  # few enough: none is left out
    for coverage, accuracy, threshold in table.itertuples(index=False):
        given = confidence >= threshold
        assert given.mean() == pytest.approx(coverage)
        assert right[given].mean() == pytest.approx(accuracy)


def test_a_long_risk_coverage_curve_is_thinned() -> None:
    confidence = np.random.default_rng(0).random(10_000)
    table = metrics.risk_coverage(confidence, confidence > 0.5)
    assert len(table) <= metrics.CURVE_POINTS
    assert np.diff(table["coverage"]).max() < 2 / metrics.CURVE_POINTS


@given(st.data())
def test_mcnemars_p_is_the_binomial_tests(data: st.DataObject) -> None:
    first = data.draw(reports())
    second = data.draw(reports(first.labels))
    found = metrics.compare(first, second)
    ours = int((first.right & ~second.right).sum())
    theirs = int((second.right & ~first.right).sum())
    assert (found.only_first, found.only_second) == (ours, theirs)
    assert found.difference == pytest.approx(first.accuracy - second.accuracy)
    expected = binomtest(ours, ours + theirs).pvalue if ours + theirs else 1.0
    assert found.p == pytest.approx(expected)


def test_reports_of_different_images_are_not_compared() -> None:
    report = registry.load_report("larger-cnn")
    other = Report(report.labels[:100], report.probabilities[:100])
    with pytest.raises(ValueError, match="different images"):
        metrics.compare(report, other)
    assert metrics.compare_all({"a": report}).empty


def test_holms_adjustment() -> None:
    # By hand: 0.01*4, 0.02*3, then never less than the one before, and never above 1.
    adjusted = metrics.holm([0.9, 0.01, 0.03, 0.02])
    assert adjusted == pytest.approx([0.9, 0.04, 0.06, 0.06])
    assert metrics.holm([0.6, 0.7]) == pytest.approx([1, 1])
    assert metrics.holm([]).size == 0


def test_learning_curves_mark_the_best_epoch_by_validation() -> None:
    models = [registry.find_model(name) for name in ("compact-cnn", "sgd-cnn")]
    curves = metrics.learning_curves({each.name: each.history for each in models})
    assert len(curves) == sum(4 * len(model.history) for model in models)
    best = curves[curves["best"]]
    for model in models:
        rows = best[best["model"] == model.name].set_index("measure")
        assert rows.loc["accuracy", "epoch"] == model.history["val_accuracy"].idxmax()
        assert rows.loc["loss", "epoch"] == model.history["val_loss"].idxmin()
    assert metrics.learning_curves({}).empty


def test_learning_curves_of_a_training_that_diverged() -> None:
    model = registry.find_model("compact-cnn")
    model.history.loc[:, "val_loss"] = np.nan
    curves = metrics.learning_curves({model.name: model.history})
    assert not curves.loc[curves["measure"] == "loss", "best"].any()
    assert isinstance(curves, pd.DataFrame)
