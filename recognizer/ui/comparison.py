"""A model beside the active one, and what can be done with it: use, rename, delete."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from recognizer.analysis.metrics import CHANCE, compare, samples
from recognizer.errors import ModelError
from recognizer.models import registry
from recognizer.models.calibration import REJECTED
from recognizer.models.evaluation import Report
from recognizer.models.folder import ModelEntry, is_shipped
from recognizer.models.registry import DamagedModel
from recognizer.ui.gallery import gallery
from recognizer.ui.images import find_images
from recognizer.ui.loading import start_loading
from recognizer.ui.permission import carry_out, permission
from recognizer.ui.url_state import put_into_address

MISCLASSIFIED = "pages/3_Misclassified.py"
SHOWN = 24  # images of errors fixed, and of new ones
DONE = "just_done"  # in the session: what to say of it when the page runs again


def say_what_was_done() -> None:
    """Say what the last press of a button did, now that the page shows what came of it."""
    if words := st.session_state.pop(DONE, None):
        st.success(words, icon=":material/check_circle:")


def show_beside(model: ModelEntry, active: ModelEntry) -> None:
    """Show what two models reach, and on which images they differ."""
    figures = {model.name: _figures(model), f"{active.name} (active)": _figures(active)}
    st.table(pd.DataFrame(figures), alt=f"{model.name} beside {active.name}")
    if (model.recipe.get("start_from") or {}).get("has_seen_all"):
        st.caption(
            "It started from a model that had learned from the drawings to judge by. Its reading "
            "of drawings can no longer be judged by them; its confidence is that of its start."
        )
    try:
        new, old = registry.load_report(model.name), registry.load_report(active.name)
        _show_differences(model, active, new, old)
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
    except ValueError:
        st.info("The two were judged on different images.", icon=":material/balance:")


def _figures(model: ModelEntry) -> dict[str, str]:
    """What a model reaches and costs, in words; "–" where it was not measured."""
    drawn = model.drawn.get("all", {})
    figures = {
        "Test accuracy": (model.accuracy, ".2%"),
        "Test loss": (model.loss, ".4f"),
        "Drawn digits read rightly": (drawn.get("accuracy"), ".2%"),
        "Calibration error on drawings": (drawn.get("calibration_error"), ".2%"),
        "Letters and signs turned away": (drawn.get(REJECTED), ".1%"),
        "Parameters": (model.recipe["parameters"], ","),
    }
    told = {what: "–" if v is None else f"{v:{form}}" for what, (v, form) in figures.items()}
    return told | {"Trained": model.trained}


def _show_differences(model: ModelEntry, active: ModelEntry, new: Report, old: Report) -> None:
    """Errors fixed, errors new, and whether that is more than chance."""
    found = compare(new, old)
    sides = st.columns(3)
    sides[0].metric("Errors fixed", found.only_first, help=f"{active.name} misreads them")
    sides[1].metric("Errors new", found.only_second, help=f"{active.name} reads them rightly")
    sides[2].metric("McNemar's p", "< 0.001" if found.p < 0.001 else f"{found.p:.2g}")
    if found.p >= CHANCE:
        verdict = "That may be chance alone."
    else:
        verdict = f"On MNIST, {model.name if found.difference > 0 else active.name} is better."
    difference = f"{100 * found.difference:+.2f}".replace("-", "−")
    st.caption(f"Accuracy on the {len(new.labels):,} test images: {difference} points. {verdict}")
    _show_images("Errors fixed", new.right & ~old.right, old, active)
    _show_images("Errors new", old.right & ~new.right, new, model)


def _show_images(title: str, which: NDArray[np.bool_], report: Report, reader: ModelEntry) -> None:
    """The images that one of the two misreads, with its reading, the surest first."""

    def way(number: int, words: str) -> None:
        there = {"model": reader.name, "image": str(number)}
        st.page_link(MISCLASSIFIED, label=words, query_params=there)

    panel = st.expander(f"{title}: {which.sum()}", on_change="rerun", key=f"show-{title}")
    if panel.open and which.any():
        with panel:
            if mnist := find_images(report):
                rows = samples(report)[which].sort_values("confidence", ascending=False)
                gallery(rows.head(SHOWN), mnist.test.images, {}, way)


def offer_changes(model: ModelEntry | DamagedModel, active: ModelEntry | None) -> None:
    """Offer to use, rename or delete a model that is not active."""
    may = permission().given
    fixed = is_shipped(model.path)
    why = "It is shipped with the app, and stays as it is." if fixed else None
    row = st.container(horizontal=True)
    if isinstance(model, ModelEntry) and row.button(
        "Use this model",
        key="use",
        type="primary",
        icon=":material/check:",
        disabled=not may,
        help="It reads for everyone, from their next drawing on.",
    ):
        _use(model, active)
    with row.popover("Rename", icon=":material/edit:", disabled=fixed or not may, help=why):
        new = st.text_input("New name", model.name, key=f"rename-{model.name}")
        if st.button("Rename", key="rename"):
            _rename(model.name, new.strip())
    with row.popover("Delete", icon=":material/delete:", disabled=fixed or not may, help=why):
        st.write(f"{model.name} cannot be brought back.")
        if st.button(f"Delete {model.name}", key="delete", type="primary"):
            _delete(model.name)
    if why:
        st.caption(why)


def _use(model: ModelEntry, active: ModelEntry | None) -> None:
    if carry_out(registry.activate, model.name):
        start_loading(model)
        before = f" {active.name} did before: below, it can be taken back." if active else ""
        _done(f"{model.name} reads from now on.{before}", active.name if active else None)


def _rename(name: str, new: str) -> None:
    if carry_out(registry.rename, name, new):
        _done(f"{name} is called {new} now.", new)


def _delete(name: str) -> None:
    if carry_out(registry.delete, name):
        _done(f"{name} is deleted.", None)


def _done(words: str, beside: str | None) -> None:
    """Run the page again, with another model beside the active one."""
    st.session_state[DONE] = words
    put_into_address("beside", beside)
    st.rerun()
