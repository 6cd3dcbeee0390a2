"""Several values in the Retrain form, without a browser."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from recognizer.training.request import TrainingRequest
from recognizer.ui.markdown import plain
from tests.conftest import SHIPPED
from tests.ui.pages import text_of
from tests.ui.test_retraining_page import open_form


@pytest.fixture(autouse=True)
def only_one(models: Path) -> Path:
    """A model of ten epochs, seed 0."""
    return Path(shutil.copytree(SHIPPED / "mlp-baseline", models / "mlp-baseline"))


def open_several(**texts: str) -> AppTest:
    """The form for mlp-baseline with several values, and these texts in its fields."""
    app = open_form()
    app.selectbox(key="recipe").select("mlp-baseline").run()
    switch(app, on=True)
    for field, text in texts.items():
        field_of(app, field).set_value(text)
    return app.run()


def switch(app: AppTest, *, on: bool) -> None:
    app.toggle(key="several-values-mlp-baseline").set_value(on).run()
    assert not app.exception


def field_of(app: AppTest, name: str) -> TextInput:
    return app.text_input(key=f"several-{name}-mlp-baseline")


def test_every_combination_is_started(started: list[TrainingRequest]) -> None:
    app = open_several(seed="0-2", learning_rate="0.001, 0.002", name="mine", epochs="2")
    assert "6 trainings" in text_of(app)
    assert "on this machine. You can keep drawing." in text_of(app)
    app.button(key="start").click().run()
    assert not app.exception
    assert len(started) == 6
    assert started[-1].name == "mine-rate-0-002-seed-2"
    assert {(each.learning_rate, each.seed) for each in started} == {
        (rate, seed) for rate in (0.001, 0.002) for seed in range(3)
    }
    assert {(each.epochs, each.distortion, each.start_from) for each in started} == {
        (2, False, None)
    }


def test_each_optimizer_has_its_usual_learning_rate(started: list[TrainingRequest]) -> None:
    app = open_several()
    app.multiselect(key="several-optimizer-mlp-baseline").set_value(["Adam", "SGD"]).run()
    app.segmented_control(key="several-distortion-mlp-baseline").set_value("Both").run()
    app.button(key="start").click().run()
    found = [(each.optimizer, each.distortion) for each in started]
    assert found == [("Adam", True), ("SGD", False), ("SGD", True)]  # the other one is there
    rates = [each.to_recipe().optimizer.learning_rate for each in started]
    assert rates == [0.001, 0.01, 0.01]


def test_the_fields_keep_what_was_typed() -> None:
    app = open_form()
    app.selectbox(key="recipe").select("mlp-baseline").run()
    app.number_input(key="epochs-mlp-baseline").set_value(7)
    app.text_input(key="name-mlp-baseline").set_value("mine").run()
    switch(app, on=True)
    assert [field_of(app, name).value for name in ("epochs", "name")] == ["7", "mine"]
    field_of(app, "seed").set_value("0-4").run()
    switch(app, on=False)
    assert app.number_input(key="epochs-mlp-baseline").value == 7
    assert app.text_input(key="name-mlp-baseline").value == "mine"
    app.run()
    switch(app, on=True)
    assert field_of(app, "seed").value == "0-4"


def test_what_is_wrong_is_said_beside_the_button() -> None:
    app = open_several()
    for field, text, words in (
        ("seed", "0-x", "Seed: '0-x' is no value. Give some, such as 0, 3 or 0-4."),
        ("seed", "", "Seed: Give at least one value."),
        ("seed", "1-101", "These are 101 trainings. Ask for 100 at most"),
        ("seed", "0", "All of these models are there."),
        ("learning_rate", "0.1, nan", "Learning rate: nan. Give a number above 0"),
        ("batch_size", "0, 200", "Batch size: 0. Give a whole number from 1 to 10,000."),
        ("name", "../x", "'../x-batch-64' is not a valid model name."),
    ):
        before = field_of(app, field).value
        if field == "name":
            field_of(app, "batch_size").set_value("64, 128")
        field_of(app, field).set_value(text).run()
        assert not app.exception
        assert plain(words) in app.markdown[-1].value
        assert app.button(key="start").disabled
        assert field_of(app, field).value == text
        field_of(app, field).set_value(before)
    app.multiselect(key="several-optimizer-mlp-baseline").set_value([]).run()
    assert plain("Optimizer: choose at least one.") in app.markdown[-1].value


def test_models_that_are_there_are_left_out(started: list[TrainingRequest]) -> None:
    app = open_several(seed="0-2")
    assert "1 of these models is there already and left out: mlp-baseline." in text_of(app)
    app.button(key="start").click().run()
    assert [each.seed for each in started] == [1, 2]


def test_with_a_cluster_no_time_of_this_machine_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    app = open_several(seed="0-2")
    assert "2 trainings on the cluster. You can keep drawing." in text_of(app)
    switch(app, on=False)
    assert "It is trained on the cluster: 10 epochs of 250 batches" in text_of(app)
    assert "this machine:" not in text_of(app)
