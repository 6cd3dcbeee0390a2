"""The Drawings page: what visitors see and may do, and what somebody who may retrain may do."""

import zipfile
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recognizer import Collection, Recognizer
from recognizer.collection import browse
from recognizer.collection.database import close_all
from recognizer.collection.filters import Scope
from recognizer.collection.tables import ACCEPTED, NOT_A_DIGIT, PENDING, REJECTED
from recognizer.datasets.strokes import load_strokes
from recognizer.ui import kept_accuracy, kept_files
from tests.collection.samples import drawing, picture
from tests.ui.drawings_page import (
    ADA,
    EVERYTHING,
    all_of,
    choose,
    keys,
    open_drawings,
    press,
    shown,
)
from tests.ui.pages import DRAWINGS, MODELS, charts, tables, text_of


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
