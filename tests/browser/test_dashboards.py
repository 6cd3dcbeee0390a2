"""The dashboards in Chromium: drawn, clicked and read, at both widths and in both themes."""

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from recognizer.analysis.metrics import confusion_matrix, misclassified
from recognizer.models import registry
from tests.browser.driver import CHART, OVERFLOW, SETTLED, choose, open_dashboard
from tests.ui.pages import NAMES

# How many charts each page shows of a model.
CHARTS = {
    "Pictures": 0,
    "Training_curves": 3,
    "Confusion_matrix": 1,
    "Misclassified": 0,
    "Confidence": 4,
    "Numbers": 1,
    "Models": 1,
    "Data": 1,
    "Drawings": 0,
}
CHANGING = "robust-cnn"  # its learning rate changed, which takes one chart more
# True once the layout has settled and nothing, no chart either, is wider than the screen.
FITS = f"""() => {OVERFLOW} === 0 && [...document.querySelectorAll("{CHART}")].every(
    (chart) => chart.getBoundingClientRect().right <= document.documentElement.clientWidth)"""


@pytest.mark.usefixtures("mnist")
@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [(CHANGING, 1280, False), pytest.param("mlp-baseline", 390, True, marks=pytest.mark.slow)],
)
def test_every_page_draws_its_charts_and_fits_the_screen(
    page: Page, address: str, name: str, width: int, dark: bool
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if dark else "light")
    for path, charts in CHARTS.items():
        expected = charts
        if name == CHANGING:
            expected += path == "Training_curves"
        elif path == "Numbers":
            expected = 0  # measured of the other one alone
        open_dashboard(page, f"{address}/{path}?model={name}", expected)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        if path not in ("Data", "Drawings"):
            expect(page.get_by_role("combobox", name="Model")).to_have_value(re.compile(name))
        page.wait_for_function(FITS)
        if path == "Confusion_matrix":
            assert brightness(page) > 200 if dark else brightness(page) < 60


def brightness(page: Page) -> int:
    """The red of a figure in a faint cell, 0 to 255."""
    figure = page.locator("[data-testid=stVegaLiteChart] text[aria-label*='images: 1;']").first
    return int(str(figure.get_attribute("fill"))[1:3], 16)


def click_cell(page: Page, label: int, reading: int) -> None:
    """Click a cell of the confusion matrix, beside its figure, and wait for its images."""
    name = f"Read as: {reading}; True digit: {label};"
    page.locator(f"path[aria-label^='{name}']").first.click(position={"x": 3, "y": 3})
    page.get_by_text(f"{label} read as {reading}:").wait_for()
    page.wait_for_selector(SETTLED)


@pytest.mark.usefixtures("mnist")
def test_a_chosen_cell_shows_as_many_images_as_the_report_counts(page: Page, address: str) -> None:
    matrix = confusion_matrix(registry.load_report("mlp-baseline"))
    open_dashboard(page, f"{address}/Confusion_matrix?model=mlp-baseline", 1)
    empty = np.argwhere(matrix == 0)[0].tolist()
    for label, reading in [[4, 9], empty, [7, 7]]:
        click_cell(page, label, reading)
        count = int(matrix[label, reading])
        words = page.get_by_text(f"{label} read as {reading}: {count or 'no'} image")
        expect(words).to_be_visible()
        expect(page.get_by_test_id("stImage")).to_have_count(min(count, 60))
        expect(page).to_have_url(re.compile(f"label={label}&reading={reading}"))
    page.get_by_role("combobox", name="Read as").focus()  # or with the keyboard
    page.keyboard.type("6")
    page.keyboard.press("Enter")
    page.get_by_text("7 read as 6:").wait_for()
    page.wait_for_selector(SETTLED)
    click_cell(page, 7, 7)  # again


@pytest.mark.usefixtures("mnist")
def test_back_and_forward_bring_the_same_view(page: Page, address: str) -> None:
    open_dashboard(page, f"{address}/Confusion_matrix?model=mlp-baseline", 1)
    page.get_by_text("Errors only").click()
    expect(page).to_have_url(re.compile("errors=True"))
    page.get_by_text("% of row").click()
    expect(page).to_have_url(re.compile("figures="))
    page.wait_for_selector(SETTLED)
    click_cell(page, 4, 9)
    expect(page).to_have_url(re.compile("reading=9"))
    view = page.url
    page.get_by_role("link", name=re.compile("4 → 9$")).first.click()
    heading = page.get_by_role("heading", name=re.compile(r"Test image \d+: 4 read as 9"))
    expect(heading).to_be_visible()
    expect(page).to_have_url(re.compile("model=mlp-baseline"))
    page.go_back()
    expect(page).to_have_url(view)
    expect(page.get_by_role("radio", name="% of row")).to_be_checked()
    expect(page.get_by_role("switch", name="Errors only")).to_be_checked()
    page.go_forward()
    expect(heading).to_be_visible()


@pytest.mark.usefixtures("mnist")
def test_an_image_far_down_is_opened_in_view(page: Page, address: str) -> None:
    wrong = misclassified(registry.load_report("mlp-baseline"))
    number = wrong.sort_values("confidence", ascending=False, kind="stable").index[28]
    open_dashboard(page, f"{address}/Misclassified?model=mlp-baseline", 0)
    page.locator(f".st-key-open-{number} button").click()
    heading = page.get_by_role("heading", name=f"Test image {number}:")
    expect(heading).to_be_in_viewport()
    expect(page).to_have_url(re.compile(f"image={number}"))
    page.get_by_role("button", name="Next", exact=True).click()
    expect(heading).to_have_count(0)
    page.go_back()
    expect(heading).to_be_visible()


def test_the_pointer_reads_values_from_the_curves(page: Page, address: str) -> None:
    open_dashboard(page, f"{address}/Training_curves?model=sgd-cnn&with=mlp-baseline&only=False", 3)
    chart = page.locator(CHART).first
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tip = page.locator("#vg-tooltip-element")
    expect(tip).to_contain_text("mlp-baseline validation")
    shown = tip.inner_text()
    row = dict(re.findall(r"(epoch|[a-z-]+ (?:training|validation))\s+([\d.%]+)", shown))
    values = registry.find_model("sgd-cnn").history["val_accuracy"]
    assert row["sgd-cnn validation"] == f"{values[int(row['epoch'])]:.2%}"
    both = ("sgd-cnn", "mlp-baseline")
    assert set(row) == {"epoch", *(f"{x} {y}" for x in both for y in ("training", "validation"))}


def test_a_table_is_saved_and_the_chosen_model_is_kept_on_other_pages(
    page: Page, address: str
) -> None:
    open_dashboard(page, f"{address}/Models", 1)
    page.get_by_text("All figures").click()
    with page.expect_download() as download:
        page.locator(".st-key-csv-models button").press("Enter")  # it moves as the table grows
    table = pd.read_csv(download.value.path()).set_index("model")
    assert sorted(table.index) == NAMES
    assert table.loc["sgd-cnn", "test accuracy"] == registry.find_model("sgd-cnn").accuracy

    choose(page.get_by_role("combobox", name="Model"), "sgd-cnn")
    chosen = page.get_by_text("sgd-cnn: 99.")
    expect(chosen).to_be_visible()
    expect(page).to_have_url(re.compile("model=sgd-cnn"))
    for link in ("Confidence", "Draw", "Training curves"):
        page.get_by_role("link", name=link, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(link)
        expect(chosen).to_be_visible()
        expect(page).to_have_url(re.compile("model=sgd-cnn"))
