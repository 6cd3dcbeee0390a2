"""Learning from kept drawings: the form, what it starts, and what it says of the result."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recognizer import Collection, Drawing
from recognizer.models import registry
from recognizer.models.learned import KEPT, PEN, TEST, Learned, Measure, write_learned
from recognizer.models.records import StartModel
from recognizer.training.request import TrainingRequest
from recognizer.ui.comparison import doubt_about
from recognizer.ui.markdown import plain
from tests.conftest import SHIPPED
from tests.ui.pages import TRAINING, open_page, text_of
from tests.ui.test_retraining_page import open_form

NO_SERVER = "postgresql://nobody@localhost:1/nothing"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collection:
    url = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    monkeypatch.setenv("DRAWINGS_URL", url)
    return Collection.open(url)


def keep(collection: Collection, count: int, *, accepted: bool = True) -> None:
    for number in range(count):
        drawing = Drawing.from_strokes([[[10, 10], [10 + number, 90]]])
        collection.add(drawing, number % 10, contributor=f"hand {number % 2}", accepted=accepted)


def test_without_kept_drawings_the_form_is_about_a_recipe(kept: Collection) -> None:
    keep(kept, 30, accepted=False)  # which nobody has reviewed
    app = open_form()
    assert [box.label for box in app.selectbox][-3:] == ["Recipe", "Start from", "Optimizer"]


def test_too_few_kept_drawings_are_said_beside_the_button(kept: Collection) -> None:
    keep(kept, 11)
    app = open_form()
    app.segmented_control(key="what").set_value("learn").run()
    assert app.button(key="start").disabled
    assert "There are 11 accepted drawings" in text_of(app)


def test_learning_is_started(
    kept: Collection, models: Path, model_copy: Path, started: list[TrainingRequest]
) -> None:
    keep(kept, 13)
    app = open_form()
    assert "13 accepted drawings of 2 contributors" in text_of(app)
    app.button(key="start").click().run()
    assert not app.exception, app.exception
    (request,) = started
    assert request == TrainingRequest(
        "larger-cnn", "larger-cnn-learned", start_from="larger-cnn", learn=True
    )


def test_without_a_database_recipes_can_be_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWINGS_URL", NO_SERVER)
    app = open_form()
    assert "The database of drawings cannot be used" in text_of(app)
    assert app.selectbox(key="recipe")


def learned(*measures: Measure) -> Learned:
    digest = registry.find_model("larger-cnn").weights
    start = StartModel(name="larger-cnn", sha256=digest, saw_held_out=False)
    return Learned(start, ("a" * 16,) * 40, ("b" * 16,) * 10, 0, 0.06, 1.0, measures)


BETTER = Measure(KEPT, 0.1, 0.9, 50, 40, 0, 0.001)
AS_GOOD = Measure(TEST, 0.99, 0.99, 10_000, 5, 5, 1.0)
WORSE = Measure(PEN, 0.98, 0.97, 1_569, 2, 18, 0.001)


@pytest.fixture
def new_model(models: Path, model_copy: Path) -> Path:
    """Another model, a copy of the active one."""
    (models / "mine").mkdir()
    for file in (SHIPPED / "larger-cnn").iterdir():
        (models / "mine" / file.name).write_bytes(file.read_bytes())
    recipe = (
        (models / "mine" / "recipe.json").read_text().replace('"shipped": true', '"shipped": false')
    )
    (models / "mine" / "recipe.json").write_text(recipe)
    return models / "mine"


def beside(name: str) -> AppTest:
    return open_page(TRAINING, beside=name)


def test_the_result_is_said_in_a_sentence_and_a_table(new_model: Path) -> None:
    write_learned(new_model, learned(BETTER, AS_GOOD))
    app = beside("mine")
    assert plain("Better: it reads 40 more of 50 held-out kept drawings") in text_of(app)
    assert any("MNIST test images" in str(table.value) for table in app.table)


@pytest.mark.parametrize(
    ("measures", "asks"), [((BETTER, AS_GOOD), False), ((BETTER, WORSE), True)]
)
def test_the_app_asks_again_only_where_something_got_worse(
    new_model: Path, measures: tuple[Measure, ...], asks: bool
) -> None:
    write_learned(new_model, learned(*measures))
    doubt = doubt_about(registry.find_model("mine"), registry.find_model("larger-cnn"))
    assert bool(doubt) is asks
    assert ("worse on 1,569 held-out pen drawings (98.00% before, 97.00% now)" in doubt) is asks
