"""A model beside the active one, and what can be done with it: use, rename, delete."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from recognizer.analysis.metrics import CHANCE, compare, samples
from recognizer.analysis.tables import figures_in_words
from recognizer.datasets.pen_files import drawings_at_hand
from recognizer.errors import ModelError
from recognizer.models import registry
from recognizer.models.evaluation import Report
from recognizer.models.folder import ModelEntry
from recognizer.models.registry import DamagedModel
from recognizer.ui.gallery import gallery
from recognizer.ui.images import find_images
from recognizer.ui.learned import doubt_about_learning, learned_from, show_learned
from recognizer.ui.loading import recognizer_of
from recognizer.ui.markdown import plain
from recognizer.ui.permission import carry_out, permission, show_error
from recognizer.ui.progress_line import FORM_OPEN
from recognizer.ui.retraining import NO_DRAWINGS
from recognizer.ui.url_state import set_in_url

MISCLASSIFIED = "pages/3_Misclassified.py"
SHOWN = 24  # images of fixed errors, and of new ones
DONE = "just_done"  # in the session: what to say of it when the page runs again
COLUMNS = {
    "accuracy on drawings": "Accuracy on drawings",
    "non-digits rejected": "Non-digits rejected",
    "test accuracy": "Accuracy on MNIST",
    "test loss": "Loss on MNIST",
    "calibration error": "Calibration error",
    "parameters": "Parameters",
    "trained": "Trained",
}


def say_what_was_done() -> None:
    """Say what the last press of a button did, now that the page shows the result.

    In a corner of the window: the button may be far down the page.
    """
    if words := st.session_state.pop(DONE, None):
        st.toast(words, icon=":material/check_circle:", duration="long")


def show_beside(model: ModelEntry, active: ModelEntry) -> None:
    """Show what two models reach, and on which images they differ."""
    figures = pd.DataFrame(
        {
            model.name: figures_in_words(model, list(COLUMNS)),
            f"{active.name} (active)": figures_in_words(active, list(COLUMNS)),
        }
    )
    if model.learned:
        show_learned(model.learned)
    st.table(figures.rename(index=COLUMNS), alt=f"{model.name} beside {active.name}")
    if not model.learned:
        say_how_to_evaluate([model])
    try:
        new, old = registry.load_report(model.name), registry.load_report(active.name)
        _show_differences(model, active, new, old)
    except ModelError as error:
        show_error(error)
    except ValueError:
        words = "They cannot be compared: they were evaluated on different images."
        st.info(words, icon=":material/balance:")


def say_how_to_evaluate(models: list[ModelEntry]) -> None:
    """Say why models have no figure on drawings, and how they get one."""
    missing = [model for model in models if not model.benchmark]
    names = ", ".join(model.name for model in missing if not model.recipe.saw_held_out)
    if any(model.recipe.saw_held_out for model in missing):
        st.caption(
            "A model that starts from one that was trained on the held-out drawings cannot be "
            "evaluated on them. It keeps the calibration of that model."
        )
    if names and drawings_at_hand():
        words = f"Not evaluated on drawings: {names}. `python train.py --judge` does it."
        st.info(words, icon=":material/draw:")
    elif names:
        st.info(f"Not evaluated on drawings: {names}. {NO_DRAWINGS}", icon=":material/draw:")


def _show_differences(model: ModelEntry, active: ModelEntry, new: Report, old: Report) -> None:
    """Fixed errors, new errors, and whether that is more than chance."""
    found = compare(new, old)
    with st.grid(3, min_column_width=100):  # side by side on a phone too
        st.metric("Fixed errors", found.only_first, help=f"{active.name} misclassifies them")
        st.metric("New errors", found.only_second, help=f"{active.name} reads them correctly")
        st.metric("McNemar's p", "< 0.001" if found.p < 0.001 else f"{found.p:.2g}")
    if found.p >= CHANCE:
        verdict = "It may be chance."
    else:
        verdict = f"On MNIST, {model.name if found.difference > 0 else active.name} is better."
    difference = f"{100 * found.difference:+.2f}".replace("-", "−")
    st.caption(
        f"Difference on {len(new.labels):,} test images: {difference} percentage points. {verdict}"
    )
    _show_images("Fixed errors", new.correct & ~old.correct, old, active)
    _show_images("New errors", old.correct & ~new.correct, new, model)


def _show_images(title: str, which: NDArray[np.bool_], report: Report, reader: ModelEntry) -> None:
    """The images that one of the two misclassifies, with its reading, most confident first."""

    def link(number: int, label: str) -> None:
        query = {"model": reader.name, "image": str(number)}
        st.page_link(MISCLASSIFIED, label=label, query_params=query)

    panel = st.expander(f"{title}: {which.sum()}", on_change="rerun", key=f"show-{title}")
    if panel.open and which.any():
        with panel:
            rows = samples(report)[which].sort_values("confidence", ascending=False).head(SHOWN)
            if images := find_images(report, [reader.name], rows.index.to_list(), title):
                gallery(rows, images, {}, link)


def offer_changes(model: ModelEntry | DamagedModel, active: ModelEntry | None) -> None:
    """Offer to use, rename or delete a model that is not active."""
    allowed = permission().given
    shipped = registry.is_shipped(model.name)
    why = "It came with the app and cannot be changed." if shipped else None
    fixed = shipped or not allowed
    row = st.container(horizontal=True)  # fits a phone: two of the three have no icon
    if isinstance(model, ModelEntry) and row.button(
        "Use this model",
        key="use",
        type="primary",
        icon=":material/check:",
        disabled=not allowed,
        help="It becomes the active model for everyone, from their next drawing on.",
    ):
        _use(model, active)
    with row.popover("Rename", disabled=fixed, help=why, key=f"renaming-{model.name}"):
        _ask_for_name(model.name)
    with row.popover("Delete", disabled=fixed, help=why, key=f"deleting-{model.name}"):
        st.write(f"You cannot get {plain(model.name)} back.")
        if st.button(f"Delete {plain(model.name)}", key="delete", type="primary"):
            _delete(model.name)
    if why:
        st.caption(why)


def _use(model: ModelEntry, active: ModelEntry | None) -> None:
    """Activate a model; ask first if it may read drawings worse than the active one."""
    if active and (doubt := doubt_about(model, active)):
        st.session_state[FORM_OPEN] = True
        _ask_again(model, active, doubt)
    else:
        _activate(model, active)


def doubt_about(model: ModelEntry, active: ModelEntry) -> str:
    """What speaks against a model, in words with its figures and the active one's; or nothing.

    What counts is the accuracy on drawings; where neither was evaluated on them, that on MNIST.
    Of a model that learned from kept drawings, whatever got worse by more than chance.
    """
    if learned := learned_from(model, active):
        return doubt_about_learning(model, learned)
    new, old = _on_drawings(model), _on_drawings(active)
    if new is None and old is not None:
        return (
            f"{model.name} was not evaluated on drawings; "
            f"{active.name} reads {old:.1%} of drawn digits."
        )
    what = "drawn digits"
    if new is None or old is None:
        new, old, what = model.accuracy, active.accuracy, "MNIST's test images"
    if new >= old:
        return ""
    digits = 1 if f"{new:.1%}" != f"{old:.1%}" else 2
    return f"{model.name} reads {new:.{digits}%} of {what}, {active.name} {old:.{digits}%}."


def _on_drawings(model: ModelEntry) -> float | None:
    return model.benchmark.overall.accuracy if model.benchmark else None


def _closed() -> None:
    st.session_state[FORM_OPEN] = False


@st.dialog("Use this model?", icon=":material/help:", on_dismiss=_closed)
def _ask_again(model: ModelEntry, active: ModelEntry, doubt: str) -> None:
    st.write(plain(doubt))
    row = st.container(horizontal=True)
    if row.button(f"Use {model.name}", key="use-anyway", type="primary"):
        _activate(model, active)
    if row.button(f"Keep {active.name}", key="keep"):
        st.rerun()


def _activate(model: ModelEntry, active: ModelEntry | None) -> None:
    if carry_out(_activate_what_loads, model):
        back = f" The previous one was {active.name}. You can switch back below." if active else ""
        words = f"{model.name} is now the active model.{back}"
        _done(words, active.name if active else None)


def _activate_what_loads(model: ModelEntry) -> None:
    recognizer_of(model)  # raises ModelError where it cannot be loaded
    registry.activate(model.name)


def _ask_for_name(name: str) -> None:
    """A form, so that Enter does as the button does; what is wrong stands above the field.

    Below it, the window may end.
    """
    message = st.container()
    with st.form("rename-form", border=False):
        new = st.text_input("New name", name, key=f"rename-{name}")
        pressed = st.form_submit_button("Rename", key="rename")
    new = new.strip()
    with message:
        if pressed and carry_out(registry.rename, name, new):
            _done(f"{name} is now called {new}.", new)


def _delete(name: str) -> None:
    if carry_out(registry.delete, name):
        _done(f"{name} was deleted.", None)


def _done(words: str, beside: str | None) -> None:
    """Run the page again, with another model beside the active one."""
    st.session_state[DONE] = words
    set_in_url("beside", beside)
    st.rerun()
