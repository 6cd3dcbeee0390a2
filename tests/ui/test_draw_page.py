"""The Draw page without a browser: what it says about what is on the canvas."""

import json
import re
import shutil
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recognizer.models import registry
from recognizer.models.recipes import RECIPES
from recognizer.ui.markdown import plain
from tests.conftest import SHIPPED
from tests.digits import DIGITS, Stroke
from tests.ui.pages import open_draw_page, text_of


def objects(strokes: list[Stroke]) -> list[dict[str, Any]]:
    """Strokes as the canvas sends them."""
    return [
        {
            "type": "Path",
            "path": [["M", *stroke[0]], *[["L", *point] for point in stroke[1:]]],
            "left": (min(x for x, _ in stroke) + max(x for x, _ in stroke)) / 2,
            "top": (min(y for _, y in stroke) + max(y for _, y in stroke)) / 2,
            "strokeWidth": 20,
        }
        for stroke in strokes
    ]


def draw(app: AppTest, strokes: list[Stroke]) -> AppTest:
    app.session_state["pad"] = {"drawing": {"raw": {"objects": objects(strokes)}, "data": None}}
    app.run()
    assert not app.exception, app.exception
    return app


def answer(app: AppTest) -> str:
    """The text of the answer's live region and messages."""
    container = app.container(key="answer")
    texts: list[Any] = [*container.markdown, *container.info, *container.error]
    return " ".join([*(e.proto.body for e in container.get("html")), *(t.value for t in texts)])


@pytest.fixture
def app() -> AppTest:
    return open_draw_page()


def test_an_empty_canvas_is_not_read(app: AppTest) -> None:
    assert "Draw a digit or a number. Its reading appears here." in answer(app)
    assert "role" not in answer(app)
    assert app.button(key="undo").disabled
    assert app.button(key="clear").disabled


@pytest.mark.parametrize("digit", [0, 4, 7])
def test_a_digit_is_read(app: AppTest, digit: int) -> None:
    draw(app, DIGITS[digit])
    assert f">{digit}</div>" in answer(app)
    assert "%** sure" in answer(app)


def test_a_dot_is_not_read(app: AppTest) -> None:
    assert "This is only a dot" in answer(draw(app, [[(50, 50), (50, 50)]]))


SCRIBBLE: list[Stroke] = [
    [(60 + 8 * step, 60 if step % 2 else 220) for step in range(21)],
    [(60, 60 + 8 * step) if step % 2 else (220, 60 + 8 * step) for step in range(21)],
]
LETTER_A: list[Stroke] = [[(90, 220), (140, 60), (190, 220)], [(110, 160), (170, 160)]]


@pytest.mark.parametrize("strokes", [SCRIBBLE, LETTER_A], ids=["scribble", "letter"])
def test_a_non_digit_is_rejected_without_a_number(app: AppTest, strokes: list[Stroke]) -> None:
    draw(app, strokes)
    assert ">?</div>" in answer(app)
    assert re.search("does not look like a (digit|number)", answer(app))
    assert "%" not in answer(app)


@pytest.mark.parametrize(
    ("digit", "slope", "large", "words"),
    [
        # With such a small slope all digits are alike; otherwise more is left for no digit.
        (3, 0.01, r">3 or \d\?</div>", r"Not sure.* might be a 3 or (an 8|a [0-79])\."),
        (8, 0.01, r">8 or \d\?</div>", r"Not sure.* might be an 8 or a [0-79]\."),
        (3, 1.0, r">3\?</div>", r"Not sure.* might be a 3, or no digit at all\."),
    ],
)
def test_an_unsure_reading_says_what_it_might_be_without_a_number(
    model_copy: Path, digit: int, slope: float, large: str, words: str
) -> None:
    always_unsure = {"slope": slope, "shift": 0.0, "threshold": 1.0}
    (model_copy / "confidence.json").write_text(json.dumps(always_unsure))
    page = draw(open_draw_page(), DIGITS[digit])
    assert re.search(large, answer(page))
    assert re.search(words, answer(page))
    assert "%" not in answer(page)


def start_of(app: AppTest) -> object:
    """The objects that the canvas was given to start with."""
    return app.session_state["pad_start"]["objects"]


def test_undo_and_clear_change_the_drawing(app: AppTest) -> None:
    draw(app, DIGITS[4])
    app.button(key="undo").click().run()
    assert start_of(app) == objects(DIGITS[4])[:1]
    app.button(key="clear").click().run()
    assert start_of(app) == []
    assert "Draw a digit" in answer(app)
    app.button(key="undo").click().run()  # brings back what Clear removed
    assert start_of(app) == objects(DIGITS[4])[:1]
    assert "role" in answer(app)


def test_undo_also_reaches_back_to_before_the_last_clear(app: AppTest) -> None:
    draw(app, DIGITS[4])
    app.button(key="clear").click().run()
    draw(app, DIGITS[1])
    app.button(key="undo").click().run()
    assert start_of(app) == []
    app.button(key="undo").click().run()
    assert start_of(app) == objects(DIGITS[4])


