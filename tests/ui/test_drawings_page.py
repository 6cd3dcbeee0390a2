"""The Drawings page: what visitors see and may do, and what somebody who may retrain may do."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recognizer import Collection, Recognizer
from recognizer.collection import browse
from recognizer.collection.database import close_all
from recognizer.collection.filters import Filters, Scope
from recognizer.collection.tables import ACCEPTED, NOT_A_DIGIT, PENDING, REJECTED
from recognizer.datasets.strokes import load_strokes
from recognizer.ui import drawings, kept_accuracy, kept_files, permission, visitor
from tests.collection.samples import drawing, picture, reading
from tests.ui.pages import APP, DRAWINGS, MODELS, PATIENCE, charts, tables, text_of

TOKEN = "0" * 32
ADA = visitor.pseudonym(TOKEN)
EVERYTHING = Scope(everything=True)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collection:
    """The collection that the page uses: two drawings of Ada's and two of Bob's."""
    url = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    monkeypatch.setenv("DRAWINGS_URL", url)
    collection = Collection.open(url)
    for number, (label, digit, who) in enumerate(
        [(3, 3, ADA), (7, 1, ADA), (4, 9, "bob"), (None, 5, "bob")]
    ):
        read, trusted = reading(digit, 0.99), who == "bob"
        collection.add(drawing(number), label, contributor=who, reading=read, accepted=trusted)
    return collection


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """The visitor may not retrain."""
    monkeypatch.setattr(permission, "_on_this_machine", lambda: False)


def open_drawings(token: str | None = TOKEN, page: str = DRAWINGS, **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=PATIENCE)
    app.query_params.update(query)
    if token:
        app.session_state[visitor.TOKEN] = token
    app.switch_page(page).run()
    assert not app.exception, app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def shown(app: AppTest) -> list[str]:
    """The ids of the drawings in the gallery, in their order."""
    keys = [str(each.key) for each in app.button if str(each.key).startswith("open-")]
    return [key.removeprefix("open-") for key in keys if len(key) == len("open-") + 32]


def keys(app: AppTest) -> set[str]:
    return {str(each.key) for each in app.button}


def choose(app: AppTest, *ids: str, change: int = 0) -> AppTest:
    for id in ids:
        app.checkbox(key=f"pick-{change}-{id}").check()
    return app.run()


def all_of(collection: Collection, contributor: str | None = None) -> dict[str, browse.Shown]:
    found = browse.find(collection, EVERYTHING, Filters(contributor=contributor), 0, 100)
    return {each.id: each for each in found}


def test_wrong_and_confident_comes_first_with_its_marks(kept: Collection) -> None:
    app = open_drawings()
    by_id = all_of(kept)
    assert {by_id[id].label for id in shown(app)[:3]} == {4, 7, NOT_A_DIGIT}
    html = "".join(each.proto.body for each in app.get("html"))
    assert html.count("check the label") == 3
    assert html.count("pending") == 2
    assert html.count("99.0% sure") == 4
    assert "data:image/svg+xml" in html


def test_filters_are_in_the_address(kept: Collection) -> None:
    app = open_drawings(label="Not a digit")
    assert [all_of(kept)[id].label for id in shown(app)] == [NOT_A_DIGIT]
    app = open_drawings(wrong="True", status="pending")
    assert [all_of(kept)[id].label for id in shown(app)] == [7]
    app.selectbox(key="reading").select(8).run()
    assert "No drawing passes these filters." in text_of(app)
    assert app.query_params["reading"] == "8"
    app = open_drawings(label="eleven")
    assert "label=eleven" in text_of(app)
    assert len(shown(app)) == 4


def test_several_are_labeled_accepted_and_rejected_at_once(kept: Collection) -> None:
    app = open_drawings()
    first, second, third, _ = shown(app)
    press(choose(app, first, second), "chosen-0-label-8")
    assert [all_of(kept)[id].label for id in (first, second)] == [8, 8]
    press(choose(app, first, change=1), "chosen-1-label-none")
    assert all_of(kept)[first].label == NOT_A_DIGIT
    press(choose(app, first, third, change=2), "chosen-2-rejected")
    press(choose(app, third, change=3), "chosen-3-accepted")
    by_id = all_of(kept)
    assert (by_id[first].status, by_id[third].status) == (REJECTED, ACCEPTED)
    events = browse.events(kept, EVERYTHING, first)
    assert {each.by for each in events if each.kind != "read"} <= {ADA, "bob"}


def test_all_on_a_page_are_chosen_and_deleted(kept: Collection) -> None:
    app = open_drawings(label="4")
    app.checkbox(key="pick-0-all").check().run()
    assert "You cannot get 1 drawing back." in text_of(app)
    press(app, "chosen-0-delete")
    assert {each.label for each in all_of(kept).values()} == {3, 7, NOT_A_DIGIT}


def test_nothing_chosen_nothing_to_press(kept: Collection) -> None:
    assert open_drawings().button(key="chosen-0-accepted").disabled


def test_a_drawing_opens_with_all_that_was_said(kept: Collection) -> None:
    app = open_drawings()
    id = shown(app)[0]
    press(app, f"open-{id}")
    assert app.query_params["drawing"] == id
    (said, *_) = tables(app)
    assert said["What"].iloc[0] == "Kept"
    assert any("Read as" in what for what in said["What"])
    press(app, "open-0-accepted")
    assert all_of(kept)[id].status == ACCEPTED
    press(app, "after")
    assert app.query_params["drawing"] == shown(app)[1]
    press(app, "close")
    assert "drawing" not in app.query_params


def test_a_drawing_that_is_gone_is_reported(kept: Collection) -> None:
    assert "There is no such drawing." in text_of(open_drawings(drawing="f" * 32))


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

        from tests.ui.test_drawings_page import FORGED

        if st.button("Press", key="press"):
            FORGED[what](ids)

    app = AppTest.from_function(script, args=(what, list(before)), default_timeout=PATIENCE)
    if token:
        app.session_state[visitor.TOKEN] = token
    press(app.run(), "press")
    after = {id: (each.label, each.status) for id, each in all_of(kept, "bob").items()}
    assert after == before
    assert len(all_of(kept)) == 4


def test_exports_have_what_the_visitor_may_have(kept: Collection, tmp_path: Path) -> None:
    kept.add(picture(), 1, contributor=ADA)
    lines = kept_files._exported(EVERYTHING, ".ndjson").decode().splitlines()
    assert len(lines) == 2  # the accepted ones
    own = kept_files._exported(Scope(contributor=ADA), ".ndjson").decode().splitlines()
    assert len(own) == 2
    assert all(ADA in line for line in own)
    assert kept_files._exported(Scope(), ".ndjson") == b""
    path = tmp_path / "own.npz"
    path.write_bytes(kept_files._exported(Scope(contributor=ADA), ".npz"))
    assert load_strokes(path).labels.tolist() == [3, 7]
    zipped = kept_files._exported(EVERYTHING, ".npz", zipped=True)
    with zipfile.ZipFile(BytesIO(zipped)) as archive:
        assert archive.namelist() == ["drawings.npz", "drawings-others.npz"]


def test_the_page_of_the_gallery_stays_where_the_time_is_filtered(kept: Collection) -> None:
    for number in range(10, 40):
        kept.add(drawing(number), 3, contributor=ADA)
    app = open_drawings(kept="Last 7 days")
    app.query_params["page"] = "2"
    second = shown(app.run())
    assert 0 < len(second) < 24
    assert shown(app.run()) == second


def test_what_the_first_of_two_models_had_learned_counts_for_both() -> None:
    def model(weights: str, start: str | None, learned: tuple[str, ...] = ()) -> Any:
        origin = SimpleNamespace(sha256=start) if start else None
        found = SimpleNamespace(trained_on=learned) if learned else None
        return SimpleNamespace(
            weights=weights, learned=found, recipe=SimpleNamespace(start_from=origin)
        )

    models = {
        each.weights: each
        for each in (
            *(model("a", None), model("b", "a", ("x", "y")), model("c", "b"), model("d", "gone")),
            *(model("e", "f"), model("f", "e")),  # each from the other: somebody changed a file
        )
    }
    found = [kept_accuracy._learned(each, models) for each in models.values()]
    assert found == [frozenset(), {"x", "y"}, {"x", "y"}, None, None, None]


def test_an_import_says_what_it_added(kept: Collection, tmp_path: Path) -> None:
    content = kept_files._exported(EVERYTHING, ".ndjson")
    kept.delete_many(list(all_of(kept)))
    app = open_drawings()
    assert "No drawing is kept yet." in text_of(app)
    app.session_state["show-files"] = True
    app.run()
    app.file_uploader(key="import-0").set_value(("d.ndjson", content, "text/plain"))
    press(app.run(), "import")
    assert [each.value for each in app.toast] == ["2 drawings added, 0 known already."]
    assert {each.status for each in all_of(kept).values()} == {ACCEPTED}
    app.file_uploader(key="import-1").set_value(("d.ndjson", b"{}", "text/plain"))
    press(app.run(), "import")
    assert "is not a drawing" in text_of(app)
    assert len(all_of(kept)) == 2


def test_the_chart_and_the_buttons_of_files_are_made_when_asked_for(kept: Collection) -> None:
    app = open_drawings()
    assert charts(app) == 0
    app.session_state["show-counts"] = True
    assert charts(app.run()) == 1


def on_kept_drawings(app: AppTest) -> list[str]:
    """The column of the table of accuracy, which is in Markdown."""
    (table,) = [each.value for each in app.markdown if "| On kept drawings |" in each.value]
    return [row.split(" | ")[1] for row in table.splitlines()[2:]]


def test_models_are_asked_once(kept: Collection, recognizer: Recognizer) -> None:
    app = open_drawings()
    assert set(on_kept_drawings(app)) == {"–"}
    press(app, "read-all")
    found = on_kept_drawings(app)
    assert len(found) > 1
    assert all(words.endswith("of 1") for words in found)
    assert "read-all" not in keys(app)
    assert on_kept_drawings(open_drawings(page=MODELS)) == found


def test_a_database_that_cannot_be_used(kept: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    close_all()
    monkeypatch.setenv("DRAWINGS_URL", "sqlite:////no/such/folder/drawings.sqlite3")
    for page in (DRAWINGS, MODELS):
        app = open_drawings(page=page)
        assert "database of drawings cannot be" in text_of(app)
        assert "again" in keys(app)


def test_pending_is_the_status_of_what_visitors_keep(kept: Collection) -> None:
    assert {each.status for each in all_of(kept, ADA).values()} == {PENDING}


@pytest.mark.usefixtures("kept")
def test_what_is_no_id_never_gets_into_the_page() -> None:
    """It would be a part of a style sheet and of a script."""
    evil = "</script></style><img src=x onerror=alert(1)>"
    app = open_drawings(drawing=evil)
    assert shown(app)
    assert "Ignored an invalid parameter" in text_of(app)
    assert all(evil not in each.proto.body for each in app.get("html"))
