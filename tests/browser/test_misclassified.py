"""The Misclassified page in Chromium: images opened, stepped through, and kept in the address."""

import re
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from recognizer.analysis.metrics import misclassified
from recognizer.models import registry
from tests.browser.driver import OVERFLOW, SETTLED, open_dashboard

MODEL = "mlp-baseline"  # misclassifies enough for several pages of images
SHOWN = 30
IMAGE_TOOLBAR = re.compile("^Fullscreen: (Test image|Heat map)")

pytestmark = pytest.mark.usefixtures("mnist")


@pytest.fixture(scope="module")
def numbers() -> list[int]:
    """The misclassified images in the order of the gallery."""
    wrong = misclassified(registry.load_report(MODEL))
    ordered = wrong.sort_values("confidence", ascending=False, kind="stable")
    return [int(number) for number in ordered.index]


def open_page(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/Misclassified?model={MODEL}{query}")
    page.wait_for_selector(SETTLED)


def tile(page: Page, number: int) -> Locator:
    return page.locator(f".st-key-tile-{number}")


def click_image(found: Locator) -> None:
    """Click a tile where its image is, once the page is settled."""
    found.page.wait_for_selector(SETTLED)
    found.click(position={"x": 40, "y": 40})


def heading(page: Page, number: int) -> Locator:
    return page.get_by_role("heading", name=re.compile(f"^Test image {number}:"))


def test_an_image_opens_when_it_is_clicked_or_with_the_keyboard(
    page: Page, address: str, numbers: list[int]
) -> None:
    open_page(page, address)
    click_image(tile(page, numbers[0]))
    expect(heading(page, numbers[0])).to_be_visible()
    expect(page.get_by_text(f"{MODEL} read it as")).to_be_visible()
    tile(page, numbers[1]).get_by_role("button").press("Enter")
    expect(heading(page, numbers[1])).to_be_visible()


def test_an_image_of_the_confusion_matrix_opens_when_it_is_clicked(
    page: Page, address: str
) -> None:
    open_dashboard(page, f"{address}/Confusion_matrix?model={MODEL}&label=4&reading=9", 1)
    click_image(page.locator("[class*='st-key-tile-']").first)
    expect(page).to_have_url(re.compile("/Misclassified.*image="))
    expect(page.get_by_role("heading", name=re.compile("4 read as 9"))).to_be_visible()


@pytest.mark.slow
def test_every_image_opens_in_view_on_every_visit(
    page: Page, address: str, numbers: list[int]
) -> None:
    open_page(page, address)
    for visit in range(3):
        for number in numbers[SHOWN - 1 - 2 * visit : SHOWN - 3 - 2 * visit : -1]:
            tile(page, number).get_by_role("button").press("Enter")  # images still load, and move
            expect(heading(page, number)).to_be_in_viewport()
            expect(page.locator(".st-key-opened")).to_be_focused()
        for link in ("Confidence", "Misclassified"):
            page.get_by_test_id("stSidebar").get_by_role("link", name=link).click()
            expect(page.get_by_role("heading", level=1, name=link)).to_be_visible()
        expect(heading(page, number)).to_have_count(0)


def test_only_the_open_image_is_highlighted(page: Page, address: str, numbers: list[int]) -> None:
    open_page(page, address, f"&image={numbers[2]}")
    expect(tile(page, numbers[2])).to_have_css("outline-style", "solid")
    expect(tile(page, numbers[1])).to_have_css("outline-style", "none")
    page.get_by_role("button", name="Close").click()
    expect(tile(page, numbers[2])).to_have_css("outline-style", "none")


def test_the_page_of_the_gallery_is_in_the_address(
    page: Page, address: str, numbers: list[int]
) -> None:
    open_page(page, address)
    page.get_by_role("button", name="Page 2", exact=True).click()
    expect(page).to_have_url(re.compile("page=2"))
    number = numbers[SHOWN]
    click_image(tile(page, number))
    expect(heading(page, number)).to_be_visible()
    page.reload()
    expect(heading(page, number)).to_be_visible()
    expect(tile(page, number)).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(heading(page, number)).to_have_count(0)
    expect(tile(page, number)).to_be_visible()
    expect(page).to_have_url(re.compile("page=2"))


def test_the_gallery_follows_the_steps_and_starts_anew_with_other_filters(
    page: Page, address: str, numbers: list[int]
) -> None:
    open_page(page, address, f"&image={numbers[SHOWN - 1]}")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(tile(page, numbers[SHOWN])).to_be_visible()
    expect(page).to_have_url(re.compile("page=2"))
    page.get_by_role("radio", name="Loss").click()
    expect(page).not_to_have_url(re.compile("page="))
    page.go_back()
    expect(page).to_have_url(re.compile("page=2"))
    expect(tile(page, numbers[SHOWN])).to_be_visible()


def test_a_number_that_no_image_has_is_reported(page: Page, address: str) -> None:
    message = page.get_by_text("There is no test image 99999. They are numbered from 0 to 9,999.")
    open_page(page, address, "&image=99999")
    expect(message).to_be_visible()
    open_page(page, address)
    expect(message).to_have_count(0)
    box = page.get_by_role("spinbutton", name="Test image")
    box.fill("99999")
    box.press("Enter")
    expect(message).to_be_visible()
    box.fill("7")
    box.press("Enter")
    expect(heading(page, 7)).to_be_visible()


def test_the_heat_map_is_there_at_once_and_fills_its_place(
    page: Page, address: str, numbers: list[int]
) -> None:
    open_page(page, address, f"&image={numbers[0]}")
    place = page.locator(".st-key-heat")
    image = place.get_by_role("img", name=re.compile("^Heat map"))
    expect(image).to_be_visible()
    outer, inner = place.bounding_box(), image.bounding_box()
    assert outer
    assert inner
    assert outer["height"] == pytest.approx(outer["width"], abs=1)  # with or without the image
    assert inner["height"] == pytest.approx(outer["height"], abs=1)


def test_no_toolbar_appears_over_an_image(page: Page, address: str, numbers: list[int]) -> None:
    open_page(page, address, f"&image={numbers[0]}")
    for image in (page.locator(".st-key-heat img"), tile(page, numbers[0]).get_by_role("img")):
        image.hover(force=True)  # over a tile's image is its button
        expect(page.get_by_role("button", name=IMAGE_TOOLBAR)).to_have_count(0)


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 1280),
        ("dark", 390),
        *(
            pytest.param(scheme, width, marks=pytest.mark.slow)
            for scheme, width in product(("light", "dark"), (760, 1920))
        ),
    ],
)
def test_it_can_be_read_and_fits_the_screen(
    page: Page, address: str, numbers: list[int], width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_page(page, address, f"&image={numbers[0]}")
    expect(page.locator(".st-key-heat img")).to_be_visible()
    page.wait_for_function(f"{OVERFLOW} === 0")
    found = Axe().run(page, options={"runOnly": ["color-contrast", "nested-interactive"]})
    assert found.violations_count == 0, found.generate_report()
