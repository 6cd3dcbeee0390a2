"""Training curves: loss and accuracy over the epochs, of one model or several."""

import pandas as pd
import streamlit as st

from recognizer.analysis.metrics import learning_curves
from recognizer.analysis.tables import recipe_in_words
from recognizer.models.folder import LEARNING_RATE, ModelEntry
from recognizer.models.registry import complete_models
from recognizer.ui.charts import curves
from recognizer.ui.model_picker import dashboard
from recognizer.ui.navigation import set_up_page
from recognizer.ui.tables import download
from recognizer.ui.url_state import toggle, url_widget


def histories(models: list[ModelEntry]) -> pd.DataFrame:
    """Every row of every history, with `model` and `epoch`."""
    rows = [model.history.reset_index().assign(model=model.name) for model in models]
    return pd.concat(rows, ignore_index=True)


def best_epochs(rows: pd.DataFrame, name: str) -> dict[str, str]:
    """When a model's validation was best, in words."""
    best = rows[rows["best"] & (rows["model"] == name)].set_index("measure")
    return {
        f"Best {measure}": f"{row['value']:{form}} after epoch {row['epoch']:.0f}"
        for measure, form in (("accuracy", ".2%"), ("loss", ".4f"))
        for _, row in best[best.index == measure].iterrows()
    }


def which_weights(models: list[ModelEntry]) -> str:
    """Which epoch's weights were kept."""
    averaged = [model.name for model in models if model.recipe.drawings]
    kept = "The weights after the last epoch are kept."
    if averaged:
        kept += (
            f" For {', '.join(averaged)} they are averaged first; the last validation value is of "
            "the averaged weights."
        )
    return kept


def show_curves(models: list[ModelEntry], rows: pd.DataFrame) -> None:
    """Accuracy and loss over epochs, with the best epoch as a point."""
    names = ", ".join(model.name for model in models)
    switches = st.container(horizontal=True)
    with switches:
        log = toggle("Show error (log scale)", "log")
        rows = rows[rows["part"] == "validation"] if toggle("Validation only", "only") else rows
    accuracy = rows[rows["measure"] == "accuracy"]
    if log:
        accuracy = accuracy.assign(value=1 - accuracy["value"])
    st.subheader("Error" if log else "Accuracy", anchor=False)
    st.altair_chart(
        curves.learning_curves(accuracy, percent=True, log=log),
        key="accuracy",
        alt=f"{'Error' if log else 'Accuracy'} over epochs of {names}",
    )
    st.caption(
        "Solid: validation images, with a point at the best epoch. Dashed: training images, "
        "averaged over the epoch; dropout and distortion can make it worse than validation. "
        f"{which_weights(models)}"
    )
    st.subheader("Loss", anchor=False)
    st.altair_chart(
        curves.learning_curves(rows[rows["measure"] == "loss"], percent=False, log=log),
        key="loss",
        alt=f"Cross-entropy in nats over epochs of {names}",
    )


def rate_changed(history: pd.DataFrame) -> bool:
    return LEARNING_RATE in history and history[LEARNING_RATE].nunique() > 1


def show_costs(models: list[ModelEntry]) -> None:
    """Seconds per epoch, and the learning rate of models for which it changed."""
    rows, names = histories(models), [model.name for model in models]
    seconds_side, rate_side = st.columns(2, gap="medium")
    with seconds_side:
        st.subheader("Seconds per epoch", anchor=False)
        chart = curves.over_epochs(rows, "seconds", names, ".1~f", ".1f")
        st.altair_chart(chart, key="seconds", alt=f"Seconds per epoch of {', '.join(names)}")
    changing = rows.groupby("model").filter(rate_changed)
    with rate_side:
        st.subheader("Learning rate", anchor=False)
        if changing.empty:
            st.caption("It was constant, or it was not recorded. Its value is in the recipe.")
        else:
            chart = curves.over_epochs(changing, LEARNING_RATE, names, "~g", ".2g")
            st.altair_chart(chart, key="rate", alt="Learning rate at the end of each epoch")
    download(rows, "histories", "Download the histories as CSV")


set_up_page("Training curves")
model = dashboard("Training curves")

others = {other.name: other for other in complete_models() if other.name != model.name}
compared: list[str] = url_widget(
    st.multiselect,
    "Compare with",
    "with",
    lambda text: [name for name in text.split(",") if name in others],
    default=[],
    options=list(others),
    placeholder="Other models",
)
shown = [model, *(others[name] for name in compared)]
for without in (each for each in shown if each.history.empty):
    st.info(
        f"The model {without.name!r} has no history. Its training was not recorded.",
        icon=":material/show_chart:",
    )
with_history = [each for each in shown if not each.history.empty]
rows = learning_curves({each.name: each.history for each in with_history})

# Beside the curves there is room for one recipe.
sides = st.columns([3, 2], gap="medium") if len(shown) == 1 else (st.container(), st.container())
curves_side, recipe_side = sides
with curves_side:
    if with_history:
        show_curves(with_history, rows)
with recipe_side:
    st.subheader("Recipe and best epochs", anchor=False)
    recipes = pd.DataFrame(
        {
            each.name: {**best_epochs(rows, each.name), **recipe_in_words(each.recipe)}
            for each in shown
        }
    )
    st.table(recipes, alt="How each model was trained, and its best epochs")
    download(recipes.rename_axis("setting").reset_index(), "recipes")
if with_history:
    show_costs(with_history)
