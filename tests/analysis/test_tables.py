"""Recipes and results as tables and in words."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from recognizer.analysis import tables
from recognizer.analysis.tables import UNKNOWN
from recognizer.models import folder, registry
from recognizer.models.calibration import Calibration
from recognizer.models.recipes import RECIPES
from recognizer.models.records import DrawingPlan, TrainedRecipe
from tests.conftest import SHIPPED


def test_every_recipe_has_a_row() -> None:
    rows = tables.recipes_table().splitlines()
    assert len(rows) == 2 + len(RECIPES)
    assert "| sgd-cnn | SGD | 0.01 | 32 | 10 | 99.19% |" in rows
    assert "| robust-cnn | AdamW | 0.002 | 256 | 18 |  |" in rows


def test_the_docs_have_the_results_of_the_shipped_models() -> None:
    shipped = [
        line
        for line in tables.results_tables().splitlines()
        if "`" not in line or any(f"`{name}`" in line for name in RECIPES)
    ]
    assert "\n".join(shipped) in (SHIPPED.parent / "docs" / "results.md").read_text("utf-8")


def test_results_on_other_drawings_are_in_a_table_of_their_own(
    model_copy: Path, models: Path
) -> None:
    benchmark = registry.find_model("larger-cnn").benchmark
    assert benchmark
    for name, digits in (("fewer", 100), ("none", None)):
        copy = Path(shutil.copytree(model_copy, models / name))
        result = replace(benchmark, digits=digits) if digits else None
        folder.write_benchmark(copy, Calibration(), result)
    on_mnist, *on_drawings = tables.results_tables().split("\n\n")
    assert [name in on_mnist for name in ("larger-cnn", "fewer", "none")] == [True] * 3
    assert on_drawings[0].startswith("1,569 digits and 390 non-digits (art, cea, ceb, ced, lou):")
    assert [name in on_drawings[1] for name in ("larger-cnn", "fewer", "none")] == [True, False, 0]
    assert on_drawings[2].startswith("100 digits and 390 non-digits (art, cea, ceb, ced, lou):")
    assert [name in on_drawings[3] for name in ("larger-cnn", "fewer", "none")] == [0, True, False]


def test_figures_are_written_in_their_units() -> None:
    model = registry.find_model("larger-cnn")
    assert list(tables.figures_of(model))[: len(tables.FORMATS)] == list(tables.FORMATS)
    columns = ["test accuracy", "test loss", "parameters", "s/epoch", "epochs", "recipe"]
    assert tables.figures_in_words(model, columns) == {
        "test accuracy": "99.27%",
        "test loss": "0.0211",
        "parameters": "59,933",
        "s/epoch": "4.1",
        "epochs": "10",
        "recipe": "larger-cnn",
    }


def test_figures_that_were_not_measured_are_a_dash(model_copy: Path) -> None:
    folder.write_benchmark(model_copy, Calibration(), None)
    (model_copy / "history.csv").unlink()
    columns = ["accuracy on drawings", "calibration error", "non-digits rejected", "epochs"]
    words = tables.figures_in_words(registry.find_model("larger-cnn"), columns)
    assert set(words.values()) == {UNKNOWN}


def test_a_recipe_in_words() -> None:
    words = tables.recipe_in_words(registry.find_model("robust-cnn").recipe)
    assert words["Optimizer"] == "AdamW, weight_decay 0.01, use_ema True, ema_momentum 0.998"
    assert words["Epochs"] == "34, in stages that end after 18, 27, 34"
    assert words["Trained on drawings"] == (
        "yes; tos, art, cea, ceb, ced, lou in the third stage only"
    )
    assert words["Published"] == UNKNOWN
    assert words["Software"].startswith("Python 3.11.7, tensorflow 2.21.0, keras")
    published = tables.recipe_in_words(registry.find_model("sgd-cnn").recipe)["Published"]
    assert published == "99.19% test accuracy, loss 0.0325"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (None, "no"),
        (DrawingPlan((3, 4), saw_held_out=False), "yes"),
        (
            DrawingPlan((3, 4), saw_held_out=False, third_stage_only=("art", "tos")),
            "yes; art, tos never",
        ),
    ],
)
def test_what_a_model_saw_of_drawings_in_words(plan: DrawingPlan | None, words: str) -> None:
    recipe = TrainedRecipe("robust-cnn", 1, drawings=plan)
    assert tables.recipe_in_words(recipe)["Trained on drawings"] == words


def test_a_recipe_that_says_little_is_full_of_dashes() -> None:
    words = tables.recipe_in_words(TrainedRecipe("sgd-cnn", 159_254))
    known = {what: value for what, value in words.items() if value != UNKNOWN}
    assert known == {
        "Recipe": "sgd-cnn",
        "Parameters": "159,254",
        "Trained on drawings": "no",
        "Software": f"Python {UNKNOWN}",
    }
