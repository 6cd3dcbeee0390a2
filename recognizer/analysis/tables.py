"""Recipes and results as tables and in words: for the docs, the Models page and a terminal."""

from __future__ import annotations

from itertools import groupby

from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import RECIPES, Published
from recognizer.models.records import BenchmarkResult, TrainedRecipe
from recognizer.models.registry import complete_models

UNKNOWN = "–"
# How a model's figures are written: their column on the Models page, and its format.
FORMATS = {
    "test accuracy": "{:.2%}",
    "test loss": "{:.4f}",
    "accuracy on drawings": "{:.2%}",
    "calibration error": "{:.2%}",
    "non-digits rejected": "{:.1%}",
    "parameters": "{:,}",
    "MB": "{:.1f}",
    "ms/reading": "{:.2f}",
    "s/epoch": "{:.1f}",
    "epochs": "{:.0f}",
}


def figures_of(model: ModelEntry) -> dict[str, object]:
    """What a model reaches and costs, by column; None where it was not measured."""
    overall = model.benchmark.overall if model.benchmark else None
    return {
        "test accuracy": model.accuracy,
        "test loss": model.loss,
        "accuracy on drawings": overall.accuracy if overall else None,
        "calibration error": overall.calibration_error if overall else None,
        "non-digits rejected": overall.rejected_keeping_99 if overall else None,
        "parameters": model.recipe.parameters,
        "MB": model.megabytes,
        "ms/reading": model.summary.reading_ms,
        "s/epoch": model.seconds_per_epoch,
        "epochs": len(model.history) or None,
        "recipe": model.recipe.name,
        "trained": model.trained,
    }


def figures_in_words(model: ModelEntry, columns: list[str]) -> dict[str, str]:
    """Some of a model's figures as they are written."""
    figures = figures_of(model)
    return {
        column: UNKNOWN
        if figures[column] is None
        else FORMATS.get(column, "{}").format(figures[column])
        for column in columns
    }


def recipes_table() -> str:
    """The recipes with what was published of them, in Markdown."""
    rows = [
        [
            recipe.name,
            recipe.optimizer.name,
            f"{recipe.optimizer.learning_rate:g}",
            str(recipe.batch_size),
            str(recipe.epochs),
            f"{recipe.published.accuracy:.2%}" if recipe.published else "",
        ]
        for recipe in RECIPES.values()
    ]
    header = ["recipe", "optimizer", "learning rate", "batch", "epochs", "published accuracy"]
    return markdown_table(header, rows)


def results_tables() -> str:
    """What each complete model reached, in Markdown: on MNIST, then on drawings."""
    models = complete_models()
    tables = [_mnist_table(models)]
    results = {model.name: model.benchmark for model in models if model.benchmark}
    by_drawings = sorted(results, key=lambda name: drawings_of(results[name]))
    for what, names in groupby(by_drawings, key=lambda name: drawings_of(results[name])):
        drawings, *cases = what
        group = {name: results[name] for name in names}
        tables += [f"\n{drawings}\n", _benchmark_table(cases, group)]
    return "\n".join(tables)


def _mnist_table(models: list[ModelEntry]) -> str:
    """Beside what was published of the recipe."""
    header = [
        "model",
        "parameters",
        "s/epoch",
        "validation accuracy",
        "test accuracy",
        "published",
        "test loss",
        "published",
    ]
    return markdown_table(header, [_mnist_row(model) for model in models])


def _mnist_row(model: ModelEntry) -> list[str]:
    recipe = RECIPES.get(model.recipe.name)
    published = recipe.published if recipe else None
    return [
        f"`{model.name}`",
        f"{model.recipe.parameters:,}",
        f"{model.seconds_per_epoch:.1f}",
        f"{model.validation_accuracy:.2%}",
        f"{model.accuracy:.2%}",
        f"{published.accuracy:.2%}" if published else "",
        f"{model.loss:.4f}",
        f"{published.loss:.4f}" if published and published.loss else "",
    ]


def drawings_of(result: BenchmarkResult) -> list[str]:
    """The drawings and the cases that a model was scored on; others make another table."""
    institutions = ", ".join(result.institutions)
    return [
        f"{result.digits:,} digits and {result.non_digits:,} non-digits ({institutions}):",
        *(f"{case.given} {case.size:.0%}, {case.pen} px" for case in result.cases),
    ]


def _benchmark_table(cases: list[str], results: dict[str, BenchmarkResult]) -> str:
    """Accuracy on drawn digits in each case, and how reliable the confidence is."""
    header = ["model", *cases, "calibration error", "ROC area", "non-digits rejected"]
    return markdown_table(header, [_benchmark_row(*each) for each in results.items()])


def _benchmark_row(name: str, result: BenchmarkResult) -> list[str]:
    overall = result.overall
    rejected = overall.rejected_keeping_99
    return [
        f"`{name}`",
        *(f"{case.accuracy:.2%}" for case in result.cases),
        f"{overall.calibration_error:.2%}",
        "" if overall.roc_area is None else f"{overall.roc_area:.4f}",
        "" if rejected is None else f"{rejected:.1%}",
    ]


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """A table whose first column is text, the others numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def recipe_in_words(recipe: TrainedRecipe) -> dict[str, str]:
    """How a model was made, a line per setting; "–" where its folder does not say."""
    packages = (f"{name} {version}" for name, version in recipe.packages.items())
    words = {
        "Recipe": recipe.name,
        "Parameters": f"{recipe.parameters:,}",
        "Initializer": recipe.initializer,
        "Optimizer": _optimizer_in_words(recipe),
        "Learning rate": recipe.optimizer.learning_rate if recipe.optimizer else None,
        "Batch size": recipe.batch_size,
        "Epochs": _epochs_in_words(recipe),
        "Validated on": recipe.validation,
        "Trained on drawings": _drawings_in_words(recipe),
        "Seed": recipe.seed,
        "Published": _published_in_words(recipe.published) if recipe.published else None,
        "Trained": f"{at.day} {at:%B %Y}" if (at := recipe.trained_at) else None,
        "Software": ", ".join([f"Python {recipe.python or UNKNOWN}", *packages]),
    }
    if recipe.note:
        words["Note"] = recipe.note
    return {what: UNKNOWN if value is None else str(value) for what, value in words.items()}


def _optimizer_in_words(recipe: TrainedRecipe) -> str | None:
    if not recipe.optimizer:
        return None
    settings = (f"{name} {value}" for name, value in recipe.optimizer.settings.items())
    return ", ".join([recipe.optimizer.name, *settings])


def _epochs_in_words(recipe: TrainedRecipe) -> str | None:
    if not recipe.drawings:
        return str(recipe.epochs) if recipe.epochs else None
    last = recipe.drawings.last_epochs
    return f"{last[-1]}, in stages that end after {', '.join(map(str, last))}"


def _drawings_in_words(recipe: TrainedRecipe) -> str:
    if not recipe.drawings:
        return "no"
    late = ", ".join(recipe.drawings.third_stage_only)
    if not late:
        return "yes"
    return f"yes; {late} {'in the third stage only' if recipe.drawings.saw_held_out else 'never'}"


def _published_in_words(published: Published) -> str:
    loss = f", loss {published.loss}" if published.loss else ""
    return f"{published.accuracy:.2%} test accuracy{loss}"
