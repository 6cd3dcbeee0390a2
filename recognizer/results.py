"""The recipes and their results as Markdown tables, made from the model folders."""

from recognizer.architectures import RECIPES
from recognizer.confidence import TURNED_AWAY
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


def results_tables() -> str:
    """What each whole model reached: on MNIST, then on drawings where it was judged by them."""
    models = whole_models()
    judged = [model for model in models if model.drawn]
    tables = [_mnist_table(models)]
    if judged:
        tables += [f"\n{_by_whom(judged)}\n", _drawn_table(judged)]
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
        f"{model.history['seconds'].median():.1f}",
        f"{model.validation_accuracy:.2%}",
        f"{model.accuracy:.2%}",
        f"{published.accuracy:.2%}" if published else "",
        f"{model.loss:.4f}",
        f"{published.loss:.4f}" if published and published.loss else "",
    ]


def _by_whom(models: list[ModelEntry]) -> str:
    """A line for each set of drawings that models were judged by."""
    said = {
        f"{drawn['digits']:,} digits and {drawn['others']:,} other drawings "
        f"({', '.join(drawn['institutions'])}):"
        for drawn in (model.drawn for model in models)
    }
    return "\n".join(sorted(said))


def _drawn_table(models: list[ModelEntry]) -> str:
    """Share of drawn digits read rightly in each case, and how honest the confidence is."""
    cases = [
        f"{case['given']} {case['size']:.0%}, {case['pen']} px" for case in models[0].drawn["cases"]
    ]
    header = ["model", *cases, "calibration error", "ROC area", "others turned away"]
    return _markdown(header, [_drawn_result(model) for model in models])


def _drawn_result(model: ModelEntry) -> list[str]:
    figures = model.drawn["all"]
    return [
        f"`{model.name}`",
        *(f"{case['accuracy']:.2%}" for case in model.drawn["cases"]),
        f"{figures['calibration_error']:.2%}",
        *([f"{figures['roc_area']:.4f}"] if "roc_area" in figures else [""]),
        *([f"{figures[TURNED_AWAY]:.1%}"] if TURNED_AWAY in figures else [""]),
    ]


def _markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