def test_a_newly_activated_model_reads_the_next_drawing(model_copy: Path, models: Path) -> None:
    page = draw(open_draw_page(), DIGITS[3])
    assert ">3</div>" in answer(page)
    shutil.copytree(SHIPPED / "mlp-baseline", models / "mlp-baseline")
    registry.activate("mlp-baseline")
    shutil.rmtree(model_copy)
    draw(page, DIGITS[6])
    assert "**mlp-baseline**: " in text_of(page)
    assert ">6</div>" in answer(page)


@pytest.mark.usefixtures("model_copy")
def test_a_chosen_model_that_was_deleted_is_reported(models: Path) -> None:
    shutil.copytree(SHIPPED / "mlp-baseline", models / "mine")
    page = open_draw_page()
    page.selectbox(key="model").select("mine").run()
    shutil.rmtree(models / "mine")
    draw(page, DIGITS[6])
    assert page.selectbox(key="model").value == ""
    assert "The model `mine` cannot be shown" in page.warning[0].value
    assert ">6</div>" in answer(page)


def test_every_model_can_be_chosen(app: AppTest) -> None:
    models = {model.name: model.accuracy for model in registry.complete_models()}
    active = registry.active_model()
    assert set(RECIPES) <= set(models)
    box = app.selectbox(key="model")
    others = [name for name in models if name != active.name]
    assert box.options == [f"{active.name} (active)", *others]
    assert f"**{active.name}**: {active.accuracy:.2%} accuracy on MNIST" in text_of(app)
    draw(app, DIGITS[3])
    app.selectbox(key="model").select("mlp-baseline").run()
    assert not app.exception
    assert "**mlp-baseline**: " in text_of(app)
    assert ">3</div>" in answer(app)


@pytest.mark.usefixtures("models")
def test_without_a_model_the_page_says_what_to_do() -> None:
    page = open_draw_page()
    assert "python train.py" in page.error[0].value
    draw(page, DIGITS[1])
    assert "python train.py" in answer(page)
    assert "role" not in answer(page)


def test_a_damaged_model_is_named_and_another_one_reads(model_copy: Path, models: Path) -> None:
    shutil.copytree(model_copy, models / "broken")
    (models / "broken" / "recipe.json").unlink()
    (models / ".active").write_text("broken\n")
    page = open_draw_page()
    assert plain("'broken' is damaged: recipe.json is missing") in page.warning[0].value
    assert "**larger-cnn**: " in text_of(page)
    assert ">2</div>" in answer(draw(page, DIGITS[2]))


def test_weights_that_cannot_be_loaded_are_reported_in_place_of_the_answer(
    keras_copy: Path,
) -> None:
    with zipfile.ZipFile(keras_copy / "model.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(keras_copy / "model.keras", "w") as archive:
        for name, content in (members | {"model.weights.h5": b"damaged"}).items():
            archive.writestr(name, content)
    page = draw(open_draw_page(), DIGITS[2])
    assert "model.keras cannot be loaded" in answer(page)


def test_each_surprise_is_another_drawing_that_is_read(app: AppTest) -> None:
    shown = []
    for _ in range(5):
        app.button(key="surprise").click().run()
        assert not app.exception, app.exception
        assert "role" in answer(app)
        shown.append(str(start_of(app)))
    assert all(one != next_ for one, next_ in pairwise(shown))


@pytest.mark.parametrize(
    "odd",
    [
        {"objects": [{"type": "path", "path": [["M", 1, 2]] * 200_000, "left": 1, "top": 1}]},
        {"objects": [{"type": "path", "path": [["M", 10**400, 2]], "left": 1, "top": 1}]},
        {"objects": ["[link](https://evil.example)"]},
        {"objects": 5},
    ],
    ids=["long", "huge", "text", "number"],
)
def test_a_message_of_the_canvas_that_is_no_drawing_is_refused_and_the_page_goes_on(
    app: AppTest, odd: dict[str, Any]
) -> None:
    draw(app, DIGITS[2])
    app.session_state["pad"] = {"drawing": {"raw": odd, "data": None}}
    app.run()
    assert not app.exception
    assert "draw again" in app.warning[0].value
    assert "[link]" not in app.warning[0].value
    assert ">2</div>" in answer(app)  # what was there stays
    draw(app, DIGITS[7])
    assert not app.warning
    assert ">7</div>" in answer(app)


@pytest.mark.parametrize("odd", [5, [], {"drawing": 5}, {"drawing": {"raw": "x"}}], ids=str)
def test_what_is_no_message_of_the_canvas_is_ignored(app: AppTest, odd: object) -> None:
    draw(app, DIGITS[2])
    app.session_state["pad"] = odd
    app.run()
    assert not app.exception
    assert ">2</div>" in answer(app)
