"""What every page shares: its set-up, the way to the others, and the choice of a model."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

import streamlit as st

from recognizer.datasets.mnist import CLASSES
from recognizer.errors import ModelError
from recognizer.models.evaluation import Report
from recognizer.models.folder import ModelEntry
from recognizer.models.registry import (
    DamagedModel,
    active_model,
    find_model,
    list_models,
    load_report,
)
from recognizer.ui import retraining

PAGES = {
    "Draw": ("streamlit_app.py", ":material/draw:"),
    "Training curves": ("pages/1_Training_curves.py", ":material/show_chart:"),
    "Confusion matrix": ("pages/2_Confusion_matrix.py", ":material/grid_on:"),
    "Misclassified": ("pages/3_Misclassified.py", ":material/search:"),
    "Confidence": ("pages/4_Confidence.py", ":material/speed:"),
    "Models": ("pages/5_Models.py", ":material/table_rows:"),
    "Data": ("pages/6_Data.py", ":material/database:"),
    "Training": ("pages/7_Training.py", ":material/monitoring:"),
}
T = TypeVar("T")
Listed = list[ModelEntry | DamagedModel]  # what registry.list_models gives

ACTIVE = ""  # the choice of no model by name; None would leave the box without a text


def set_up_page(title: str, *, wide: bool = True) -> None:
    """Set the browser's title and show the way to the other pages; the first call of every page."""
    # No page_icon of Streamlit's: browsers would fetch it from another server.
    st.set_page_config(page_title=f"{title} · Digit reader", layout="wide" if wide else "centered")
    with st.sidebar:
        for label, (file, icon) in PAGES.items():
            st.page_link(file, label=label, icon=icon, query_params=choice())
        retraining.sidebar()


def choice() -> dict[str, str]:
    """The chosen model as the address has it; a link that carries it on keeps the choice."""
    name = st.query_params.get("model")
    return {"model": name} if name else {}


def chosen_model() -> ModelEntry:
    """The model that this visitor chose, else the one that is active now.

    Raises:
        ModelError: There is no whole model at all.
    """
    try:
        return find_model(choice()["model"])
    except (KeyError, ModelError):  # none chosen, or gone or damaged since
        return active_model()


def addressed(
    widget: Callable[..., Any],
    words: str,
    key: str,
    read: Callable[[str], T],
    *,
    default: T,
    **more: Any,
) -> T:
    """Show a widget whose value stands in the address, under `key`.

    The address decides: it brings a value along from a link, a reload or the way back.
    What Streamlit itself offers for this (`bind`, in 1.67) forgets such a value as soon as
    the visitor goes to another page, and adds to the browser's history.

    Args:
        widget: A command of Streamlit.
        words: Its label.
        key: Its name, also in the address.
        read: Makes a value of what the address says, or raises a ValueError.
        default: The value that the address need not name.
        more: Other options of the command.
    """
    st.session_state[key] = _from_address(key, read, default)
    widget(words, key=key, on_change=_to_address, args=[key, default], **more)
    return cast("T", st.session_state[key])


def _from_address(key: str, read: Callable[[str], T], default: T) -> T:
    text = st.query_params.get(key)
    if text is None:
        return default
    try:
        return read(text)
    except ValueError:
        put_into_address(key, None)
        said = text.replace("`", "")
        st.warning(f"`{key}={said}` in the address means nothing here.", icon=":material/link_off:")
        return default


def _to_address(key: str, default: object) -> None:
    value = st.session_state[key]
    put_into_address(key, None if value == default else value)


def put_into_address(key: str, value: object) -> None:
    """Put a value into the address; None leaves it."""
    if value is None:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = ",".join(value) if isinstance(value, list) else str(value)


def one_of(options: Iterable[T]) -> Callable[[str], T]:
    """Read one of the options, as the address writes it."""
    by_text = {str(option): option for option in options}

    def read(text: str) -> T:
        if text not in by_text:
            raise ValueError(text)
        return by_text[text]

    return read


def toggle(words: str, key: str) -> bool:
    """A switch, off unless the address says otherwise."""
    read = one_of([True, False])
    return addressed(st.toggle, words, key, lambda text: read(text.title()), default=False)


def digit_box(words: str, key: str) -> int | None:
    """A box for a digit, or for none."""
    digits = range(CLASSES)
    read: Callable[[str], int | None] = one_of(digits)
    return addressed(st.selectbox, words, key, read, default=None, options=digits, index=None)


def choice_of(words: str, key: str, options: Sequence[str], **more: Any) -> str:
    """A choice among a few options, the first unless the address says otherwise."""
    return addressed(
        st.segmented_control,
        words,
        key,
        one_of(options),
        default=options[0],
        options=options,
        required=True,
        **more,
    )


def choose_model(models: Listed) -> ModelEntry | None:
    """Let the visitor choose a model, and return it; None, and said, where there is none."""
    names = [model.name for model in models if isinstance(model, ModelEntry)]
    wanted = choice().get("model", "").replace("`", "")
    if wanted and wanted not in names:
        put_into_address("model", None)  # gone since it was chosen, or since a link was made
        cannot = f"The model `{wanted}` cannot be shown; this is the active one."
        st.warning(cannot, icon=":material/warning:")
    if names:
        addressed(
            st.selectbox,
            "Model",
            "model",
            one_of(names),
            default=ACTIVE,
            options=[ACTIVE, *names],  # ACTIVE: also when another one becomes it
            format_func=lambda name: name or "Active model",
            help="The active model reads for everyone. Another one can be looked at, or tried.",
        )
    try:
        chosen = chosen_model()
    except ModelError as error:
        st.error(str(error), title="There is no model", icon=":material/error:")
        return None
    st.caption(f"**{chosen.name}** reads {chosen.accuracy:.2%} of MNIST's test images rightly.")
    return chosen


def warn_of_damage(models: Listed) -> None:
    """Say which folders are damaged, and how."""
    reasons = [model.reason for model in models if isinstance(model, DamagedModel)]
    if reasons:
        st.warning("\n\n".join(reasons), icon=":material/warning:")


def dashboard(title: str) -> ModelEntry:
    """Open a dashboard: its title, and the choice of the model that it is about.

    Returns that model; ends the page where there is none.
    """
    models = list_models()
    title_side, model_side = st.columns([2, 1], vertical_alignment="bottom")
    title_side.title(title, anchor=False)
    with model_side:
        model = choose_model(models)
    warn_of_damage(models)
    return model or st.stop()


def report_of(model: ModelEntry) -> Report:
    """What the model said of the test images; ends the page where that cannot be read."""
    try:
        return load_report(model.name)
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
