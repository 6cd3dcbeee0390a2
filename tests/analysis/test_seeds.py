"""The same recipe with several seeds: what is kept of it, and the tables."""

import dataclasses
from pathlib import Path

import pytest

from recognizer.analysis import seeds
from recognizer.models import folder
from recognizer.models.folder import ModelEntry
from tests.conftest import SHIPPED


@pytest.fixture
def robust(models: Path) -> ModelEntry:
    """The shipped model; what is recorded goes into a folder of the test's own."""
    return folder.read(SHIPPED / "robust-cnn")


def test_figures_on_drawings_are_kept_and_averaged(robust: ModelEntry) -> None:
    assert robust.benchmark
    other = dataclasses.replace(robust, recipe=dataclasses.replace(robust.recipe, seed=1))
    seeds.record([robust])
    seeds.record([robust, other])
    rows = seeds.read()
    assert rows["seed"].tolist() == [0, 1]
    strokes = [each.accuracy for each in robust.benchmark.cases if each.given == "strokes"]
    assert rows["strokes_accuracy"].tolist() == pytest.approx([sum(strokes) / 3] * 2)
    table = seeds.recipe_table("robust-cnn").splitlines()
    thick = next(each for each in robust.benchmark.cases if (each.size, each.pen) == (0.4, 28))
    expected = f"{100 * thick.accuracy:.2f} ± 0.00% | 2 | {thick.accuracy:.2%}"
    assert any("pen of 28 px" in row and expected in row for row in table)
    assert len(table) == 2 + 6


def test_a_changed_recipe_and_one_without_drawings_leave_no_figures(robust: ModelEntry) -> None:
    changed = dataclasses.replace(robust, recipe=dataclasses.replace(robust.recipe, epochs=3))
    seeds.record([changed])
    assert seeds.read().empty
    unknown = dataclasses.replace(robust.summary, benchmark=None)
    seeds.record([dataclasses.replace(robust, summary=unknown)])
    assert len(seeds.recipe_table("robust-cnn").splitlines()) == 2 + 2  # those on MNIST
    assert seeds.recipes_table().splitlines()[2:] == []  # it was never published


def test_a_file_of_an_older_version_is_read(models: Path) -> None:
    (models / "seeds.csv").write_text(
        "recipe,seed,validation_accuracy,test_accuracy,test_loss\nsgd-cnn,4,0.99,0.98,0.02\n"
    )
    assert "| `sgd-cnn` | 99.19% | 98.00% | 1 | 98.00% | 98.00% |" in seeds.recipes_table()
