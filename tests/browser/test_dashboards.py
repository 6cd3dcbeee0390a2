"""The dashboards in Chromium: drawn, clicked and read, at both widths and in both themes."""

import http.server
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from recognizer.analysis.metrics import confusion_matrix, mistakes
from recognizer.datasets.mnist import Mnist, find_mnist
from recognizer.models import registry
from tests.browser.driver import CHART, SETTLED, open_dashboard, serve
from tests.conftest import SHIPPED

NAMES = sorted(path.name for path in SHIPPED.iterdir() if path.is_dir())
# Each page, and how many charts it shows of a model whose learning rate changed, or did not.
CHARTS = {
    "Training_curves": (4, 3),
    "Confusion_matrix": (1, 1),
    "Misclassified": (0, 0),
    "Confidence": (4, 4),
    "Models": (1, 1),
    "Data": (1, 1),
}
CHANGING = "robust-cnn"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def shipped() -> Iterator[str]:
    """The app with the shipped models."""
    with serve() as address:
        yield address


@pytest.mark.parametrize("name", NAMES)
def test_every_page_draws_its_charts_for_every_model(
    page: Page, shipped: str, mnist: Mnist, name: str
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path, counts in CHARTS.items():
        open_dashboard(page, f"{shipped}/{path}?model={name}", counts[name != CHANGING])
        expect(page.get_by_test_id("stException")).to_have_count(0)
        if path != "Data":
            expect(page.get_by_role("combobox", name="Model")).to_have_value(name)
    assert not errors


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_the_screen_in_both_themes(
    browser: Browser, shipped: str, mnist: Mnist, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    for path, counts in CHARTS.items():
        open_dashboard(page, f"{shipped}/{path}", counts[0])
        assert page.evaluate(OVERFLOW) == 0, path
        for chart in page.get_by_test_id("stVegaLiteChart").all():
            box = chart.bounding_box()
            assert box
            assert box["x"] + box["width"] <= width, path
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_in_cells_can_be_read_in_both_themes(
    browser: Browser, shipped: str, scheme: str
) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    open_dashboard(page, f"{shipped}/Confusion_matrix?model=mlp-baseline", 1)
    faint = page.locator("[data-testid=stVegaLiteChart] text[aria-label*='images: 1;']").first
    red = int(str(faint.get_attribute("fill"))[1:3], 16)
    assert red > 200 if scheme == "dark" else red < 60
    context.close()


def cell(page: Page, label: int, reading: int) -> None:
    """Click a cell of the confusion matrix, beside its figure, and wait for its images."""
    name = f"Read as: {reading}; True digit: {label};"
    page.locator(f"path[aria-label^='{name}']").first.click(position={"x": 3, "y": 3})
    page.get_by_text(f"{label} read as {reading}:").wait_for()
    page.wait_for_selector(SETTLED)


@pytest.mark.parametrize("name", ["mlp-baseline", "simple-cnn"])
def test_a_cell_clicked_shows_as_many_images_as_the_report_counts(
    page: Page, shipped: str, mnist: Mnist, name: str
) -> None:
    matrix = confusion_matrix(registry.load_report(name))
    open_dashboard(page, f"{shipped}/Confusion_matrix?model={name}", 1)
    rng = np.random.default_rng(0)
    pairs = rng.permutation(np.argwhere((matrix > 0) & ~np.eye(10, dtype=bool)))[:8].tolist()
    empty = np.argwhere(matrix == 0)[0].tolist()
    for label, reading in [*pairs, empty, [7, 7], pairs[0]]:
        cell(page, label, reading)
        count = int(matrix[label, reading])
        expect(
            page.get_by_text(f"{label} read as {reading}: {count or 'no'} image")
        ).to_be_visible()
        expect(page.get_by_test_id("stImage")).to_have_count(min(count, 60))
        assert f"label={label}" in page.url
        assert f"reading={reading}" in page.url


def test_a_cell_is_chosen_by_keyboard_and_clicked_again(
    page: Page, shipped: str, mnist: Mnist
) -> None:
    open_dashboard(page, f"{shipped}/Confusion_matrix?model=mlp-baseline", 1)
    cell(page, 4, 9)
    box = page.get_by_role("combobox", name="Read as")
    box.focus()
    page.keyboard.type("6")
    page.keyboard.press("Enter")
    page.get_by_text("4 read as 6:").wait_for()
    cell(page, 4, 9)


def test_an_image_of_a_cell_is_opened_and_the_way_back_leads_there(
    page: Page, shipped: str, mnist: Mnist
) -> None:
    open_dashboard(page, f"{shipped}/Confusion_matrix?model=mlp-baseline&label=4&reading=9", 1)
    page.get_by_role("link", name=re.compile("4 → 9$")).first.click()
    expect(
        page.get_by_role("heading", name=re.compile(r"Test image \d+: 4 read as 9"))
    ).to_be_visible()
    expect(page).to_have_url(re.compile("model=mlp-baseline"))


def test_an_image_far_down_is_opened_in_view(page: Page, shipped: str, mnist: Mnist) -> None:
    wrong = mistakes(registry.load_report("mlp-baseline"))
    number = wrong.sort_values("confidence", ascending=False, kind="stable").index[28]
    open_dashboard(page, f"{shipped}/Misclassified?model=mlp-baseline", 0)
    page.locator(f".st-key-open-{number} button").click()
    heading = page.get_by_role("heading", name=f"Test image {number}:")
    expect(heading).to_be_in_viewport()
    assert f"image={number}" in page.url
    page.get_by_role("button", name="Next", exact=True).click()
    expect(heading).to_have_count(0)
    page.go_back()
    expect(heading).to_be_visible()


def test_where_the_network_looked_is_shown_on_demand(
    page: Page, shipped: str, mnist: Mnist
) -> None:
    open_dashboard(page, f"{shipped}/Misclassified?image=445", 1)
    page.get_by_text("Heat map: what spoke for this reading").click()
    expect(page.get_by_text("speaks for 0")).to_be_visible(timeout=60_000)
    expect(page.get_by_alt_text(re.compile("in blue what speaks for 0"))).to_be_visible()


def test_the_pointer_reads_the_curves(page: Page, shipped: str) -> None:
    open_dashboard(page, f"{shipped}/Training_curves?model=sgd-cnn&with=mlp-baseline", 3)
    chart = page.locator(CHART).first
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tip = page.locator("#vg-tooltip-element")
    expect(tip).to_contain_text("epoch")
    told = tip.inner_text()
    row = dict(re.findall(r"(epoch|[a-z-]+ (?:training|validation))\s+([\d.%]+)", told))
    values = registry.find_model("sgd-cnn").history["val_accuracy"]
    assert row["sgd-cnn validation"] == f"{values[int(row['epoch'])]:.2%}"
    both = ("sgd-cnn", "mlp-baseline")
    assert set(row) == {"epoch", *(f"{x} {y}" for x in both for y in ("training", "validation"))}


def test_the_way_back_brings_the_same_view(page: Page, shipped: str, mnist: Mnist) -> None:
    open_dashboard(page, f"{shipped}/Confusion_matrix?model=mlp-baseline", 1)
    page.get_by_text("Errors only").click()
    page.get_by_text("Row shares").click()
    cell(page, 4, 9)
    view = page.url
    page.get_by_role("link", name=re.compile("4 → 9$")).first.click()
    expect(page.get_by_role("heading", name=re.compile("4 read as 9"))).to_be_visible()
    page.go_back()
    expect(page).to_have_url(view)
    expect(page.get_by_role("radio", name="Row shares")).to_be_checked()
    expect(page.get_by_role("switch", name="Errors only")).to_be_checked()
    page.go_forward()
    expect(page.get_by_role("heading", name=re.compile("4 read as 9"))).to_be_visible()


def test_tables_are_saved_as_csv(page: Page, shipped: str) -> None:
    open_dashboard(page, f"{shipped}/Models?model=sgd-cnn", 1)
    with page.expect_download() as download:
        page.locator(".st-key-csv-models button").click()
    table = pd.read_csv(download.value.path()).set_index("model")
    assert table.index.tolist() == NAMES
    assert table.loc["sgd-cnn", "test accuracy"] == registry.find_model("sgd-cnn").accuracy


def test_the_choice_of_a_model_goes_along_to_other_pages(page: Page, shipped: str) -> None:
    open_dashboard(page, f"{shipped}/Models", 1)
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name="sgd-cnn").click()
    page.get_by_text("sgd-cnn reads").wait_for()
    assert "model=sgd-cnn" in page.url
    for link in ("Confidence", "Draw", "Training curves"):
        page.get_by_role("link", name=link).click()
        expect(page.get_by_text("sgd-cnn reads")).to_be_visible()
        expect(page).to_have_url(re.compile("model=sgd-cnn"))


@pytest.fixture
def source(mnist: Mnist) -> Iterator[str]:
    """A web server that has MNIST; its address."""
    path = find_mnist().resolve()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(path.parent))
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/{path.name}"
        server.shutdown()


def test_mnist_is_fetched_where_it_is_missing(page: Page, source: str, tmp_path: Path) -> None:
    with serve(MNIST_NPZ="", KERAS_HOME=str(tmp_path), MNIST_URL=source) as address:
        open_dashboard(page, f"{address}/Misclassified", 0)
        expect(page.get_by_text("No images yet")).to_be_visible()
        page.get_by_role("button", name="Fetch MNIST").click()
        expect(page.get_by_test_id("stImage")).to_have_count(30)
        expect(page.get_by_text("No images yet")).to_have_count(0)
    assert (tmp_path / "datasets" / "mnist.npz").exists()
