"""The same training with several seeds: mean, standard deviation and best.

`python -m recognizer.analysis.seeds` prints what every published recipe reaches over its seeds,
beside what its tutorial reported; with the name of a recipe, what this one reaches on MNIST and on
drawings. The figures are in models/seeds.csv, which every sweep of plain recipes adds to: the
models of other seeds need not be kept.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from recognizer import processes
from recognizer.analysis.tables import markdown_table
from recognizer.models import registry
from recognizer.models.drawing_benchmark import THICK_PEN, Case
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import RECIPES
from recognizer.models.records import BenchmarkResult

ON_DRAWINGS = {  # the columns of figures on held-out drawings, in words
    "strokes_accuracy": "held-out drawings as strokes, all sizes and pens",
    "thick_pen_accuracy": f"pictures, {THICK_PEN.size:.0%} with a pen of {THICK_PEN.pen} px",
    "rejected": "non-digits rejected where 99% of the digits are kept",
    "calibration_error": "expected calibration error",
}
ON_MNIST = {
    "validation_accuracy": "MNIST, validation images",
    "test_accuracy": "MNIST, test images",
}
COLUMNS = ("recipe", "seed", *ON_MNIST, "test_loss", *ON_DRAWINGS)
KEY = ["recipe", "seed"]


def sweep_table(models: Iterable[ModelEntry]) -> str:
    """Models that differ in more than their seeds in a row each, in Markdown.

    The best of a row is the one with the best accuracy on the validation images: the test images
    are not there to choose by.
    """
    rows = pd.DataFrame([_figures(model) | {"settings": _settings(model)} for model in models])
    header = ["trained", "seeds", "validation accuracy", "test accuracy", "best by validation"]
    groups = rows.groupby(["recipe", "settings"], sort=False)
    return markdown_table(header, [_sweep_row(group) for _, group in groups])


def _sweep_row(rows: pd.DataFrame) -> list[str]:
    best = rows.sort_values("validation_accuracy").iloc[-1]
    return [
        f"{best['recipe']}, {best['settings']}",
        str(len(rows)),
        mean_and_deviation(rows["validation_accuracy"]),
        mean_and_deviation(rows["test_accuracy"]),
        f"{best['name']} ({best['validation_accuracy']:.2%}, test {best['test_accuracy']:.2%})",
    ]


def mean_and_deviation(shares: pd.Series[float]) -> str:
    """Mean and sample standard deviation of shares, in percent: "98.83 ± 0.10%"."""
    deviation = shares.std(ddof=1)
    spread = "" if math.isnan(deviation) else f" ± {100 * deviation:.2f}"
    return f"{100 * shares.mean():.2f}{spread}%"


def _figures(model: ModelEntry) -> dict[str, object]:
    return _on_drawings(model.benchmark) | {
        "name": model.name,
        "recipe": model.recipe.name,
        "seed": model.recipe.seed,
        "validation_accuracy": model.validation_accuracy,
        "test_accuracy": model.accuracy,
        "test_loss": model.loss,
    }


def _on_drawings(found: BenchmarkResult | None) -> dict[str, object]:
    """The figures on held-out drawings; None where they were not measured."""
    if found is None:
        return dict.fromkeys(ON_DRAWINGS)
    strokes = [each.accuracy for each in found.cases if each.given == "strokes"]
    of_case = {Case(each.given, each.size, each.pen): each.accuracy for each in found.cases}
    return {
        "strokes_accuracy": sum(strokes) / len(strokes) if strokes else None,
        "thick_pen_accuracy": of_case.get(THICK_PEN),
        "rejected": found.overall.rejected_keeping_99,
        "calibration_error": found.overall.calibration_error,
    }


def _settings(model: ModelEntry) -> str:
    """All but the seed, in words."""
    recipe = model.recipe
    words = [f"{recipe.epochs} epochs", f"batches of {recipe.batch_size}"]
    if recipe.optimizer:
        words.insert(0, f"{recipe.optimizer.name} {recipe.optimizer.learning_rate:g}")
    if recipe.distortion:
        words.append("distorted")
    if recipe.start_from:
        words.append(f"from {recipe.start_from.name}")
    return ", ".join(words)


# What is kept of the recipes as they are


def record(models: Iterable[ModelEntry]) -> None:
    """Add the figures of models to models/seeds.csv, if their recipes were not changed."""
    new = pd.DataFrame([_figures(model) for model in models if _is_plain(model)])
    if new.empty:
        return
    known = pd.concat([read(), new[list(COLUMNS)]]).drop_duplicates(KEY, keep="last")
    text = known.sort_values(KEY).to_csv(index=False, float_format="%.6g")
    processes.write_whole(_file(), text)


def _is_plain(model: ModelEntry) -> bool:
    """Whether a model was trained as its recipe says, on nothing else."""
    made, recipe = model.recipe, RECIPES.get(model.recipe.name)
    if recipe is None or made.start_from or model.learned or made.seed is None:
        return False
    asked = (recipe.optimizer, recipe.batch_size, recipe.epochs, recipe.distortion)
    return asked == (made.optimizer, made.batch_size, made.epochs, bool(made.distortion))


def read() -> pd.DataFrame:
    """The figures that are kept, with COLUMNS; no row without the file."""
    try:
        return pd.read_csv(_file()).reindex(columns=list(COLUMNS))
    except (OSError, ValueError, KeyError):
        return pd.DataFrame(columns=list(COLUMNS))


def _file() -> Path:
    return registry.models_dir() / "seeds.csv"


def recipes_table() -> str:
    """What each published recipe reaches over its seeds, in Markdown."""
    header = ["recipe", "published", "mean of the seeds", "seeds", "lowest", "highest"]
    rows = [_recipe_row(str(name), group) for name, group in read().groupby("recipe")]
    return markdown_table(header, [row for row in rows if row])


def _recipe_row(name: str, rows: pd.DataFrame) -> list[str]:
    published = RECIPES[name].published if name in RECIPES else None
    if published is None:
        return []
    accuracy = rows["test_accuracy"]
    return [
        f"`{name}`",
        f"{published.accuracy:.2%}",
        mean_and_deviation(accuracy),
        str(len(rows)),
        f"{accuracy.min():.2%}",
        f"{accuracy.max():.2%}",
    ]


def recipe_table(name: str) -> str:
    """What one recipe reaches over its seeds, on MNIST and on held-out drawings, in Markdown."""
    rows = read().query("recipe == @name")
    header = [f"`{name}`", "mean of the seeds", "seeds", "lowest", "highest"]
    found = [
        [words, mean_and_deviation(each), str(len(each)), f"{each.min():.2%}", f"{each.max():.2%}"]
        for column, words in (ON_MNIST | ON_DRAWINGS).items()
        if len(each := rows[column].dropna())
    ]
    return markdown_table(header, found)


if __name__ == "__main__":
    print(recipe_table(sys.argv[1]) if sys.argv[1:] else recipes_table())
