"""A model beside the active one, and what can be done with it: use, rename, delete."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from recognizer.analysis.metrics import CHANCE, compare, samples
from recognizer.analysis.tables import figures_in_words
from recognizer.errors import ModelError
from recognizer.models import registry
from recognizer.models.evaluation import Report
from recognizer.models.folder import ModelEntry
from recognizer.models.registry import DamagedModel
from recognizer.ui.gallery import gallery
from recognizer.ui.images import find_images
from recognizer.ui.loading import start_loading
from recognizer.ui.permission import carry_out, permission
from recognizer.ui.url_state import set_in_url

MISCLASSIFIED = "pages/3_Misclassified.py"
SHOWN = 24  # images of fixed errors, and of new ones
DONE = "just_done"  # in the session: what to say of it when the page runs again
COLUMNS = [
    "test accuracy",
    "test loss",
    "accuracy on drawings",
    "calibration error",
    "non-digits rejected",
    "parameters",
    "trained",
]


def say_what_was_done() -> None:
    """Say what the last press of a button did, now that the page shows the result."""
    if words := st.session_state.pop(DONE, None):
        st.success(words, icon=":material/check_circle:")


def show_beside(model: ModelEntry, active: ModelEntry) -> None:
    """Show what two models reach, and on which images they differ."""
    figures = pd.DataFrame(
        {
            model.name: figures_in_words(model, COLUMNS),
            f"{active.name} (active)": figures_in_words(active, COLUMNS),
        }
    )
    st.table(figures.rename(index=str.capitalize), alt=f"{model.name} beside {active.name}")
    if model.recipe.start_from and model.recipe.start_from.saw_held_out:
        st.caption(
            "It started from a model that was trained on the held-out drawings, so it cannot be "
            "evaluated on them. It keeps the calibration of that model."
        )
    try:
        new, old = registry.load_report(model.name), registry.load_report(active.name)
        _show_differences(model, active, new, old)
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
    except ValueError:
        words = "They cannot be compared: they were evaluated on different images."
        st.info(words, icon=":material/balance:")


def _show_differences(model: ModelEntry, active: ModelEntry, new: Report, old: Report) -> None:
    """Fixed errors, new errors, and whether that is more than chance."""
    found = compare(new, old)
    sides = st.columns(3)
    sides[0].metric("Fixed errors", found.only_first, help=f"{active.name} misclassifies them")
    sides[1].metric("New errors", found.only_second, help=f"{active.name} reads them correctly")
    sides[2].metric("McNemar's p", "< 0.001" if found.p < 0.001 else f"{found.p:.2g}")
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
            if mnist := find_images(report):
                rows = samples(report)[which].sort_values("confidence", ascending=False)
                gallery(rows.head(SHOWN), mnist.test.images, {}, link)


def offer_changes(model: ModelEntry | DamagedModel, active: ModelEntry | None) -> None:
    """Offer to use, rename or delete a model that is not active."""
    allowed = permission().given
    shipped = registry.is_shipped(model.name)
    why = "It came with the app and cannot be changed." if shipped else None
    row = st.container(horizontal=True)
    if isinstance(model, ModelEntry) and row.button(
        "Use this model",
        key="use",
        type="primary",
        icon=":material/check:",
        disabled=not allowed,
        help="It becomes the active model for everyone, from their next drawing on.",
    ):
        _use(model, active)
    with row.popover("Rename", icon=":material/edit:", disabled=shipped or not allowed, help=why):
        new = st.text_input("New name", model.name, key=f"rename-{model.name}")
        if st.button("Rename", key="rename"):
            _rename(model.name, new.strip())
    with row.popover("Delete", icon=":material/delete:", disabled=shipped or not allowed, help=why):
        st.write(f"You cannot get {model.name} back.")
        if st.button(f"Delete {model.name}", key="delete", type="primary"):
            _delete(model.name)
    if why:
        st.caption(why)


def _use(model: ModelEntry, active: ModelEntry | None) -> None:
    if carry_out(registry.activate, model.name):
        start_loading(model)
        back = f" The previous one was {active.name}. You can switch back below." if active else ""
        words = f"{model.name} is now the active model.{back}"
        _done(words, active.name if active else None)


def _rename(name: str, new: str) -> None:
    if carry_out(registry.rename, name, new):
        _done(f"{name} is now called {new}.", new)


def _delete(name: str) -> None:
    if carry_out(registry.delete, name):
        _done(f"{name} was deleted.", None)


def _done(words: str, beside: str | None) -> None:
    """Run the page again, with another model beside the active one."""
    st.session_state[DONE] = words
    set_in_url("beside", beside)
    st.rerun()
