"""The Models and Data pages in Chromium: what matters is visible without sideways scrolling."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import SETTLED
from tests.ui.pages import NAMES


@pytest.mark.parametrize("width", [390, 760, 1280])
def test_every_column_that_matters_is_visible(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/Models")
    page.wait_for_selector(SETTLED)
    table = page.get_by_role("table").first
    columns = table.get_by_role("columnheader")
    words = ["Model", "On drawings", "On MNIST", "Non-digits rejected", "Reading"]
    expect(columns).to_have_text(words)
    box = columns.last.bounding_box()
    assert box
    assert box["x"] + box["width"] <= width
    rows = table.get_by_role("row").all_inner_texts()[1:]
    assert len(rows) == len(NAMES)
    assert "robust-cnn (active)" in " ".join(rows[0].split())
    shown = [float(row.split("%")[0].split()[-1]) for row in rows]
    assert shown == sorted(shown, reverse=True)


@pytest.mark.usefixtures("mnist")
@pytest.mark.parametrize("width", [390, 1280])
def test_the_mean_digits_are_two_rows_of_five(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/Data")
    page.wait_for_selector(SETTLED)
    means = page.get_by_alt_text("The mean of all images of")
    expect(means).to_have_count(10)
    boxes = [mean.bounding_box() for mean in means.all()]
    rows = [round(box["y"]) for box in boxes if box]
    assert rows == [rows[0]] * 5 + [rows[5]] * 5
    assert rows[0] < rows[5]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes if box)
    expect(page.get_by_text("50,000 images")).to_be_visible()
