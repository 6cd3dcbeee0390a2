"""The choice of the model that a page is about."""

from contextlib import suppress

import streamlit as st

from recognizer.errors import ModelError
from recognizer.models.evaluation import Report
from recognizer.models.folder import ModelEntry
from recognizer.models.registry import (
    DamagedModel,
    activated,
    active_model,
    find_model,
    list_models,
    load_report,
)
from recognizer.ui.loading import reader_for
from recognizer.ui.markdown import code, plain
from recognizer.ui.permission import in_public, show_error
from recognizer.ui.url_state import model_in_url, one_of, set_in_url, url_widget

ACTIVE = ""  # the choice of no model by name; None would leave the box without a text
REASONS = 10  # damaged models that are named
FEW_REJECTED = 0.5  # share of non-digits; a network that does not know them rejects 0.1


def chosen_model() -> ModelEntry:
    """The model that this visitor chose, else the one that is active now.

    Raises:
        ModelError: There is no complete model at all.
    """
    try:
        return find_model(model_in_url()["model"])
    except (KeyError, ModelError):  # none chosen, or gone or damaged since
        return active_model()


def choose_model(
    models: list[ModelEntry | DamagedModel], label_visibility: str = "visible"
) -> ModelEntry | None:
    """Let the visitor choose a model, and return it; without any, None and a message."""
    names = [model.name for model in models if isinstance(model, ModelEntry)]
    wanted = st.query_params.get("model", "")
    if wanted and wanted not in names:
        set_in_url("model", None)  # gone since it was chosen, or since a link was made
        words = f"The model {code(wanted)} cannot be shown. The active model is shown instead."
        st.warning(words, icon=":material/warning:")
    try:
        active, chosen = active_model().name, chosen_model()
    except ModelError as error:
        show_error(error, "There is no model")
        return None
    # ACTIVE stays the choice when another model becomes active; a name in the address does not.
    first = active if wanted == active else ACTIVE
    url_widget(
        st.selectbox,
        "Model",
        "model",
        one_of(names),
        default=ACTIVE,
        options=[first, *(name for name in names if name != active)],
        format_func=lambda name: f"{active} (active)" if name in (ACTIVE, active) else name,
        help="The active model is used unless you choose another one, which is for you alone.",
        label_visibility=label_visibility,
    )
    st.caption(_in_short(chosen))
    return chosen


def _in_short(model: ModelEntry) -> str:
    """How well a model reads, in a line; and whether it takes anything for a digit."""
    words = f"**{model.name}**: {model.accuracy:.2%} accuracy on MNIST"
    if model.benchmark is None:
        return f"{words}; not evaluated on drawings."
    words += f", {model.benchmark.overall.accuracy:.2%} on drawings."
    if reads_anything(model):
        words += " :material/warning: It reads almost any drawing as a digit."
    return words


def reads_anything(model: ModelEntry) -> bool:
    """Whether a model is known to reject hardly any drawing that is no digit."""
    rejected = model.benchmark.overall.rejected_keeping_99 if model.benchmark else None
    return rejected is not None and rejected < FEW_REJECTED


def warn_of_damage(models: list[ModelEntry | DamagedModel]) -> None:
    """Say which folders are damaged, and how."""
    damaged = [model for model in models if isinstance(model, DamagedModel)]
    reasons = [in_public(model.reason) + _instead_of(model.name) for model in damaged]
    if len(reasons) > REASONS:
        reasons[REASONS:] = [f"{len(reasons) - REASONS} more models are damaged."]
    if reasons:
        st.warning("\n\n".join(reasons), icon=":material/warning:")


def _instead_of(name: str) -> str:
    """What reads instead of a model that is damaged, if it was the active one."""
    with suppress(ModelError):
        return f" Until then, {active_model().name} reads instead." if name == activated() else ""
    return ""


def say_who_reads(model: ModelEntry) -> ModelEntry:
    """Load a model and return it; where it cannot be loaded, say so, and return what reads instead.

    Raises:
        ModelError: No model can be loaded.
    """
    reader, why = reader_for(model)
    if why:
        st.warning(plain(why), icon=":material/warning:")
    return reader


def dashboard(title: str) -> ModelEntry:
    """Open a dashboard: its title, and the choice of the model that it is about.

    Returns that model; without any, the page ends here.
    """
    models = list_models()
    title_side, model_side = st.columns([3, 2])
    title_side.title(title, anchor=False)
    with model_side:
        model = choose_model(models, "collapsed")
    warn_of_damage(models)
    return model or st.stop()


def report_of(model: ModelEntry) -> Report:
    """The model's predictions on the test images; ends the page where they cannot be read."""
    try:
        return load_report(model.name)
    except ModelError as error:
        show_error(error)
        st.stop()
