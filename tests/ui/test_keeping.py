"""Keeping a drawing on the Draw page: what a press writes, and what it says.

Of a number, each digit is a drawing of its own.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recognizer import Collection, Drawing, Recognizer
from recognizer.collection.records import Limits
from recognizer.models.reading import NumberReading
from recognizer.ui import keeping, visitor
from tests.collection.samples import reading
from tests.digits import DIGITS
from tests.numbers import on_canvas
from tests.ui.pages import open_draw_page, text_of
from tests.ui.test_draw_page import SCRIBBLE, draw

NO_SERVER = "postgresql://nobody:secret@localhost:1/nothing"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collection:
    """The collection that the page uses, empty."""
    url = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    monkeypatch.setenv("DRAWINGS_URL", url)
    return Collection.open(url)


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


def labels(collection: Collection) -> list[tuple[int | None, int | None]]:
    """What each drawing was read as, and what it is said to be, from left to right."""
    drawings = collection.drawings(accepted=False)
    drawings.sort(key=lambda each: float(each.strokes[0][:, 0].min()))
    return [(each.read_as, each.label) for each in drawings]


def unlabeled(collection: Collection) -> int:
    """How many drawings are kept without a label."""
    query = "SELECT count(*) FROM drawings WHERE label IS NULL"
    with collection.engine.connect() as connection:
        return int(connection.exec_driver_sql(query).scalar() or 0)


@pytest.fixture
def number(kept: Collection) -> AppTest:
    return draw(open_draw_page(), on_canvas("407"))


def choose(app: AppTest, at: int) -> AppTest:
    return app.pills(key="digit").select(at).run()


def test_correct_keeps_each_digit_by_itself(number: AppTest, kept: Collection) -> None:
    press(number, "correct")
    assert labels(kept) == [(4, 4), (0, 0), (7, 7)]
    assert [len(each.strokes) for each in kept.drawings()] == [2, 1, 1]
    assert "Kept, each by itself: 4 0 7." in text_of(number)
    with kept.engine.connect() as connection:
        sizes = connection.exec_driver_sql("SELECT canvas_width, canvas_height FROM drawings")
        assert {tuple(row) for row in sizes} == {(704, 320)}


@pytest.mark.parametrize(("key", "label"), [("label-9", 9), ("label-none", None)])
def test_one_digit_is_corrected_and_the_others_confirmed(
    number: AppTest, kept: Collection, key: str, label: int | None
) -> None:
    press(choose(number, 2), key)
    assert labels(kept) == [(7, label)]
    assert f"The 3rd digit is kept as {'no digit' if label is None else 'a 9'}." in text_of(number)
    assert number.pills(key="digit").value == 2  # the choice stays
    press(number, "correct")
    assert labels(kept) == [(4, 4), (0, 0), (7, label)]


def test_a_press_is_about_the_digit_that_was_chosen_just_before(
    number: AppTest, kept: Collection
) -> None:
    choose(number, 2)
    number.pills(key="digit").select(0)  # and the label before the page has run again
    number.button(key="label-9").click().run()
    assert labels(kept) == [(4, 9)]


def test_each_digit_has_its_own_undo(number: AppTest, kept: Collection) -> None:
    press(press(choose(number, 1), "label-6"), "undo-keep")
    assert labels(kept) == []
    press(number, "correct")
    press(choose(number, 1), "undo-keep")
    assert labels(kept) == [(4, 4), (7, 7)]
    press(number, "label-6")
    assert labels(kept) == [(4, 4), (0, 6), (7, 7)]
    press(number, "undo-all")
    assert labels(kept) == []


def test_a_number_that_grows_keeps_nothing_twice(number: AppTest, kept: Collection) -> None:
    press(number, "correct")
    press(draw(number, on_canvas("4072")), "correct")
    assert labels(kept) == [(4, 4), (0, 0), (7, 7), (2, 2)]


@pytest.mark.usefixtures("stranger")
def test_beyond_the_limit_the_rest_is_not_kept(
    number: AppTest, kept: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "LIMITS", Limits(per_minute=2))
    press(number, "correct")
    assert labels(kept) == [(4, 4), (0, 0)]
    assert "You have kept many drawings within a minute." in text_of(number)
    monkeypatch.setattr(keeping, "LIMITS", Limits())
    press(number, "correct")
    assert labels(kept) == [(4, 4), (0, 0), (7, 7)]


def test_the_switch_keeps_the_digits_that_stand_at_the_end(kept: Collection) -> None:
    app = open_draw_page()
    app.toggle(key=keeping.EVERYTHING).set_value(True).run()
    strokes = on_canvas("407")
    for number, left in enumerate([1, 1, 2, 3]):  # half a 4 is replaced by the 4
        draw(app, strokes[: number + 1])
        assert unlabeled(kept) == left
    press(app, "correct")
    assert labels(kept) == [(4, 4), (0, 0), (7, 7)]
    draw(app, on_canvas("12"))
    assert unlabeled(kept) == 2
    assert len(labels(kept)) == 3


def test_digits_that_turn_out_to_be_one_are_replaced_by_it(
    kept: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: Recognizer, whole: Drawing) -> NumberReading:
        """Two strokes are two digits, three are one."""
        groups = [whole.strokes] if len(whole.strokes) == 3 else [[each] for each in whole.strokes]
        drawings = tuple(Drawing.from_strokes(group) for group in groups)
        digits = tuple(replace(reading(1), box=(0, 0, 9, 9)) for _ in groups)
        return NumberReading("1" * len(groups), "number", 0.9, digits, drawings)

    monkeypatch.setattr(Recognizer, "read_number", read)
    app = open_draw_page()
    app.toggle(key=keeping.EVERYTHING).set_value(True).run()
    strokes = on_canvas("117")
    draw(app, strokes[:2])
    assert unlabeled(kept) == 2
    draw(app, strokes)
    assert unlabeled(kept) == 1
