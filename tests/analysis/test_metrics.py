"""The figures of the dashboards, against scikit-learn, SciPy and plain counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from recognizer.analysis import metrics
from recognizer.models import registry
from recognizer.models.evaluation import Report


@st.composite
def reports(draw: st.DrawFn, labels: np.ndarray | None = None) -> Report:
    """Reports of a few images with missing digits, ties and certainties."""
    if labels is None:
        labels = draw(arrays.arrays(np.uint8, st.integers(1, 40), elements=st.integers(0, 9)))
    weights = draw(arrays.arrays(np.uint8, (len(labels), 10), elements=st.integers(0, 3)))
    weights[:, 0] += ~weights.any(axis=1)
    return Report(labels, (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32))


@given(reports())
def test_the_confusion_matrix_and_its_scores_are_those_of_scikit_learn(report: Report) -> None:
    matrix = metrics.confusion_matrix(report)
    labels, readings = report.labels, report.predictions
    np.testing.assert_array_equal(matrix, confusion_matrix(labels, readings, labels=range(10)))
    expected = precision_recall_fscore_support(
        labels, readings, labels=range(10), zero_division=np.nan
    )
    scores = metrics.digit_scores(matrix)
    assert scores.columns.tolist() == ["precision", "recall", "F1", "support"]
    np.testing.assert_allclose(scores.to_numpy().T, np.array(expected, dtype=float))


@pytest.mark.parametrize("name", ["larger-cnn", "robust-cnn"])
def test_samples_agree_with_the_report(name: str) -> None:
    model, report = registry.find_model(name), registry.load_report(name)
    table = metrics.samples(report)
    assert len(table) == 10_000
    assert (table["label"] == table["reading"]).mean() == pytest.approx(model.accuracy)
    assert table["loss"].mean() == pytest.approx(model.loss, abs=1e-5)
    first, second = np.sort(report.probabilities[123])[::-1][:2]
    assert table.loc[123, "margin"] == pytest.approx(first - second)
    wrong = metrics.misclassified(report)
    assert (wrong["label"] != wrong["reading"]).all()
    assert len(wrong) == round(10_000 * (1 - model.accuracy))


answers = st.integers(1, 50).flatmap(
    lambda n: st.tuples(
        arrays.arrays(np.float32, n, elements=st.floats(0, 1, width=32)),
        arrays.arrays(np.bool_, n),
    )
)


@given(answers)
def test_risk_coverage_is_what_each_threshold_gives(both: tuple[np.ndarray, np.ndarray]) -> None:
    confidence, correct = both
    table = metrics.risk_coverage(confidence, correct)
    assert table["coverage"].iloc[-1] == 1
    assert table["coverage"].is_monotonic_increasing
    assert len(table) == len(np.unique(confidence))  # few enough: none is left out
    for coverage, accuracy, threshold in table.itertuples(index=False):
        given = confidence >= threshold
        assert given.mean() == pytest.approx(coverage)
        assert correct[given].mean() == pytest.approx(accuracy)


def test_a_long_risk_coverage_curve_has_evenly_spaced_points() -> None:
    confidence = np.random.default_rng(0).random(10_000)
    table = metrics.risk_coverage(confidence, confidence > 0.5)
    assert len(table) <= metrics.CURVE_POINTS
    assert np.diff(table["coverage"]).max() < 2 / metrics.CURVE_POINTS


@given(st.data())
def test_mcnemars_p_is_that_of_the_binomial_test(data: st.DataObject) -> None:
    first = data.draw(reports())
    second = data.draw(reports(first.labels))
    found = metrics.compare(first, second)
    ours = int((first.correct & ~second.correct).sum())
    theirs = int((second.correct & ~first.correct).sum())
    assert (found.only_first, found.only_second) == (ours, theirs)
    assert found.difference == pytest.approx(first.accuracy - second.accuracy)
    expected = binomtest(ours, ours + theirs).pvalue if ours + theirs else 1.0
    assert found.p == pytest.approx(expected)


def test_reports_of_different_images_cannot_be_compared() -> None:
    report = registry.load_report("larger-cnn")
    other = Report(report.labels[:100], report.probabilities[:100])
    with pytest.raises(ValueError, match="different images"):
        metrics.compare(report, other)
    assert metrics.compare_all({"a": report}).empty


def test_holms_adjustment_by_hand() -> None:
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


def test_learning_curves_without_a_finite_loss_mark_no_epoch() -> None:
    model = registry.find_model("compact-cnn")
    model.history.loc[:, "val_loss"] = np.nan
    curves = metrics.learning_curves({model.name: model.history})
    assert not curves.loc[curves["measure"] == "loss", "best"].any()
    assert curves.loc[curves["measure"] == "accuracy", "best"].sum() == 1
