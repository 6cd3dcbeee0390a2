"""Retraining, from the sidebar of every page: the active model, the button, and its form."""

import math

import streamlit as st

from recognizer.datasets.mnist import TRAINING_IMAGES
from recognizer.datasets.strokes import drawings_named
from recognizer.errors import ModelError
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import DEFAULT_SEED, OPTIMIZERS, RECIPES, Recipe
from recognizer.models.registry import active_model, complete_models, free_name
from recognizer.training import jobs
from recognizer.training.job_state import about, current, in_words
from recognizer.training.request import (
    MAX_BATCH_SIZE,
    MAX_EPOCHS,
    MAX_LEARNING_RATE,
    SEEDS,
    TrainingRequest,
)
from recognizer.ui.permission import Permission, carry_out, permission
from recognizer.ui.progress import FORM_OPEN, TRAINING, follow_in_a_line

QUICK = "compact-cnn"  # a recipe that needs no drawings and takes a minute
SCRATCH = ""  # the choice to start from no model's weights


def sidebar() -> None:
    """Show the active model, the training that runs, and the button that starts one."""
    try:
        st.caption(f"Active model: **{active_model().name}**")
    except ModelError:
        st.caption("There is no model yet.")
    follow_in_a_line()
    allowed = permission()
    pressed = st.button(
        "Retrain",
        key="retrain",
        icon=":material/model_training:",
        width="stretch",
        disabled=not allowed.given,
    )
    st.session_state[FORM_OPEN] = pressed
    if pressed:
        form()
    if not allowed.given:
        _offer_to_sign_in(allowed)
    if st.user.get("is_logged_in"):
        st.button("Sign out", key="sign-out", type="tertiary", on_click=st.logout)


def _offer_to_sign_in(allowed: Permission) -> None:
    st.caption(allowed.why_not)
    for provider in allowed.providers:
        label = f"Sign in with {provider.title()}" if provider else "Sign in"
        st.button(
            label,
            key=f"sign-in-{provider}",
            icon=":material/login:",
            width="stretch",
            on_click=st.login,
            args=[provider or None],
        )


def _closed() -> None:
    st.session_state[FORM_OPEN] = False


@st.dialog("Retrain", width="medium", icon=":material/model_training:", on_dismiss=_closed)
def form() -> None:
    """Ask what to train, and start it; or say what is being trained already."""
    job = current()
    if job and job.running:
        st.info(f"{in_words(job)} One training runs at a time.", icon=":material/hourglass_top:")
        st.page_link(TRAINING, label="Show its progress", icon=":material/monitoring:")
        return
    recipe = RECIPES[
        st.selectbox(
            "Recipe",
            list(RECIPES),
            index=list(RECIPES).index(_usual_recipe()),
            help="The network and how it is trained. Your changes below apply to this training.",
        )
    ]
    if recipe.drawings and not drawings_named():
        st.warning(
            f"{recipe.name} also trains on drawn digits, and the app has no file of them. Set "
            "PEN_DIGITS to such a file and restart the app (see docs/training.md).",
            icon=":material/warning:",
        )
    trained = [model for model in complete_models() if model.recipe.name == recipe.name]
    request = _ask(recipe, [model.name for model in trained])
    _show_estimate(request, trained)
    pressed = st.button("Start training", key="start", type="primary", icon=":material/play_arrow:")
    if pressed and carry_out(jobs.start, request):
        st.rerun()


def _usual_recipe() -> str:
    """That of the active model, if it can be trained here."""
    try:
        name = active_model().recipe.name
    except ModelError:
        return QUICK
    trainable = name in RECIPES and (drawings_named() or not RECIPES[name].drawings)
    return name if trainable else QUICK


def _ask(recipe: Recipe, trained: list[str]) -> TrainingRequest:
    """The fields of the form; each recipe has its own. `trained` are the models of it."""
    key = recipe.name
    start = st.selectbox(
        "Start from",
        [SCRATCH, *trained],
        format_func=lambda name: f"the weights of {name}" if name else "scratch",
        key=f"start-{key}",
        help="Starting from a model's weights takes fewer epochs. It must be of the same recipe.",
    )
    left, right = st.columns(2)  # a row each, so that on a phone they keep their order
    epochs = left.number_input(
        "Epochs", 1, MAX_EPOCHS, recipe.epochs, key=f"epochs-{key}", help=_stages(recipe)
    )
    size = right.number_input("Batch size", 1, MAX_BATCH_SIZE, recipe.batch_size, key=f"size-{key}")
    optimizer, rate = _ask_optimizer(recipe)
    left, right = st.columns(2)
    seed = left.number_input(
        "Seed",
        0,
        SEEDS - 1,
        DEFAULT_SEED,
        key=f"seed-{key}",
        help="The same seed gives the same weights on the same machine.",
    )
    name = right.text_input(
        "Name",
        free_name(recipe.name),
        key=f"name-{key}",
        help="Of the new model: lowercase letters, digits and hyphens.",
    )
    distortion = st.toggle(
        "Distortion",
        recipe.distortion,
        key=f"distortion-{key}",
        help="Bend, turn and shift each image differently each time; drawings get 16 versions.",
    )
    return TrainingRequest(
        recipe=recipe.name,
        name=name.strip(),
        start_from=start or None,
        epochs=epochs,
        batch_size=size,
        learning_rate=rate,
        optimizer=optimizer,
        distortion=distortion,
        seed=seed,
    )


def _ask_optimizer(recipe: Recipe) -> tuple[str, float]:
    """The optimizer, and its learning rate, whose usual value follows the choice."""
    left, right = st.columns(2)
    names = list(OPTIMIZERS)
    optimizer = left.selectbox(
        "Optimizer", names, index=names.index(recipe.optimizer.name), key=f"optimizer-{recipe.name}"
    )
    usual = (
        TrainingRequest(recipe.name, "", optimizer=optimizer).to_recipe().optimizer.learning_rate
    )
    rate = right.number_input(
        "Learning rate",
        min_value=1e-7,
        max_value=MAX_LEARNING_RATE,
        value=usual,
        step=usual / 10,
        format="%g",
        key=f"rate-{recipe.name}-{optimizer}",
    )
    return optimizer, rate


def _stages(recipe: Recipe) -> str | None:
    if not recipe.later_stages:
        return None
    later = ", ".join(f"{share:.0%}" for share in recipe.later_stages)
    return (
        f"Of the first stage. {len(recipe.later_stages)} more follow, with {later} of this number."
    )


def _show_estimate(request: TrainingRequest, trained: list[ModelEntry]) -> None:
    """Say how long it will take, as far as that is known."""
    recipe = request.to_recipe()
    epochs, batches = recipe.last_epochs[-1], math.ceil(TRAINING_IMAGES / recipe.batch_size)
    seconds = request.estimate_seconds(trained)
    if seconds is None:
        st.caption("There is no model of this recipe to estimate the time from.")
        return
    work = f"{epochs} epoch{'s' * (epochs > 1)}"
    if not recipe.drawings:
        work += f" of {batches:,} batches"
    st.caption(f"It takes {about(seconds)} on this machine: {work}. You can keep drawing.")
