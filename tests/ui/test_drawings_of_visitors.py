"""The Drawings page of visitors who may not retrain: their own drawings, and no others."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from recognizer import Collection
from recognizer.collection.tables import REJECTED
from recognizer.ui import drawings, visitor
from tests.ui.drawings_page import (
    ADA,
    TOKEN,
    all_of,
    choose,
    keys,
    open_drawings,
    press,
    shown,
)
from tests.ui.pages import PATIENCE, text_of


@pytest.mark.usefixtures("stranger")
def test_a_visitor_sees_only_their_own(kept: Collection) -> None:
    app = open_drawings()
    assert set(shown(app)) == set(all_of(kept, ADA))
    assert not {key for key in keys(app) if "label-" in key or "accepted" in key}
    for id in all_of(kept, "bob"):
        assert "There is no such drawing." in text_of(open_drawings(drawing=id))
        assert len(shown(open_drawings(contributor="bob"))) == 2


@pytest.mark.usefixtures("stranger")
def test_a_visitor_who_has_kept_nothing_sees_nothing(kept: Collection) -> None:
    app = open_drawings(token=None)
    assert "No drawing of yours is kept yet." in text_of(app)
    assert shown(app) == []


@pytest.mark.usefixtures("stranger")
def test_a_visitor_deletes_their_own(kept: Collection) -> None:
    app = open_drawings()
    press(choose(app, shown(app)[0]), "chosen-0-delete")
    assert len(all_of(kept, ADA)) == 1
    app.session_state["show-files"] = True
    press(app.run(), "delete-all")
    assert len(all_of(kept)) == 2
    assert "No drawing of yours is kept yet." in text_of(app)


FORGED: dict[str, Callable[[list[str]], None]] = {
    "delete": drawings._delete,
    "label": lambda ids: drawings._label(ids, 8),
    "review": lambda ids: drawings._review(ids, REJECTED),
}


@pytest.mark.usefixtures("stranger")
@pytest.mark.parametrize("token", [TOKEN, None])
@pytest.mark.parametrize("what", list(FORGED))
def test_a_forged_press_changes_nothing_of_others(
    kept: Collection, what: str, token: str | None
) -> None:
    """A stranger whose ids are forged, or whose permission ended since the page was shown."""
    before = {id: (each.label, each.status) for id, each in all_of(kept, "bob").items()}

    def script(what: str, ids: list[str]) -> None:
        import streamlit as st

        from tests.ui.test_drawings_of_visitors import FORGED

        if st.button("Press", key="press"):
            FORGED[what](ids)

    app = AppTest.from_function(script, args=(what, list(before)), default_timeout=PATIENCE)
    if token:
        app.session_state[visitor.TOKEN] = token
    press(app.run(), "press")
    after = {id: (each.label, each.status) for id, each in all_of(kept, "bob").items()}
    assert after == before
    assert len(all_of(kept)) == 4
