"""What a model folder's JSON files say: parsed, validated, written as they were."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from recognizer.models import records
from recognizer.models.calibration import Calibration
from recognizer.models.recipes import RECIPES, Recipe
from recognizer.models.records import (
    BenchmarkResult,
    CaseScores,
    DrawingPlan,
    ReportSummary,
    Scores,
    StartModel,
    TrainedRecipe,
)
from tests.conftest import SHIPPED

ROBUST = RECIPES["robust-cnn"]
COMPLETE = TrainedRecipe(
    name="robust-cnn",
    parameters=283_051,
    initializer=ROBUST.initializer,
    start_from=StartModel("mine", "0" * 64, saw_held_out=True),
    optimizer=ROBUST.optimizer,
    batch_size=256,
    epochs=32,
    distortion=True,
    validation="last 10,000 training images",
    seed=7,
    published=RECIPES["sgd-cnn"].published,
    drawings=DrawingPlan((32, 40, 48), saw_held_out=True, third_stage_only=("tos", "art")),
    trained_at=datetime(2026, 11, 21, 6, 42, 35, tzinfo=UTC),
    machine_gflops=195.5,
    python="3.11.7",
    packages={"keras": "3.15.1"},
    note="Trained for a test.",
    shipped=True,
)
SCORES = Scores(
    accuracy=0.9,
    calibration_error=0.01,
    answered=0.8,
    accuracy_when_answered=0.95,
    rejected=0.7,
    rejected_keeping_99=0.6,
    roc_area=0.99,
)
SUMMARY = ReportSummary(
    accuracy=0.99,
    loss=0.03,
    benchmark=BenchmarkResult(
        institutions=("art", "cea"),
        digits=100,
        non_digits=20,
        cases=(CaseScores(given="strokes", size=0.5, pen=20, accuracy=1, calibration_error=0),),
        overall=SCORES,
    ),
    reading_ms=1.25,
)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_is_read_as_it_was_written(recipe: Recipe) -> None:
    trained = replace(COMPLETE, optimizer=recipe.optimizer, published=recipe.published)
    assert records.read_recipe(records.to_json(trained)) == trained


def test_a_summary_is_read_as_it_was_written() -> None:
    assert records.read_summary(records.to_json(SUMMARY)) == SUMMARY


def test_a_calibration_is_read_as_it_was_written() -> None:
    calibration = Calibration(0.6, -0.3, 0.75)
    assert records.read_calibration(records.to_json(calibration)) == calibration


def test_files_have_the_names_of_the_first_version() -> None:
    recipe = json.loads(records.to_json(COMPLETE))
    assert recipe["recipe"] == "robust-cnn"
    assert recipe["start_from"] == {"model": "mine", "sha256": "0" * 64, "has_seen_all": True}
    assert recipe["drawings"] == {
        "last_epochs": [32, 40, 48],
        "saw_held_out": True,
        "not_before_third_stage": ["tos", "art"],
    }
    assert recipe["trained_at"] == "2026-11-21T06:42:35+00:00"
    drawn = json.loads(records.to_json(SUMMARY))["drawn"]
    assert set(drawn) == {"institutions", "digits", "others", "cases", "all"}
    assert set(drawn["all"]) == {
        *("accuracy", "calibration_error", "answered", "right_when_answered"),
        *("turned_away", "turned_away_keeping_99%", "roc_area"),
    }


def test_unknown_values_are_left_out_of_a_file() -> None:
    recipe = json.loads(records.to_json(TrainedRecipe("sgd-cnn", 159_254)))
    assert {"start_from", "drawings", "note", "seed"}.isdisjoint(recipe)


@pytest.mark.parametrize("name", RECIPES)
def test_a_shipped_file_loses_nothing_when_it_is_written_again(name: str) -> None:
    for file, read in (
        ("recipe.json", records.read_recipe),
        ("report.json", records.read_summary),
        ("confidence.json", records.read_calibration),
    ):
        shipped = json.loads((SHIPPED / name / file).read_text(encoding="utf-8"))
        written = json.loads(records.to_json(read(json.dumps(shipped))))
        assert _contains(written, shipped)


def _contains(written: Any, shipped: Any) -> bool:
    """Whether all that is known in one file is in the other; null is not known."""
    if isinstance(shipped, dict):
        return all(
            value is None or (key in written and _contains(written[key], value))
            for key, value in shipped.items()
        )
    return bool(written == shipped)


# Folders of earlier versions


@pytest.mark.parametrize(("last_epochs", "saw"), [([32, 40, 48], True), ([32, 40], False)])
def test_a_plan_of_the_first_version_saw_the_held_out_drawings_in_a_third_stage(
    last_epochs: list[int], saw: bool
) -> None:
    plan = {"last_epochs": last_epochs, "not_before_third_stage": ["tos"]}
    recipe = records.read_recipe(
        json.dumps({"recipe": "robust-cnn", "parameters": 1, "drawings": plan})
    )
    assert recipe.drawings == DrawingPlan(tuple(last_epochs), saw, ("tos",))
    assert recipe.saw_held_out == saw
    assert recipe.planned_epochs == last_epochs[-1]


def test_a_recipe_may_say_no_more_than_its_name_and_its_parameters() -> None:
    recipe = records.read_recipe('{"recipe": "sgd-cnn", "parameters": 159254}')
    assert recipe == TrainedRecipe("sgd-cnn", 159_254)
    assert recipe.planned_epochs is None
    assert not recipe.saw_held_out
    assert not recipe.shipped


@pytest.mark.parametrize("benchmark", [{}, {"drawn": {}}, {"drawn": None}])
def test_a_summary_may_lack_the_benchmark(benchmark: dict[str, Any]) -> None:
    summary = records.read_summary(json.dumps({"accuracy": 0.9, "loss": 0.1} | benchmark))
    assert summary == ReportSummary(0.9, 0.1)


def test_a_model_that_started_from_one_that_saw_held_out_drawings_saw_them_too() -> None:
    recipe = replace(COMPLETE, drawings=DrawingPlan((2, 3), saw_held_out=False))
    assert recipe.saw_held_out
    assert not replace(recipe, start_from=None).saw_held_out


# What is refused


def recipe_with(**values: Any) -> str:
    return json.dumps({"recipe": "sgd-cnn", "parameters": 1} | values)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", "recipe: Field required"),
        (recipe_with(recipe=3), "recipe: Input should be a valid string"),
        (recipe_with(parameters="many"), "parameters: Input should be a valid integer"),
        (recipe_with(optimizer="SGD"), "optimizer: Input should be a dictionary"),
        (recipe_with(published={"a": 1}), r"published\.accuracy: Field required"),
        (recipe_with(epochs=0), "epochs: Input should be greater than 0"),
        (recipe_with(drawings=[]), "drawings: Input should be a dictionary"),
        (recipe_with(drawings={"last_epochs": []}), r"drawings\.last_epochs: .*at least 1 item"),
        (recipe_with(trained_at="yesterday"), "trained_at: Input should be a valid datetime"),
        ("[]", "not an object"),
    ],
)
def test_a_wrong_recipe_is_refused_with_the_field(text: str, reason: str) -> None:
    with pytest.raises((ValueError, TypeError), match=reason):
        records.read_recipe(text)


def drawn_with(**values: Any) -> str:
    scores = {"accuracy": 1, "calibration_error": 0}
    drawn = {"institutions": [], "digits": 1, "others": 1, "cases": [], "all": scores} | values
    return json.dumps({"accuracy": 1, "loss": 1, "drawn": drawn})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"accuracy": 1}', "loss: Field required"),
        ('{"accuracy": "high", "loss": 1}', "accuracy: Input should be a valid number"),
        ('{"accuracy": NaN, "loss": 1}', "accuracy: Input should be a finite number"),
        ('{"accuracy": 1, "loss": 1, "reading_ms": NaN}', "reading_ms: .*finite number"),
        (f'{{"accuracy": 1{"0" * 400}, "loss": 1}}', "a whole number has 401 digits"),
        (drawn_with(all={}), r"drawn\.all\.accuracy: Field required"),
        (drawn_with(all=None), r"drawn\.all: Input should be a dictionary"),
        (drawn_with(all={"accuracy": 2, "calibration_error": 0}), "less than or equal to 1"),
        (drawn_with(digits=None), r"drawn\.digits: Input should be a valid integer"),
        ('{"accuracy": 1, "loss": 1, "drawn": {"all": {}}}', r"drawn\.institutions: .*required"),
    ],
)
def test_a_wrong_summary_is_refused_with_the_field(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        records.read_summary(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", r"lacks \['shift', 'slope', 'threshold'\]"),
        ('{"slope": 1, "shift": 0}', r"lacks \['threshold'\]"),
        ('{"slope": 0, "shift": 0, "threshold": 0.5}', "slope: Input should be greater than 0"),
        ('{"slope": 1, "shift": NaN, "threshold": 0.5}', "shift: .*finite number"),
        ('{"slope": 1, "shift": 0, "threshold": 2}', "threshold: .*less than or equal to 1"),
    ],
)
def test_a_wrong_calibration_is_refused_with_the_field(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        records.read_calibration(text)
