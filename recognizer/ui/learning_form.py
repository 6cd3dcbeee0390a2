"""The part of the Retrain form in which a model learns from kept drawings."""

import streamlit as st

from recognizer.collection.split import SHARE
from recognizer.errors import CollectionError, ModelError
from recognizer.models.recipes import RECIPES
from recognizer.models.registry import active_model, complete_models, free_name
from recognizer.training.job_state import about
from recognizer.training.request import LEAST_KEPT, TrainingRequest
from recognizer.ui.keeping import collection
from recognizer.ui.permission import in_public, show_error

RECIPE, LEARN = "recipe", "learn"  # what the form is about


def count_kept() -> tuple[int, int]:
    """How many drawings a model may learn from, and how many contributors they have.

    Where the database cannot be used, that is said, and none are.
    """
    try:
        return collection().count()
    except CollectionError as error:
        st.warning(in_public(error), icon=":material/cloud_off:")
        return 0, 0


def why_not(kept: int) -> str:
    """Why nothing can be learned from so many drawings; empty if it can."""
    if kept - kept // SHARE >= LEAST_KEPT:
        return ""
    number = "is 1 accepted drawing" if kept == 1 else f"are {kept} accepted drawings"
    return (
        f"There {number}. Learning takes {LEAST_KEPT}, beside the fifth that is held out. Draw "
        "digits, and say what they are."
    )


def wants_to_learn(kept: int) -> bool:
    """Ask whether to learn from kept drawings or to train a recipe."""
    words = {RECIPE: "Recipe", LEARN: f"Learn from {kept:,} kept drawings"}
    what = st.segmented_control(
        "What to train",
        list(words),
        default=RECIPE if why_not(kept) else LEARN,
        format_func=lambda each: words[each],
        required=True,
        key="what",
        label_visibility="collapsed",
    )
    return what == LEARN


def ask(kept: int, contributors: int) -> TrainingRequest | None:
    """The fields for learning; None where there is no model to start from."""
    people = f"{contributors} contributor{'s' * (contributors != 1)}"
    st.caption(
        f"A model continues to learn, from {kept:,} accepted drawings of {people}, and repeats "
        "what it knows. A fifth of them is held out to judge by, and the result says whether the "
        "model got better."
    )
    models = {model.name: model for model in complete_models() if model.recipe.name in RECIPES}
    try:
        active = active_model().name
    except ModelError as error:
        show_error(error)
        return None
    names = sorted(models, key=lambda name: name != active)  # the active one first
    if not names:
        st.info("There is no model of a recipe that this app knows.", icon=":material/info:")
        return None
    left, right = st.columns(2)
    start = left.selectbox(
        "Start from",
        names,
        format_func=lambda name: f"{name} (active)" if name == active else name,
        key="learn-from",
    )
    name = right.text_input(
        "Name",
        free_name(f"{start}-learned"),
        key=f"learn-name-{start}",
        help="Of the new model: lowercase letters, digits and hyphens.",
        live=True,
    )
    request = TrainingRequest(models[start].recipe.name, name.strip(), start, learn=True)
    if seconds := request.estimate_seconds(models.values()):
        st.caption(f"It takes {about(seconds)} on this machine. You can keep drawing.")
    return request
