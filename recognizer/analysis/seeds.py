"""The same training with several seeds: mean, standard deviation and best.

`python -m recognizer.analysis.seeds` prints what every published recipe reaches over its seeds,
beside what its tutorial reported. The figures are in models/seeds.csv, which every sweep of plain
recipes adds to: the models of other seeds need not be kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from recognizer import processes
from recognizer.analysis.tables import markdown_table
from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import RECIPES

COLUMNS = ("recipe", "seed", "validation_accuracy", "test_accuracy", "test_loss")
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
    return {
        "name": model.name,
        "recipe": model.recipe.name,
        "seed": model.recipe.seed,
        "validation_accuracy": model.validation_accuracy,
        "test_accuracy": model.accuracy,
        "test_loss": model.loss,
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
        return pd.read_csv(_file())[list(COLUMNS)]
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


if __name__ == "__main__":
    print(recipes_table())
