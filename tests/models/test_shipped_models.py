"""The models that come with the app: complete, evaluated, and the default the best of them."""

import subprocess

import numpy as np
import pytest

from recognizer.datasets.strokes import HELD_OUT
from recognizer.models import registry
from recognizer.models.drawing_benchmark import CASES
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import RECIPES
from tests.conftest import SHIPPED


@pytest.fixture(scope="module")
def shipped() -> list[ModelEntry]:
    return [registry.find_model(name) for name in RECIPES]


def test_every_recipe_has_a_complete_model(shipped: list[ModelEntry]) -> None:
    assert {model.name for model in registry.complete_models()} >= set(RECIPES)
    assert all(registry.is_shipped(model.name) for model in shipped)


def test_the_default_is_the_best_on_validation_images(shipped: list[ModelEntry]) -> None:
    best = max(shipped, key=lambda model: model.validation_accuracy)
    assert best.name == registry.DEFAULT_MODEL


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda number: str(CASES[number]))
def test_the_default_is_the_best_on_drawings(shipped: list[ModelEntry], case: int) -> None:
    accuracy = {
        model.name: model.benchmark.cases[case].accuracy for model in shipped if model.benchmark
    }
    assert len(accuracy) == len(RECIPES)
    assert max(accuracy, key=accuracy.__getitem__) == registry.DEFAULT_MODEL


@pytest.mark.parametrize("name", RECIPES)
def test_a_folder_holds_what_dashboards_need(name: str) -> None:
    model, report = registry.find_model(name), registry.load_report(name)
    assert report.probabilities.shape == (10_000, 10)
    assert (report.probabilities.sum(axis=1) <= 1 + 1e-5).all()
    assert model.accuracy == report.accuracy
    assert model.loss == pytest.approx(report.loss)
    assert model.history.index.tolist() == list(range(1, RECIPES[name].last_epochs[-1] + 1))
    assert model.recipe.seed == 0
    assert model.megabytes * 1e6 < model.recipe.parameters * 4.5 + 50_000  # no optimizer in it


@pytest.mark.parametrize("name", RECIPES)
def test_a_model_was_evaluated_on_drawings(name: str) -> None:
    model = registry.find_model(name)
    assert model.benchmark
    assert model.benchmark.institutions == tuple(sorted(HELD_OUT))
    assert [(each.given, each.size, each.pen) for each in model.benchmark.cases] == [
        (case.given, case.size, case.pen) for case in CASES
    ]
    assert 0.9 < model.benchmark.overall.accuracy < 1
    assert model.calibration.threshold >= 0.5


def test_all_reports_are_of_the_same_images() -> None:
    reports = registry.reports_like(registry.load_report(registry.DEFAULT_MODEL))
    assert set(reports) >= set(RECIPES)
    labels = reports[registry.DEFAULT_MODEL].labels
    assert all(np.array_equal(report.labels, labels) for report in reports.values())


def test_activating_and_training_change_no_tracked_file() -> None:
    paths = ["models/.active", "models/my-own/model.keras", *(f"models/{n}/x" for n in RECIPES)]
    command = ["git", "check-ignore", *paths]
    ignored = subprocess.run(
        command, cwd=SHIPPED.parent, capture_output=True, text=True, check=True
    )
    assert ignored.stdout.split() == paths[:2]
