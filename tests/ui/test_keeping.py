"""Keeping a drawing on the Draw page: what a press writes, and what it says."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recognizer import Collection
from recognizer.collection.records import Limits
from recognizer.ui import keeping, visitor
from recognizer.ui.permission import Permission
from tests.digits import DIGITS
from tests.ui.pages import open_draw_page, text_of
from tests.ui.test_draw_page import SCRIBBLE, draw

NO_SERVER = "postgresql://nobody:secret@localhost:1/nothing"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collection:
    """The collection that the page uses, empty."""
    url = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    monkeypatch.setenv("DRAWINGS_URL", url)
    return Collection.open(url)


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """The visitor may not retrain."""
    monkeypatch.setattr(keeping, "permission", lambda: Permission("not you"))


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def test_nothing_is_kept_without_a_press(kept: Collection) -> None:
    draw(open_draw_page(), DIGITS[7])
    assert kept.drawings(accepted=False) == []


def test_a_blank_canvas_offers_nothing_to_keep(kept: Collection) -> None:
    app = open_draw_page()
    with pytest.raises(KeyError):
        app.button(key="correct")


def test_correct_keeps_the_drawing_with_its_reading(kept: Collection) -> None:
    app = press(draw(open_draw_page(), DIGITS[7]), "correct")
    assert "Kept as a 7." in text_of(app)
    (drawing,) = kept.drawings()
    assert (drawing.label, drawing.read_as, len(drawing.strokes)) == (7, 7, 1)


@pytest.mark.parametrize(("key", "label"), [("label-1", 1), ("label-8", 8), ("label-none", None)])
def test_one_press_corrects(kept: Collection, key: str, label: int | None) -> None:
    app = press(draw(open_draw_page(), DIGITS[7]), key)
    (drawing,) = kept.drawings()
    assert drawing.label == label
    assert {1: "as a 1.", 8: "as an 8.", None: "as no digit."}[label] in text_of(app)


def test_a_scribble_that_was_rejected_is_confirmed_as_no_digit(kept: Collection) -> None:
    press(draw(open_draw_page(), SCRIBBLE), "correct")
    assert [drawing.label for drawing in kept.drawings()] == [None]


def test_undo_takes_it_back(kept: Collection) -> None:
    app = press(draw(open_draw_page(), DIGITS[7]), "label-1")
    press(app, "undo-keep")
    assert kept.drawings() == []
    press(app, "correct")
    assert [drawing.label for drawing in kept.drawings()] == [7]


def test_only_the_first_press_explains(kept: Collection) -> None:
    app = press(draw(open_draw_page(), DIGITS[7]), "correct")
    assert keeping.WHAT_IS_KEPT in text_of(app)
    app = press(draw(app, DIGITS[1]), "correct")
    assert "Kept as a 1." in text_of(app)
    assert keeping.WHAT_IS_KEPT not in text_of(app)


def test_another_drawing_can_be_kept(kept: Collection) -> None:
    app = press(draw(open_draw_page(), DIGITS[7]), "correct")
    press(draw(app, DIGITS[3]), "correct")
    drawings = kept.drawings()
    assert [drawing.label for drawing in drawings] == [7, 3]
    assert len({drawing.contributor for drawing in drawings}) == 1


@pytest.mark.usefixtures("stranger")
def test_what_a_stranger_keeps_is_pending(kept: Collection) -> None:
    app = press(draw(open_draw_page(), DIGITS[7]), "correct")
    assert "once somebody has reviewed it" in text_of(app)
    assert kept.drawings() == []
    assert len(kept.drawings(accepted=False)) == 1


@pytest.mark.usefixtures("stranger")
def test_a_stranger_who_keeps_too_many_is_told(
    kept: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "LIMITS", Limits(per_minute=1))
    app = press(draw(open_draw_page(), DIGITS[7]), "correct")
    press(draw(app, DIGITS[3]), "correct")
    assert "You have kept many drawings within a minute." in text_of(app)
    assert len(kept.drawings(accepted=False)) == 1


def test_without_a_database_reading_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWINGS_URL", NO_SERVER)
    app = press(draw(open_draw_page(), DIGITS[7]), "correct")
    assert "Nothing can be kept at the moment." in text_of(app)
    assert "secret" not in text_of(app)
    assert "%** sure" in text_of(draw(app, DIGITS[3]))
    assert "Nothing can be kept" not in text_of(app)


def test_the_switch_keeps_each_drawing_once_and_unlabeled(kept: Collection) -> None:
    app = open_draw_page()
    app.toggle(key=keeping.EVERYTHING).set_value(True).run()
    draw(app, DIGITS[4][:1])
    draw(app, DIGITS[4])
    draw(app, DIGITS[7])
    assert kept.drawings(accepted=False) == []  # none has a label
    with kept.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT consent, label FROM drawings").all()
    assert [tuple(row) for row in rows] == [("all", None), ("all", None)]  # the 4 once
    press(app, "correct")
    assert [drawing.label for drawing in kept.drawings()] == [7]


def test_a_pseudonym_does_not_tell_the_token() -> None:
    token = "0123456789abcdef" * 2
    assert visitor.pseudonym(token) != token
    assert visitor.pseudonym(token) == visitor.pseudonym(token)
    assert visitor.pseudonym(token) != visitor.pseudonym(token[::-1])
