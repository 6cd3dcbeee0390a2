"""The page Numbers: what was measured of whole numbers."""

import json
from pathlib import Path

import pytest

from recognizer.errors import ModelError
from recognizer.models.number_results import (
    FILE,
    Group,
    Misread,
    NumberResults,
    read_results,
    write_results,
)
from tests.ui.pages import NUMBERS, charts, open_page, tables, text_of

RESULTS = NumberResults(
    "held",
    (
        Group("strokes", 2, 100, 97),
        Group("strokes", 3, 100, 95),
        Group("pictures", 2, 50, 40),
    ),
    (
        Misread("strokes", "42", "47", 0.61, (((0, 0), (10, 90)), ((40, 0), (40, 90)))),
        Misread("pictures", "10", "", 0.1, (((0, 0), (0, 90)),)),
    ),
)


def test_the_figures_and_the_misread_numbers_are_shown(model_copy: Path) -> None:
    write_results(model_copy, RESULTS)
    app = open_page(NUMBERS)
    assert charts(app) == 1
    (table,) = tables(app)
    assert table["numbers"].tolist() == ["strokes", "pictures"]
    assert table["all"].tolist() == pytest.approx([0.96, 0.8])
    assert table["2 digits"].tolist() == pytest.approx([0.97, 0.8])
    assert "42 → 47" in text_of(app)
    app.selectbox(key="given").select("pictures").run()
    assert "10 → nothing" in text_of(app)
    assert "42 → 47" not in text_of(app)


def test_a_model_without_figures_says_how_to_get_them(model_copy: Path) -> None:
    (model_copy / FILE).unlink(missing_ok=True)
    app = open_page(NUMBERS)
    assert "benchmarks.numbers" in app.info[0].value
    assert not app.exception


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"model": "x", "groups": [{"given": "a", "length": 0}]}', "[" * 10**5],
)
def test_damaged_figures_are_reported(model_copy: Path, content: str) -> None:
    (model_copy / FILE).write_text(content)
    with pytest.raises(ModelError, match=r"numbers\.json cannot be read"):
        read_results(model_copy)
    assert "numbers.json cannot be read" in open_page(NUMBERS).error[0].value


def test_figures_are_read_as_they_were_written(model_copy: Path) -> None:
    write_results(model_copy, RESULTS)
    assert read_results(model_copy) == RESULTS
    assert json.loads((model_copy / FILE).read_text())["model"] == "held"
