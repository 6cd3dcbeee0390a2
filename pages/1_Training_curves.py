"""Training curves: loss and accuracy over the epochs, of one model or several."""

import pandas as pd
import streamlit as st

from recognizer.analysis.metrics import learning_curves
from recognizer.analysis.tables import recipe_in_words
from recognizer.models.csv_files import LEARNING_RATE
from recognizer.models.folder import ModelEntry
from recognizer.models.registry import complete_models
from recognizer.ui.charts import curves
from recognizer.ui.charts.palette import model_colors
from recognizer.ui.markdown import one_line, plain
from recognizer.ui.model_picker import dashboard
from recognizer.ui.navigation import set_up_page
from recognizer.ui.tables import download
from recognizer.ui.url_state import (
    choice_of,
    one_of,
    say_ignored,
    set_in_url,
    toggle,
    url_widget,
)

EPOCHS = {"Off": 1, "3 epochs": 3, "5 epochs": 5, "9 epochs": 9}  # that are averaged


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


def compared_models(first: str) -> list[str]:
    """The models that are laid over the first; a name in the address that is none is reported."""
    others = [other.name for other in complete_models() if other.name != first]

    def known(text: str) -> list[str]:
        names = list(dict.fromkeys(text.split(",")))
        if gone := [name for name in names if name not in (*others, first)]:
            say_ignored("with", ",".join(gone))
            set_in_url("with", [name for name in names if name not in gone] or None)
        return [name for name in names if name in others]

    more = {"options": others, "placeholder": "Other models"}
    return url_widget(st.multiselect, "Compare with", "with", known, default=[], **more)


def legend(names: list[str]) -> list[str]:
    """Show the legend of all charts; return what to show: all, or the one that was clicked."""
    if len(names) < 2:
        return names
    colors = model_colors(names)
    known = one_of(model.name for model in complete_models())
    alone = url_widget(
        st.pills,
        "Models",
        "alone",
        lambda text: name if (name := known(text)) in names else None,
        default=None,
        options=names,
        format_func=lambda name: f':color[●]{{foreground="{colors[name]}"}} {name}',
        help="Click a model to see it alone. Click it again to see all.",
    )
    return [alone] if alone else names


def switches(*, several: bool) -> tuple[bool, bool, int]:
    """Error instead of accuracy; validation only; over how many epochs curves are averaged."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        log = toggle("Show error (log scale)", "log")
        # The training curves of several models would be a tangle.
        only = toggle("Validation only", "only", default=several)
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.markdown(":small[Smoothing]", width="content")
            smooth = choice_of("Smoothing", "smooth", list(EPOCHS), label_visibility="collapsed")
    return log, only, EPOCHS[smooth]


def what_is_what(*, only: bool, smooth: int) -> str:
    """What the lines are, and how to look closer."""
    words = [
        "Validation images."
        if only
        else "Solid: validation images. Dashed: training images, "
        "averaged over the epoch; dropout and distortion can make them worse than validation.",
        "The point is the best epoch.",
        f"Bold: the mean of {smooth} epochs; thin: as recorded." if smooth > 1 else "",
        "To zoom, hold Ctrl and scroll. Drag to move. Double-click to reset.",
    ]
    return " ".join(filter(None, words))


def show_curves(rows: pd.DataFrame, names: list[str], log: bool, only: bool, smooth: int) -> None:
    """Accuracy and loss over epochs; `names` are all models that have a color."""
    shown = ", ".join(rows["model"].unique())
    rows = rows[rows["part"] == "validation"] if only else rows
    accuracy, loss = (rows[rows["measure"] == measure] for measure in ("accuracy", "loss"))
    if log:
        accuracy = accuracy.assign(value=1 - accuracy["value"])
    title = "Error" if log else "Accuracy"
    st.header(title, anchor=False)
    chart = curves.learning_curves(accuracy, percent=True, log=log, models=names, smooth=smooth)
    st.altair_chart(chart, key="accuracy", alt=f"{title} over epochs of {shown}")
    st.caption(what_is_what(only=only, smooth=smooth))
    st.header("Loss", anchor=False)
    chart = curves.learning_curves(loss, percent=False, log=log, models=names, smooth=smooth)
    st.altair_chart(chart, key="loss", alt=f"Cross-entropy in nats over epochs of {shown}")


def rate_changed(history: pd.DataFrame) -> bool:
    return LEARNING_RATE in history and history[LEARNING_RATE].nunique() > 1


def show_costs(models: list[ModelEntry], names: list[str]) -> None:
    """Seconds per epoch, and the learning rate of models for which it changed."""
    rows, shown = histories(models), ", ".join(model.name for model in models)
    changing = rows.groupby("model").filter(rate_changed)
    sides = [st.container()] if changing.empty else st.columns(2, gap="medium")
    with sides[0]:
        st.header("Seconds per epoch", anchor=False)
        chart = curves.over_epochs(rows, "seconds", names, ".1~f", ".1f")
        st.altair_chart(chart, key="seconds", alt=f"Seconds per epoch of {shown}")
    with sides[-1]:
        if changing.empty:
            st.caption(
                "The learning rate was constant, or it was not recorded. It is in the recipe."
            )
        else:
            st.header("Learning rate", anchor=False)
            chart = curves.over_epochs(changing, LEARNING_RATE, names, "~g", ".2g")
            st.altair_chart(chart, key="rate", alt="Learning rate at the end of each epoch")
    download(rows, "histories", "Download the histories as CSV")


set_up_page("Training curves")
model = dashboard("Training curves")

others = {other.name: other for other in complete_models()}
shown = [model, *(others[name] for name in compared_models(model.name))]
for without in (each for each in shown if each.history.empty):
    st.info(
        f"The model {without.name!r} has no history. Its training was not recorded.",
        icon=":material/show_chart:",
    )
with_history = [each for each in shown if not each.history.empty]
rows = learning_curves({each.name: each.history for each in with_history})
names = [each.name for each in with_history]
log, only, smooth = switches(several=len(names) > 1)
in_charts = legend(names)

# Beside the curves there is room for one recipe.
sides = st.columns([3, 2], gap="medium") if len(shown) == 1 else (st.container(), st.container())
curves_side, recipe_side = sides
with curves_side:
    if with_history:
        show_curves(rows[rows["model"].isin(in_charts)], names, log, only, smooth)
with recipe_side:
    st.header("Recipe and best epochs", anchor=False)
    recipes = pd.DataFrame(
        {
            each.name: best_epochs(rows, each.name)
            | {what: one_line(words) for what, words in recipe_in_words(each.recipe).items()}
            for each in shown
        }
    )
    st.table(recipes.map(plain), alt="How each model was trained, and its best epochs")
    st.caption(which_weights(with_history))
    download(recipes.rename_axis("setting").reset_index(), "recipes")
if with_history:
    show_costs([each for each in with_history if each.name in in_charts], names)
