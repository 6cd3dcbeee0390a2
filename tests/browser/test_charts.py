"""The charts of the dashboards in Chromium: what can be read, clicked and zoomed."""

import re
from itertools import chain

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import CHART, OVERFLOW, SETTLED, open_dashboard

CURVES = "Training_curves?model=robust-cnn&with=mlp-baseline,sgd-cnn"
CONTRAST = 4.5
# The plotting areas, the axis labels and the grid lines of all charts, in pixels of the screen.
SIZES = f"""() => [...document.querySelectorAll("{CHART} .role-frame > g > path.background")].map(
    (area) => area.getBoundingClientRect().height)"""
MIDDLES = """(svg) => Object.fromEntries(["label text", "grid line"].map((what) =>
    [what, [...svg.querySelectorAll(`.role-axis-${what}`)].map((mark) => {
        const { x, y, width, height } = mark.getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2, upright: height > width };
    })]))"""
# The colors of all text in charts and captions and of all curves, and the color of the page.
COLORS = f"""() => {{
    const opacity = (one) => one ? getComputedStyle(one).opacity * opacity(one.parentElement) : 1;
    const colors = (selector, property) => [...document.querySelectorAll(selector)]
        .filter((one) => property !== "fill" || !one.hasAttribute("stroke"))  // around letters
        .map((one) => [getComputedStyle(one)[property], opacity(one)]);
    return {{
        page: colors("[data-testid=stApp]", "backgroundColor")[0][0],
        text: colors("{CHART} text", "fill"),
        caption: colors("[data-testid=stMain] [data-testid=stCaptionContainer] p", "color"),
        curve: colors("{CHART} .mark-line path", "stroke"),
    }};
}}"""
LABELS = """(svg) => [...svg.querySelectorAll(".role-axis-label text")].filter(
    (text) => text.textContent && getComputedStyle(text).opacity > 0).map(
    (text) => text.textContent)"""
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


def contrast(first: list[float], second: list[float]) -> float:
    """Of two colors, each red, green and blue, 0 to 255, as WCAG 2 has it."""

    def luminance(color: list[float]) -> float:
        parts = [x / 255 for x in color]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def channels(color: str) -> list[float]:
    """Red, green and blue of a color as the browser writes it."""
    red, green, blue = map(float, re.findall(r"[\d.]+", color))
    return [red, green, blue]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("path", "charts"), [(CURVES, 4), ("Confidence?model=robust-cnn", 4)])
def test_text_and_curves_have_contrast(
    page: Page, address: str, path: str, charts: int, dark: bool
) -> None:
    page.emulate_media(color_scheme="dark" if dark else "light")
    open_dashboard(page, f"{address}/{path}", charts)
    colors = page.evaluate(COLORS)
    under = channels(colors.pop("page"))
    for what, found in colors.items():
        assert found, what
        for color, opacity in found:
            over = [
                opacity * x + (1 - opacity) * y for x, y in zip(channels(color), under, strict=True)
            ]
            assert contrast(over, under) >= CONTRAST, (what, color, opacity)


def test_axis_labels_are_on_their_grid_lines(page: Page, address: str) -> None:
    open_dashboard(page, f"{address}/Confidence?model=robust-cnn", 4)
    found = page.locator(CHART).first.evaluate(MIDDLES)
    rows = [line["y"] for line in found["grid line"] if not line["upright"]]
    columns = [line["x"] for line in found["grid line"] if line["upright"]]
    assert min(len(rows), len(columns)) > 3
    for label in found["label text"]:
        off = chain((abs(label["x"] - x) for x in columns), (abs(label["y"] - y) for y in rows))
        assert min(off) < 2, label


def test_curves_are_large_and_labeled(page: Page, address: str) -> None:
    open_dashboard(page, f"{address}/{CURVES}&log=True", 4)
    assert min(page.evaluate(SIZES)) >= 300
    labels = page.locator(CHART).first.evaluate(LABELS)
    assert {"1", "34"} <= set(labels)  # the first epoch and the last
    assert {"0.5%", "1%", "2%"} <= set(labels)
    assert sum(label.endswith("%") for label in labels) <= 8


def test_curves_are_zoomed_and_the_wheel_alone_scrolls_the_page(page: Page, address: str) -> None:
    open_dashboard(page, f"{address}/{CURVES}", 4)
    chart = page.locator(CHART).first
    at_first = sorted(chart.evaluate(LABELS))
    chart.hover()
    page.mouse.wheel(0, 150)
    page.wait_for_function(f"{SCROLLED} === 150")
    assert sorted(chart.evaluate(LABELS)) == at_first
    chart.hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -500)
    page.keyboard.up("Control")
    expect(chart.get_by_text("34", exact=True)).to_have_count(0)  # the last epoch
    assert page.evaluate(SCROLLED) == 150
    chart.dblclick()
    expect(chart.get_by_text("34", exact=True)).to_have_count(1)
    assert sorted(chart.evaluate(LABELS)) == at_first


