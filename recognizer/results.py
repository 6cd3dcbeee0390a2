"""The recipes and their results as Markdown tables, made from the model folders."""

from recognizer.architectures import RECIPES
from recognizer.registry import ModelEntry, whole_models


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


def results_table() -> str:
    """What each whole model reached, beside what was published of its recipe."""
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
    return _markdown(header, [_result(model) for model in whole_models()])


def _result(model: ModelEntry) -> list[str]:
    recipe = RECIPES.get(model.recipe["recipe"])
    published = recipe.published if recipe else None
    return [
        f"`{model.name}`",
        f"{model.recipe['parameters']:,}",
        f"{model.history['seconds'].median():.1f}",
        f"{model.validation_accuracy:.2%}",
        f"{model.accuracy:.2%}",
        f"{published.accuracy:.2%}" if published else "",
        f"{model.loss:.4f}",
        f"{published.loss:.4f}" if published and published.loss else "",
    ]


def _markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
