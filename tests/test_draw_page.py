"""The Draw page without a browser: what it says for what is on the pad."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recognizer.models import registry
from recognizer.models.recipes import RECIPES
from tests.conftest import SHIPPED
from tests.digits import DIGITS, Stroke

PAGE = str(SHIPPED.parent / "streamlit_app.py")


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
    return app.run()


def answer(app: AppTest) -> str:
    """The text of the answer's live region and messages."""
    container = app.container(key="answer")
    texts: list[Any] = [*container.markdown, *container.info, *container.error]
    return " ".join([*(e.proto.body for e in container.get("html")), *(t.value for t in texts)])


@pytest.fixture
def app() -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=60)
    page.run()
    assert not page.exception
    return page


def test_an_empty_pad_is_no_digit(app: AppTest) -> None:
    assert "Draw a digit" in answer(app)
    assert "role" not in answer(app)
    assert app.main.button[0].disabled
    assert app.main.button[1].disabled


@pytest.mark.parametrize("digit", [0, 4, 7])
def test_a_digit_is_read(app: AppTest, digit: int) -> None:
    draw(app, DIGITS[digit])
    assert not app.exception
    assert f">{digit}</div>" in answer(app)
    assert "sure" in answer(app)


def test_a_dot_is_no_digit(app: AppTest) -> None:
    draw(app, [[(50, 50), (50, 50)]])
    assert "only a dot" in answer(app)


SCRIBBLE: list[Stroke] = [
    [(60 + 8 * step, 60 if step % 2 else 220) for step in range(21)],
    [(60, 60 + 8 * step) if step % 2 else (220, 60 + 8 * step) for step in range(21)],
]
LETTER_A: list[Stroke] = [[(90, 220), (140, 60), (190, 220)], [(110, 160), (170, 160)]]


@pytest.mark.parametrize("strokes", [SCRIBBLE, LETTER_A], ids=["scribble", "letter"])
def test_what_is_no_digit_is_called_none(app: AppTest, strokes: list[Stroke]) -> None:
    draw(app, strokes)
    assert not app.exception
    assert ">?</div>" in answer(app)
    assert "does not look like a digit" in answer(app)
    assert "%" not in answer(app)


@pytest.mark.parametrize(
    ("slope", "large", "said"),
    [
        # so small a slope makes all digits alike; otherwise more is left for no digit
        (0.01, r">3 or \d\?</div>", r"Not sure.* might be a 3 or a \d"),
        (1.0, r">3\?</div>", "Not sure.* might be a 3, or no digit at all"),
    ],
)
def test_an_unsure_reading_says_what_it_might_be_and_no_number(
    model_copy: Path, slope: float, large: str, said: str
) -> None:
    always_unsure = {"slope": slope, "shift": 0.0, "threshold": 1.0}
    (model_copy / "confidence.json").write_text(json.dumps(always_unsure))
    page = draw(AppTest.from_file(PAGE, default_timeout=60).run(), DIGITS[3])
    assert not page.exception
    assert re.search(large, answer(page))
    assert re.search(said, answer(page))
    assert "%" not in answer(page)


def test_undo_and_clear_change_the_pad(app: AppTest) -> None:
    undo, clear = (button.label for button in app.main.button)
    assert (undo, clear) == ("Undo", "Clear")
    draw(app, DIGITS[4])
    app.main.button[0].click().run()
    assert app.session_state["pad_start"]["objects"] == objects(DIGITS[4])[:1]
    app.main.button[1].click().run()
    assert app.session_state["pad_start"]["objects"] == []
    assert "Draw a digit" in answer(app)
    app.main.button[0].click().run()  # Undo brings back what Clear took away
    assert app.session_state["pad_start"]["objects"] == objects(DIGITS[4])[:1]
    assert "role" in answer(app)


def test_undo_reaches_behind_what_was_drawn_after_clear(app: AppTest) -> None:
    draw(app, DIGITS[4])
    app.button(key="clear").click().run()
    draw(app, DIGITS[1])
    app.button(key="undo").click().run()
    assert app.session_state["pad_start"]["objects"] == []
    app.button(key="undo").click().run()
    assert app.session_state["pad_start"]["objects"] == objects(DIGITS[4])


def test_another_model_made_active_reads_the_next_drawing(model_copy: Path, models: Path) -> None:
    page = draw(AppTest.from_file(PAGE, default_timeout=60).run(), DIGITS[3])
    assert ">3</div>" in answer(page)
    shutil.copytree(SHIPPED / "mlp-baseline", models / "mlp-baseline")
    registry.activate("mlp-baseline")
    shutil.rmtree(model_copy)
    draw(page, DIGITS[6])
    assert not page.exception
    assert ">6</div>" in answer(page)


def test_a_chosen_model_that_is_deleted_is_no_longer_named(model_copy: Path, models: Path) -> None:
    shutil.copytree(SHIPPED / "mlp-baseline", models / "mine")
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    page.selectbox[0].select("mine").run()
    shutil.rmtree(models / "mine")
    draw(page, DIGITS[6])
    assert not page.exception
    assert page.selectbox[0].value == ""
    assert ">6</div>" in answer(page)


def test_every_model_can_be_chosen(app: AppTest) -> None:
    models = {model.name: model.accuracy for model in registry.complete_models()}
    active = registry.active_model()
    assert set(RECIPES) <= set(models)
    assert app.selectbox[0].options == ["Active model", *models]
    assert f"**{active.name}** reads {active.accuracy:.2%}" in app.main.caption[-1].value
    draw(app, DIGITS[3])
    app.selectbox[0].select("mlp-baseline").run()
    assert not app.exception
    assert "**mlp-baseline** reads" in app.main.caption[-1].value
    assert ">3</div>" in answer(app)


def test_without_any_model_the_page_says_what_to_do(models: Path) -> None:
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not page.exception
    assert "python train.py" in page.error[0].value
    draw(page, DIGITS[1])
    assert not page.exception
    assert "role" not in answer(page)


def test_a_damaged_model_is_named_and_another_reads(model_copy: Path, models: Path) -> None:
    shutil.copytree(model_copy, models / "broken")
    (models / "broken" / "recipe.json").unlink()
    registry_state = models / ".active"
    registry_state.write_text("broken\n")
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    assert "'broken' is damaged: recipe.json is missing" in page.warning[0].value
    assert "**larger-cnn** reads" in page.main.caption[-1].value
    draw(page, DIGITS[2])
    assert ">2</div>" in answer(page)


def test_weights_that_cannot_be_loaded_are_said_where_the_answer_would_be(
    model_copy: Path,
) -> None:
    (model_copy / "model.keras").write_bytes((model_copy / "predictions.npz").read_bytes())
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    draw(page, DIGITS[2])
    assert not page.exception
    assert "model.keras cannot be loaded" in answer(page)