def test_a_click_on_the_legend_shows_one_model_alone(page: Page, address: str) -> None:
    open_dashboard(page, f"{address}/{CURVES}", 4)
    lines = page.locator(CHART).first.locator(".mark-line path")
    expect(lines).to_have_count(3)  # of validation images only
    expect(page.locator(f"{CHART} .role-legend")).to_have_count(0)
    page.get_by_role("radio", name="sgd-cnn").click()
    expect(lines).to_have_count(1)
    expect(page).to_have_url(re.compile("alone=sgd-cnn"))
    page.get_by_text("Validation only").click()
    expect(lines).to_have_count(2)
    expect(page).to_have_url(re.compile("only=False"))


def test_smoothing_keeps_what_was_recorded(page: Page, address: str) -> None:
    open_dashboard(page, f"{address}/Training_curves?model=sgd-cnn&only=True", 3)
    lines = page.locator(CHART).first.locator(".mark-line path")
    recorded = lines.get_attribute("d")
    page.get_by_text("5 epochs").click()
    expect(lines).to_have_count(2)
    expect(page).to_have_url(re.compile("smooth=5"))
    assert lines.first.get_attribute("d") == recorded
    assert lines.last.get_attribute("d") != recorded


@pytest.mark.parametrize(
    "width", [390, *(pytest.param(each, marks=pytest.mark.slow) for each in (760, 1280, 1920))]
)
def test_the_cells_of_the_matrix_are_square(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_dashboard(page, f"{address}/Confusion_matrix?model=mlp-baseline", 1)
    assert page.evaluate(OVERFLOW) == 0
    chart = page.locator(CHART)
    cell = page.locator("path[aria-label^='Read as: 9; True digit: 9;']").first
    box, around = cell.bounding_box(), chart.bounding_box()
    assert box
    assert around
    assert box["width"] == pytest.approx(box["height"], abs=1)
    assert box["width"] > 25
    assert box["y"] + box["height"] <= around["y"] + around["height"] + 1  # the last row is whole
    chart.hover()
    expect(page.locator("[class*=st-key-matrix-] [data-testid=stElementToolbar]")).to_be_hidden()


@pytest.mark.usefixtures("mnist")
def test_a_cell_is_clicked_on_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    open_dashboard(page, f"{address}/Confusion_matrix?model=mlp-baseline", 1)
    for label, reading in ((9, 9), (4, 9), (5, 3)):
        name = f"Read as: {reading}; True digit: {label};"
        page.locator(f"path[aria-label^='{name}']").first.click(position={"x": 3, "y": 3})
        page.get_by_text(f"{label} read as {reading}:").wait_for()
        page.wait_for_selector(SETTLED)
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize("figures", ["Counts", "% of row"])
def test_many_errors_are_stronger_than_one(page: Page, address: str, figures: str) -> None:
    open_dashboard(page, f"{address}/Confusion_matrix?model=mlp-baseline&figures={figures}", 1)

    def cell(label: int, reading: int) -> tuple[float, str]:
        name = f"Read as: {reading}; True digit: {label};"
        path = page.locator(f"path[aria-label^='{name}']").first
        return float(path.get_attribute("opacity") or 1), str(path.get_attribute("fill"))

    (nine, error), (one, same), (_, correct) = cell(9, 3), cell(9, 6), cell(9, 9)
    assert nine > 1.5 * one > 0.2
    assert error == same != correct


def test_bins_with_few_images_are_faint(page: Page, address: str) -> None:
    open_dashboard(page, f"{address}/Confidence?model=robust-cnn", 4)
    chart = page.locator(CHART).first
    for words in ("underconfident", "overconfident"):
        expect(chart.get_by_text(words).last).to_be_visible()
    points = chart.locator(".mark-symbol path")
    expect(points).not_to_have_count(0)
    are_faint = []
    for point in points.all():
        name = str(point.get_attribute("aria-label"))
        answers = int(re.findall(r"answers: ([\d,]+)", name)[0].replace(",", ""))
        faint = float(point.get_attribute("opacity") or 1) < 0.5
        assert faint == (answers < 5), name
        are_faint.append(faint)
    assert set(are_faint) == {True, False}
    expect(page.get_by_text("fewer than five images")).to_be_visible()
