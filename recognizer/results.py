"""Recipes and results in words: Markdown tables, and what a model's recipe was."""

from itertools import groupby
from typing import Any

from recognizer.architectures import RECIPES
from recognizer.confidence import TURNED_AWAY
from recognizer.model_folder import ModelEntry
from recognizer.registry import whole_models


def recipes_table() -> str:
    """The recipes with what was published of them."""
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
    header = [
        "recipe",
        "optimiser",
        "learning rate",
        "batch",
        "epochs",
        "published accuracy",
    ]
    return _markdown(header, rows)


def results_tables() -> str:
    """What each whole model reached: on MNIST, then on drawings where it was judged by them."""
    models = whole_models()
    tables = [_mnist_table(models)]
    judged = sorted((model for model in models if model.drawn), key=drawings_of)
    for (drawings, *cases), group in groupby(judged, key=drawings_of):
        tables += [f"\n{drawings}\n", _drawn_table(cases, list(group))]
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
    return _markdown(header, [_result(model) for model in models])


def _result(model: ModelEntry) -> list[str]:
    recipe = RECIPES.get(model.recipe["recipe"])
    published = recipe.published if recipe else None
    return [
        f"`{model.name}`",
        f"{model.recipe['parameters']:,}",
        f"{model.seconds_per_epoch:.1f}",
        f"{model.validation_accuracy:.2%}",
        f"{model.accuracy:.2%}",
        f"{published.accuracy:.2%}" if published else "",
        f"{model.loss:.4f}",
        f"{published.loss:.4f}" if published and published.loss else "",
    ]


def drawings_of(model: ModelEntry) -> list[str]:
    """The drawings and the cases that a model was judged by; others make another table."""
    drawn = model.drawn
    institutions = ", ".join(drawn["institutions"])
    return [
        f"{drawn['digits']:,} digits and {drawn['others']:,} other drawings ({institutions}):",
        *(f"{case['given']} {case['size']:.0%}, {case['pen']} px" for case in drawn["cases"]),
    ]


def _drawn_table(cases: list[str], models: list[ModelEntry]) -> str:
    """Share of drawn digits read rightly in each case, and how honest the confidence is."""
    header = ["model", *cases, "calibration error", "ROC area", "others turned away"]
    return _markdown(header, [_drawn_result(model) for model in models])


def _drawn_result(model: ModelEntry) -> list[str]:
    figures = model.drawn["all"]
    return [
        f"`{model.name}`",
        *(f"{case['accuracy']:.2%}" for case in model.drawn["cases"]),
        f"{figures['calibration_error']:.2%}",
        f"{figures['roc_area']:.4f}" if "roc_area" in figures else "",
        f"{figures[TURNED_AWAY]:.1%}" if TURNED_AWAY in figures else "",
    ]


def _markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def recipe_in_words(model: ModelEntry) -> dict[str, str]:
    """What a model's recipe.json says, a line a setting; "–" where it says nothing."""
    recipe = model.recipe
    optimizer = recipe.get("optimizer") or {}
    settings = (f"{name} {value}" for name, value in optimizer.get("settings", {}).items())
    packages = (f"{name} {version}" for name, version in recipe.get("packages", {}).items())
    said = {
        "Recipe": recipe["recipe"],
        "Parameters": f"{recipe['parameters']:,}",
        "Initialiser": recipe.get("initializer"),
        "Optimiser": ", ".join([str(optimizer.get("name", "–")), *settings]),
        "Learning rate": optimizer.get("learning_rate"),
        "Batch size": recipe.get("batch_size"),
        "Epochs": _epochs_in_words(recipe),
        "Validated on": recipe.get("validation"),
        "Trained on drawings": _drawings_in_words(recipe),
        "Seed": recipe.get("seed"),
        "Published": _published_in_words(recipe.get("published")),
        "Trained at": recipe.get("trained_at"),
        "With": ", ".join([f"Python {recipe.get('python', '–')}", *packages]),
    }
    if "note" in recipe:  # what is to be known of this one training
        said["Note"] = recipe["note"]
    return {what: "–" if words is None else str(words) for what, words in said.items()}


def _epochs_in_words(recipe: dict[str, Any]) -> str | None:
    last = (recipe.get("drawings") or {}).get("last_epochs")
    return f"{last[-1]}, in stages to {', '.join(map(str, last))}" if last else recipe.get("epochs")


def _drawings_in_words(recipe: dict[str, Any]) -> str:
    drawings = recipe.get("drawings")
    if not drawings:
        return "no"
    late = drawings.get("not_before_third_stage")
    return f"yes; of {', '.join(late)} in the third stage alone" if late else "yes"


def _published_in_words(published: dict[str, Any] | None) -> str | None:
    if not published:
        return None
    loss = f", loss {published['loss']}" if published.get("loss") else ""
    return f"{published['accuracy']:.2%} of the test images{loss}"
