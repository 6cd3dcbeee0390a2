"""The Pictures page without a browser: pictures in, numbers and messages out."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recognizer import Drawing, Recognizer
from recognizer.drawings.preprocessing import Step, ink_steps
from recognizer.errors import ModelError
from recognizer.models.folder import ModelEntry
from recognizer.models.reading import NumberReading
from recognizer.ui import loading, pictures
from recognizer.ui.pictures import Found, Picture, as_table
from recognizer.ui.tables import without_formulas
from tests.collection.samples import reading
from tests.picture_files import digit, encoded, turned
from tests.ui.pages import PICTURES, open_page, text_of

SEVEN = encoded(digit(7))
FIVE = encoded(np.rot90(digit(5)), "JPEG", exif=turned(6))
WHAT = ["file", "line", "number", "confidence", "status"]
PAPER = encoded(np.full((200, 300), 255, np.uint8), "WEBP")


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    app.file_uploader(key="files").set_value([(name, each, "image/png") for name, each in files])
    app.run()
    assert not app.exception, app.exception
    return app


def read(app: AppTest) -> list[str]:
    """The texts to copy."""
    return [each.value for each in app.code]


def html_of(app: AppTest) -> str:
    return "".join(each.proto.body for each in app.get("html"))


def described(app: AppTest) -> list[str]:
    """What the images are, for who cannot see them."""
    return [each.alt for image in app.get("image") for each in image.proto.imgs]


def number(text: str, **more: Any) -> NumberReading:
    return NumberReading(text, "number", 0.98765, **more)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Drawing]:
    """Every drawing that is read."""
    drawings: list[Drawing] = []
    read_lines = Recognizer.read_lines

    def counted(recognizer: Recognizer, drawing: Drawing) -> list[list[NumberReading]]:
        drawings.append(drawing)
        return read_lines(recognizer, drawing)

    monkeypatch.setattr(Recognizer, "read_lines", counted)
    return drawings


def test_nothing_is_read_before_there_is_a_picture_and_no_camera_is_opened() -> None:
    app = open_page(PICTURES)
    assert "The app keeps none" in text_of(app)
    assert not app.code
    assert not app.camera_input
    assert not app.get("download_button")


@pytest.mark.parametrize(("count", "crowded"), [(100, False), (190, True)])
def test_a_page_says_when_digits_may_be_missing(
    monkeypatch: pytest.MonkeyPatch, count: int, crowded: bool
) -> None:
    digits = tuple([reading(1)] * count)
    lines = [[number("1" * count, digits=digits)]]
    monkeypatch.setattr(Recognizer, "read_lines", lambda *_: lines)
    blank = encoded(np.full((60 + count, 80), 255, np.uint8))  # kept by its content
    app = upload(open_page(PICTURES), ("page.png", blank))
    assert ("No more than 200 digits" in text_of(app)) == crowded


def test_pictures_are_read_in_their_order_and_upright() -> None:
    app = upload(open_page(PICTURES), ("seven.png", SEVEN), ("IMG_5.JPG", FIVE))
    assert read(app) == ["7", "5"]
    assert html_of(app).index("seven.png") < html_of(app).index("IMG_5.JPG")
    assert described(app)[1] == "IMG_5.JPG, in which these numbers are marked: 5"
    assert [list(each.value["Number"]) for each in app.dataframe] == [["7"], ["5"]]
    assert "Download as CSV (2 numbers of 2 pictures)" in app.get("download_button")[0].proto.label


def test_one_bad_file_does_not_stop_the_others() -> None:
    files = [("cut.png", SEVEN[:200]), ("notes.png", b"7"), ("paper.webp", PAPER)]
    app = upload(open_page(PICTURES), *files, ("seven.png", SEVEN))
    assert [each.value.split(".")[0] for each in app.error] == [
        "The picture is broken or incomplete",
        "This is not a PNG, JPEG or WebP picture",
    ]
    assert "Write with a dark pen" in app.info[0].value
    assert read(app) == ["7"]


def test_what_was_read_is_not_read_again(readings: list[Drawing]) -> None:
    thin, cut = encoded(digit(7, pen_width=9)), ("cut.png", SEVEN[:200])
    app = upload(open_page(PICTURES), ("thin.png", thin))
    assert len(readings) == 1
    upload(app, cut, ("other name.png", thin))
    assert len(readings) == 1
    app.selectbox(key="model").select("mlp-baseline").run()
    assert len(readings) == 2
    assert read(app) == ["7"]


def test_too_many_at_once_are_not_read(readings: list[Drawing]) -> None:
    files = [(f"{width}.png", encoded(digit(7, pen_width=width))) for width in range(20, 32)]
    app = upload(open_page(PICTURES), *files)
    assert "These are 12 pictures. The first 10 are read" in text_of(app)
    assert len(readings) == len(app.code) == 10


def test_names_are_plain_text() -> None:
    name = '<b onclick="x()">*a* [b](http://c.d) www.e.fg :red[h] $x$.png'
    app = upload(open_page(PICTURES), (name, SEVEN), (f"broken {name}", b"?"))
    assert "&lt;b onclick=&quot;x()&quot;&gt;*a* [b](http://c.d)" in html_of(app)
    assert "<b" not in html_of(app).replace("<bdi>", "")
    assert "onclick" not in text_of(app)


def test_the_steps_are_made_while_their_panel_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Drawing] = []

    def counted(drawing: Drawing) -> list[Step]:
        made.append(drawing)
        return ink_steps(drawing)

    monkeypatch.setattr(pictures, "ink_steps", counted)
    app = upload(open_page(PICTURES), ("seven.png", SEVEN))
    assert not made
    (file,) = app.file_uploader(key="files").value
    app.session_state[f"steps-{file.file_id}"] = True
    app.run()
    app.run()
    assert len(made) == 1
    assert "The ink that was found" in described(app)
    assert "Digit 7, as the network sees it" in described(app)


def test_a_photograph_is_read_beside_the_pictures() -> None:
    app = upload(open_page(PICTURES), ("seven.png", SEVEN))
    app.toggle(key="camera").set_value(True).run()
    app.camera_input(key="photo").upload("camera.jpg", FIVE).run()
    assert not app.exception
    assert read(app) == ["5", "7"]  # what was taken just now comes first
    assert "Photograph" in html_of(app)


def test_a_damaged_model_reads_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(model: ModelEntry) -> Recognizer:
        raise ModelError(f"{model.name} is damaged.")

    monkeypatch.setattr(loading, "recognizer_of", damaged)
    app = upload(open_page(PICTURES), ("seven.png", SEVEN))
    assert app.error[0].value == "robust-cnn is damaged."
    assert not app.code


def test_numbers_of_all_pictures_are_rows_of_a_table() -> None:
    two = (
        replace(reading(4), box=(10.4, 20, 30, 40)),
        replace(reading(2), box=(50, 10, 30, 45)),
    )
    first = Found([[number("42", digits=two), number("007")], [number("3")]])
    table = as_table(
        [
            (Picture("1", "=cmd|' /C calc'!A0.png", b""), first),
            (Picture("2", "broken.png", b""), Found([], problem="broken")),
            (Picture("3", 'ä, "ö".png', b""), Found([[number("8")]])),
        ]
    )
    back = pd.read_csv(BytesIO(without_formulas(table).to_csv(index=False).encode()), dtype=str)
    assert list(back) == [*WHAT, "x", "y", "width", "height"]
    assert list(back["number"]) == ["42", "007", "3", "8"]
    assert list(back["line"]) == ["1", "1", "2", "1"]
    assert back.iloc[0].to_list()[3:] == ["0.9877", "number", "10", "10", "70", "50"]
    assert back["file"][0] == "'=cmd|' /C calc'!A0.png"
    assert back["file"][3] == 'ä, "ö".png'
