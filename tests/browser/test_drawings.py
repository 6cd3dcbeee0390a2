"""The Drawings page in Chromium: chosen, labeled, deleted, and by a stranger."""

import re
from collections.abc import Iterator
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from recognizer import Collection
from recognizer.collection import browse
from recognizer.collection.filters import Filters, Scope
from recognizer.ui.visitor import COOKIE, pseudonym
from tests.browser.driver import OVERFLOW, PATIENCE, SETTLED
from tests.collection.samples import drawing, picture, reading

TOKEN = "1" * 32
EVERYTHING = Scope(everything=True)


@pytest.fixture
def kept(address: str) -> Collection:
    """The collection of all browser tests, with two drawings of one visitor and three of others."""
    collection = Collection.open()
    collection.delete_many([each.id for each in all_of(collection)])
    for number, (label, digit) in enumerate([(3, 3), (7, 1), (4, 9), (5, 5)]):
        who = pseudonym(TOKEN) if number < 2 else "bob"
        collection.add(
            drawing(number), label, contributor=who, reading=reading(digit, 0.99), accepted=True
        )
    collection.add(picture(), 1, contributor="bob")
    return collection


def all_of(collection: Collection) -> list[browse.Shown]:
    return browse.find(collection, EVERYTHING, Filters(), 0, 1000)


def open_drawings(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/Drawings{query}")
    page.wait_for_selector(SETTLED)


def tile(page: Page, shown: browse.Shown) -> Locator:
    return page.locator(f".st-key-tile-drawing-{shown.id}")


def choose(page: Page, shown: browse.Shown) -> None:
    tile(page, shown).locator("label").click()
    expect(tile(page, shown).get_by_role("checkbox")).to_be_checked()
    page.wait_for_selector(SETTLED)


def test_two_are_chosen_and_labeled_with_one_press(
    page: Page, address: str, kept: Collection
) -> None:
    open_drawings(page, address)
    first, second, *rest = all_of(kept)
    for each in (first, second):
        choose(page, each)
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Label as").click()
    page.get_by_role("button", name="8", exact=True).click()
    expect(page.get_by_text("2 drawings labeled: 8.")).to_be_visible()
    expect(page.get_by_text("2 selected")).to_have_count(0)
    expect(page.get_by_role("button", name="Not a digit")).to_have_count(0)  # it has closed
    labels = {each.id: each.label for each in all_of(kept)}
    assert labels[first.id] == labels[second.id] == 8
    assert all(labels[each.id] == each.label for each in rest)


def test_all_on_a_page_are_deleted_after_a_question(
    page: Page, address: str, kept: Collection
) -> None:
    open_drawings(page, address, "?wrong=True")
    page.get_by_text("Select all on this page").click()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 2 drawings").click()
    expect(page.get_by_text("2 drawings deleted.")).to_be_visible()
    expect(page.get_by_text("No drawing passes these filters.")).to_be_visible()
    assert len(all_of(kept)) == 3


def test_a_drawing_opens_where_it_is_clicked_and_is_accepted(
    page: Page, address: str, kept: Collection
) -> None:
    open_drawings(page, address, "?status=pending")
    (pending,) = (each for each in all_of(kept) if each.status == "pending")
    tile(page, pending).click(position={"x": 60, "y": 60})
    expect(page.get_by_role("heading", name="1, not read")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(f"drawing={pending.id}"))
    expect(tile(page, pending)).to_have_css("outline-style", "solid")
    page.locator(".st-key-opened").get_by_role("button", name="Accept").click()
    expect(page.get_by_text("1 drawing accepted.")).to_be_visible()
    assert {each.status for each in all_of(kept)} == {"accepted"}


def test_an_export_is_saved(page: Page, address: str, kept: Collection) -> None:
    open_drawings(page, address)
    page.get_by_text("Export and import").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as .ndjson").click()
    assert len(download.value.path().read_text().splitlines()) == 4


@pytest.fixture
def stranger(browser: Browser, address: str) -> Iterator[Page]:
    """A visitor from elsewhere, who has kept two drawings."""
    context = browser.new_context(extra_http_headers={"X-Forwarded-For": "203.0.113.9"})
    context.set_default_timeout(PATIENCE)
    context.add_cookies([{"name": COOKIE, "value": TOKEN, "url": address}])
    yield context.new_page()
    context.close()


def test_a_stranger_sees_and_deletes_only_their_own(
    stranger: Page, address: str, kept: Collection
) -> None:
    others = [each for each in all_of(kept) if each.contributor == "bob"]
    open_drawings(stranger, address, f"?drawing={others[0].id}&contributor=bob")
    expect(stranger.get_by_text("There is no such drawing.")).to_be_visible()
    expect(stranger.locator("[class*='st-key-tile-drawing-']")).to_have_count(2)
    for name in ("Label as", "Accept", "Reject", "Read them with every model"):
        expect(stranger.get_by_role("button", name=name)).to_have_count(0)
    stranger.get_by_text("Export or delete all").click()
    expect(stranger.get_by_text("Import drawings")).to_have_count(0)
    stranger.get_by_role("button", name="Delete all of mine").click()
    stranger.locator(".st-key-delete-all button").click()
    expect(stranger.get_by_text("2 drawings deleted.")).to_be_visible()
    assert {each.id for each in all_of(kept)} == {each.id for each in others}


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("dark", 390),
        *(
            pytest.param(scheme, width, marks=pytest.mark.slow)
            for scheme, width in product(("light", "dark"), (390, 1280))
        ),
    ],
)
def test_it_can_be_read_and_fits_the_screen(
    page: Page, address: str, kept: Collection, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_drawings(page, address, f"?drawing={all_of(kept)[0].id}")
    page.get_by_text("Drawings per label").click()
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    page.wait_for_function(f"{OVERFLOW} === 0")
    found = Axe().run(page, options={"runOnly": ["color-contrast", "nested-interactive", "label"]})
    assert found.violations_count == 0, found.generate_report()
