"""Retraining, from the sidebar of every page: the active model, the button, and its form."""

import math
from collections.abc import Sequence

import streamlit as st

from recognizer import cluster
from recognizer.datasets.pen_files import drawings_at_hand, why_no_drawings
from recognizer.errors import ModelError, RecognizerError
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import RECIPES, Recipe
from recognizer.models.registry import active_model, complete_models
from recognizer.training import jobs
from recognizer.training.job_state import about, current
from recognizer.training.request import TrainingRequest, batches_per_epoch
from recognizer.ui import learning_form, recipe_form, sweep_form
from recognizer.ui.markdown import plain
from recognizer.ui.permission import Permission, carry_out, permission
from recognizer.ui.progress_line import EVERY, FORM_OPEN, follow_in_a_line

QUICK = "compact-cnn"  # a recipe that needs no drawings and takes a minute
NO_DRAWINGS = (
    "There are no drawings on this machine, so a new model is not evaluated on them. "
    "`python train.py --fetch` fetches those of UniPen."
)


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
    st.session_state[FORM_OPEN] = pressed = pressed and allowed.given
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
    """Ask what to train, and start it; while another training runs, wait for its end."""
    job, kept = current(), learning_form.count_kept()  # once: a database may keep one waiting
    st.fragment(_form, run_every=EVERY if job and job.running else None)(*kept)


def _form(kept: int, contributors: int) -> None:
    if not learning_form.wants_to_learn(kept):
        _recipe_form()
    elif request := learning_form.ask(kept, contributors):
        _offer_to_start(request, why_not=learning_form.why_not(kept))


def _recipe_form() -> None:
    models = complete_models()
    labels = {name: _label(name, models) for name in RECIPES}
    recipe = RECIPES[
        st.selectbox(
            "Recipe",
            list(RECIPES),
            index=list(RECIPES).index(_usual_recipe()),
            key="recipe",
            format_func=lambda name: labels[name],
            help="The network and how it is trained. Your changes below apply to this training.",
        )
    ]
    trained = [model for model in models if model.recipe.name == recipe.name]
    _describe(recipe, trained)
    start = recipe_form.ask_start(recipe, [model.name for model in trained])
    if sweep_form.wants_several(recipe):
        _offer_sweep(recipe, start, trained)
        return
    request = recipe_form.ask(recipe, start)
    _show_estimate(request, trained)
    _say_what_is_fetched(recipe)
    _offer_to_start(request)


def _offer_sweep(recipe: Recipe, start: str | None, trained: list[ModelEntry]) -> None:
    """Ask for several values, and offer to train every combination that is missing."""
    requests, why_not = list[TrainingRequest](), ""
    try:
        requests = sweep_form.plan(sweep_form.ask(recipe, start), trained)
    except RecognizerError as error:
        why_not = str(error)
    _say_what_is_fetched(recipe)
    _offer_to_start(*requests, why_not=why_not)


def _label(name: str, models: list[ModelEntry]) -> str:
    """A recipe's name, with its time on this machine and the figure that counts."""
    facts = []
    seconds = TrainingRequest(name, "").estimate_seconds(models)
    if seconds and not cluster.address_of():
        facts.append(about(seconds).removeprefix("about "))
    if (model := _measured(name, models)) and model.benchmark:
        facts.append(f"{model.benchmark.overall.accuracy:.1%} on drawings")
    return f"{name} ({', '.join(facts)})" if facts else name


def _measured(recipe: str, models: list[ModelEntry]) -> ModelEntry | None:
    """A model that shows what a recipe reaches: the shipped one, else any."""
    of_recipe = [model for model in models if model.recipe.name == recipe]
    return max(of_recipe, key=lambda model: model.recipe.shipped, default=None)


def _describe(recipe: Recipe, trained: list[ModelEntry]) -> None:
    """Say what a recipe makes and what that has reached."""
    data = "MNIST and drawn digits" if recipe.drawings else "MNIST"
    model = _measured(recipe.name, trained)
    if model is None:
        st.caption(f"Trained on {data}. There is no model of this recipe yet.")
        return
    figures = f"{model.accuracy:.2%} on MNIST"
    if model.benchmark:
        figures += f", {model.benchmark.overall.accuracy:.2%} on drawings"
    size = f"{model.recipe.parameters:,} parameters"
    st.caption(f"{size}, trained on {data}. {model.name} reaches {figures}.")


def _offer_to_start(*requests: TrainingRequest, why_not: str = "") -> None:
    """Show the button, with the reason beside it if this cannot be trained now."""
    why_not = why_not or _why_not(requests)
    left, right = st.columns([1, 3], vertical_alignment="center")
    pressed = left.button(
        "Start training",
        key="start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=bool(why_not),
    )
    if why_not:
        right.markdown(f":material/info: {plain(why_not)}")
    elif pressed and carry_out(jobs.start, *requests):
        st.rerun()


def _why_not(requests: Sequence[TrainingRequest]) -> str:
    try:
        jobs.check(*requests)
    except RecognizerError as error:
        return str(error)
    return ""


def _usual_recipe() -> str:
    """That of the active model, if it can be trained here."""
    try:
        name = active_model().recipe.name
    except ModelError:
        return QUICK
    if name not in RECIPES or (RECIPES[name].drawings and why_no_drawings()):
        return QUICK
    return name


def _show_estimate(request: TrainingRequest, trained: list[ModelEntry]) -> None:
    """Say how long it will take, as far as that is known."""
    recipe = request.to_recipe()
    epochs, batches = recipe.last_epochs[-1], math.ceil(batches_per_epoch(recipe))
    there = cluster.address_of()
    seconds = None if there else request.estimate_seconds(trained)
    if not (seconds or there):
        st.caption("There is no model of this recipe to estimate the time from.")
        return
    work = f"{epochs} epoch{'s' * (epochs > 1)} of {batches:,} batches"
    if recipe.drawings or drawings_at_hand():
        work += ", then the evaluation on drawings"
    where = f"takes {about(seconds)} on this machine" if seconds else "is trained on the cluster"
    st.caption(f"It {where}: {work}. You can keep drawing.")


def _say_what_is_fetched(recipe: Recipe) -> None:
    """Say what the training downloads first, or goes without."""
    if drawings_at_hand():
        return
    if not recipe.drawings:
        st.caption(NO_DRAWINGS)
    elif not why_no_drawings():
        st.caption("The drawings of UniPen are fetched first, which takes some minutes, once.")
