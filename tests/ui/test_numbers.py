"""The Draw page without a browser: what it says about numbers of several digits."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from recognizer import Drawing, Recognizer
from recognizer.models.reading import NumberReading, Reading, Status
from tests.digits import DIGITS
from tests.numbers import on_canvas
from tests.ui.pages import open_draw_page, text_of
from tests.ui.test_draw_page import answer, draw, start_of


@pytest.fixture
def app() -> AppTest:
    return open_draw_page()


def tiles(app: AppTest) -> list[str]:
    """What the tile of each digit says below its image."""
    return [option.split(") ", 1)[1] for option in app.pills(key="digit").options]


def panel(app: AppTest, key: str) -> AppTest:
    app.session_state[key] = True  # opens it
    return app.run()


def reading(digit: int, share: float, second: int, others: float = 0.0) -> Reading:
    """A digit with its probability, and another with the rest, but for what is no digit."""
    row = np.zeros(10, np.float32)
    row[digit], row[second] = share, 1 - share - others
    status: Status = "digit" if share > 0.9 else "unsure"
    image = np.full((28, 28), digit, np.uint8)
    return Reading(digit, status, share, row, image, box=(10.0 * digit, 5.0, 8.0, 9.0))


def read_as(monkeypatch: pytest.MonkeyPatch, *digits: Reading, **more: Any) -> AppTest:
    """The page with a drawing that is read as these digits."""
    text = "".join(str(each.digit) for each in digits)
    pieces = tuple(Drawing.from_strokes([[(1, 2), (3, at)]]) for at in range(len(digits)))
    number = NumberReading(text, digits=digits, drawings=pieces, **more)
    monkeypatch.setattr(Recognizer, "read_number", lambda *_: number)
    return draw(open_draw_page(), DIGITS[1])


@pytest.mark.parametrize("text", ["42", "2047", "1234567890"])
def test_a_number_is_read_digit_by_digit(app: AppTest, text: str) -> None:
    draw(app, on_canvas(text, 60 if len(text) > 4 else 150))
    assert f">{text}</div>" in answer(app)
    assert [tile[2] for tile in tiles(app)] == list(text)
    assert sum("least certain" in tile for tile in tiles(app)) == 1
    assert "digit is the least certain: " in answer(app)


def test_one_digit_is_shown_as_such(app: AppTest) -> None:
    draw(app, DIGITS[4])
    assert not app.pills
    assert "least certain" not in answer(app)
    assert "What the network sees" in str(app.get("image")[0].proto)


def test_the_least_certain_digit_is_chosen_with_its_alternatives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    digits = reading(4, 0.999, 9), reading(5, 0.95, 6), reading(2, 0.98, 7)
    others = (("462", 0.049), ("992", 0.0004))
    app = read_as(monkeypatch, *digits, status="number", confidence=0.93, alternatives=others)
    assert "**93.0%** sure" in answer(app)
    assert "The 2nd digit is the least certain: **5**, or **6** (5.0%)." in answer(app)
    assert "Next: **462** (4.9%)." in answer(app)
    assert tiles(app) == ["**4** 99.9%", "**5** 95.0% *least certain*", "**2** 98.0%"]
    assert app.pills(key="digit").value == 1


def test_another_digit_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = reading(4, 0.99, 9), reading(5, 0.95, 6)
    app = read_as(monkeypatch, *digits, status="number", confidence=0.94)
    assert "5 95%" in str(app.get("vega_lite_chart")[0].proto)
    app.pills(key="digit").select(0).run()
    assert "4 99%" in str(app.get("vega_lite_chart")[0].proto)
    assert "The 1st digit" in text_of(app)
    panel(app, "steps")
    assert "This is the 1st digit. Choose another one above." in text_of(app)


def test_another_number_has_its_own_least_certain_digit(app: AppTest) -> None:
    draw(app, on_canvas("2047"))
    app.pills(key="digit").select(3).run()
    draw(app, on_canvas("35"))
    (least,) = (at for at, tile in enumerate(tiles(app)) if "least certain" in tile)
    assert app.pills(key="digit").value == least


def test_a_number_is_read_once_however_often_the_page_runs(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, drawn = Recognizer.read_number, list[int]()

    def counted(recognizer: Recognizer, drawing: Drawing) -> NumberReading:
        drawn.append(len(drawing.strokes))
        return read(recognizer, drawing)

    monkeypatch.setattr(Recognizer, "read_number", counted)
    draw(app, on_canvas("35"))
    app.pills(key="digit").select(1).run()
    panel(app, "steps")
    assert drawn == [len(on_canvas("35"))]
    draw(app, on_canvas("2047"))
    assert drawn == [len(on_canvas("35")), len(on_canvas("2047"))]


def test_an_unsure_number_says_what_it_might_be(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = reading(4, 0.98, 9), reading(5, 0.6, 6, 0.1)
    others = (("46", 0.29), ("95", 0.01))
    app = read_as(monkeypatch, *digits, status="unsure", confidence=0.59, alternatives=others)
    assert ">45?</div>" in answer(app)
    assert "**Not sure.** It might be **45**, **46** or **95**." in answer(app)
    assert "59" not in answer(app)
    assert "**5**, or **6** (30%) or no digit (10%)." in answer(app)
    assert tiles(app)[1] == "**5?** 60.0% *least certain*"


def test_what_is_no_number_gets_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    scribbles = reading(4, 0.1, 9, 0.85), reading(5, 0.2, 6, 0.7)
    app = read_as(monkeypatch, *scribbles, status="unsure", confidence=0.02)
    assert ">?</div>" in answer(app)
    assert "This does not look like a number." in answer(app)
    assert tiles(app) == ["**?** *least certain*", "**?**"]


def test_a_piece_that_is_no_digit_is_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = reading(4, 0.99, 9), reading(5, 0.2, 6, 0.7)
    app = read_as(monkeypatch, *digits, status="unsure", confidence=0.1)
    assert "The 2nd digit is the least certain: it does not look like a digit." in answer(app)


@pytest.mark.usefixtures("model_copy")
def test_every_model_reads_the_number(app: AppTest) -> None:
    draw(app, on_canvas("42"))
    panel(app, "every")
    (table,) = (each.value for each in app.table)
    assert "42" in set(table["reads"])


def test_a_drawing_is_downloaded_as_wide_as_it_needs(app: AppTest) -> None:
    from recognizer.ui.panels import picture  # which can be imported once there is a page

    draw(app, DIGITS[7])
    shapes = [picture(Drawing.from_strokes(s)).shape for s in (DIGITS[7], on_canvas("2047"))]
    assert shapes[0] == (320, 320)
    assert shapes[1][0] == 320
    assert 400 < shapes[1][1] < 600
    moved = [[(x + 300, y) for x, y in stroke] for stroke in DIGITS[7]]
    assert (picture(Drawing.from_strokes(moved)) < 128).mean() > 0.02  # it is all there


@pytest.mark.parametrize("width", [288, 704])
def test_examples_fit_the_canvas_and_those_of_numbers_are_read(
    recognizer: Recognizer, width: int, app: AppTest
) -> None:
    from recognizer.ui import examples  # which can be imported once there is a page

    drawings = [Drawing.from_strokes(examples.placed(each, width)) for each in examples.examples()]
    readings = recognizer.read_many(drawings)
    assert sum(reading.status == "digit" for reading in readings) >= 30
    numbers = [recognizer.read_number(each).text for each in drawings[-len(examples.NUMBERS) :]]
    assert numbers == list(examples.NUMBERS)
    points = [np.concatenate(each.strokes) for each in drawings]
    assert min(each.min() for each in points) >= examples.MARGIN - 1
    assert max(each[:, 0].max() for each in points) <= width - examples.MARGIN + 1
    assert max(each[:, 1].max() for each in points) <= 320


def test_an_example_of_a_number_is_put_on_the_canvas(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "choice", lambda among: among[-1])
    app.button(key="surprise").click().run()
    assert ">95</div>" in answer(app)
    assert len(str(start_of(app))) > 100


def test_without_a_sure_digit_no_number_is_sure(model_copy: Path) -> None:
    always_unsure = {"slope": 1.0, "shift": 0.0, "threshold": 1.0}
    (model_copy / "confidence.json").write_text(json.dumps(always_unsure))
    page = draw(open_draw_page(), on_canvas("42"))
    assert ">42?</div>" in answer(page)
    assert "Not sure" in answer(page)
