"""Doubtful labels: the published audit, and models that agree against a label."""

import numpy as np

from recognizer.analysis.label_errors import AUDIT, FEWEST_MODELS, doubtful_labels
from recognizer.datasets.mnist import Mnist
from recognizer.models import registry
from recognizer.models.evaluation import Report


def report(labels: list[int], readings: list[int]) -> Report:
    return Report(np.array(labels, np.uint8), np.eye(10, dtype=np.float32)[readings])


def test_the_audit_is_of_mnists_test_images(mnist: Mnist) -> None:
    assert len(AUDIT) == 15  # as in the paper
    for number, votes in AUDIT.items():
        assert mnist.test.labels[number] == votes.label
        assert votes.for_label < 3
        assert votes.for_label + votes.for_other <= 5


def test_nearly_all_models_must_agree_on_the_same_wrong_digit() -> None:
    labels = [3, 4, 5, 6, 7]
    reasons = doubtful_labels(
        [
            #            correct  4 of 5 agree  3 of 5 agree  all wrong, not alike
            report(labels, [3, 9, 6, 0, 1]),
            report(labels, [3, 9, 6, 1, 1]),
            report(labels, [3, 9, 6, 2, 1]),
            report(labels, [3, 9, 5, 3, 1]),
            report(labels, [3, 4, 5, 4, 1]),
        ]
    )
    assert reasons == {1: "4 of 5 models read it as 9", 4: "5 of 5 models read it as 1"}


def test_few_models_agree_too_easily() -> None:
    same = [report([3], [8])] * FEWEST_MODELS
    assert doubtful_labels(same)
    assert not doubtful_labels(same[1:])
    assert not doubtful_labels([])


def test_shipped_models_find_some_of_the_labels_of_the_audit() -> None:
    shipped = registry.load_report(registry.DEFAULT_MODEL)
    reasons = doubtful_labels(list(registry.reports_like(shipped).values()))
    assert set(AUDIT) < set(reasons)
    both = [reason for number, reason in reasons.items() if number in AUDIT and "models" in reason]
    assert both  # found in two ways, independent of each other
    assert all("audit" in reason for reason in both)


def test_the_audit_is_not_used_for_other_images() -> None:
    shipped = registry.load_report("larger-cnn")
    assert set(doubtful_labels([shipped])) == set(AUDIT)
    others = Report(np.roll(shipped.labels, 1), shipped.probabilities)
    assert not doubtful_labels([others])
