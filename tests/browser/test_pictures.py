"""The Pictures page in Chromium: files chosen, photographs taken, numbers copied and saved."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.browser.driver import OVERFLOW, PATIENCE, SETTLED
from tests.browser.test_accessibility import violations
from tests.picture_files import digit, encoded, turned

FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
NAME = "<b>*nine*</b> [a](b) www.example.com.JPG"


def file(name: str, content: bytes, kind: str = "png") -> FilePayload:
    return {"name": name, "mimeType": f"image/{kind}", "buffer": content}


SEVEN = file("seven.png", encoded(digit(7)))
NINE = file(NAME, encoded(np.rot90(digit(9)), "JPEG", exif=turned(6)), "jpeg")
BROKEN = file("broken.webp", encoded(digit(3), "WEBP")[:-99], "webp")
PAPER = file("paper.png", encoded(np.full((300, 400), 255, np.uint8)))


def open_page(page: Page, address: str) -> None:
    page.goto(f"{address}/Pictures")
    page.wait_for_selector(SETTLED)


def upload(page: Page, *files: FilePayload) -> None:
    page.locator("input[type=file]").set_input_files(list(files))
    expect(sections(page)).to_have_count(len(files))
    page.wait_for_selector(SETTLED)


def sections(page: Page) -> Locator:
    """What is shown of each picture."""
    return page.locator("[class*=st-key-picture-]")


def text_of(section: Locator) -> Locator:
    """The numbers that can be copied."""
    return section.get_by_test_id("stCode").locator("code")


def is_whole(image: Locator) -> None:
    """Whether an image has been fetched and is not wider than its place."""
    expect(image).to_be_visible()
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => image.naturalWidth") >= 300


def test_files_are_read_in_their_order_beside_a_broken_one(page: Page, address: str) -> None:
    open_page(page, address)
    upload(page, SEVEN, BROKEN, NINE, PAPER)
    headings = sections(page).get_by_role("heading", level=2)
    expect(headings).to_have_text(["seven.png", "broken.webp", NAME, "paper.png"])
    expect(sections(page).locator("a")).to_have_count(0)
    expect(text_of(sections(page))).to_have_text(["7", "9"])
    for number in (0, 2, 3):
        is_whole(sections(page).nth(number).get_by_role("img").first)
    expect(sections(page).nth(1).get_by_test_id("stAlert")).to_contain_text("broken or incomplete")
    expect(sections(page).nth(3).get_by_test_id("stAlert")).to_contain_text("No digits found")


def test_numbers_are_copied_and_saved(page: Page, address: str) -> None:
    open_page(page, address)
    upload(page, SEVEN, NINE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text_of(sections(page).nth(1)).hover()
    sections(page).nth(1).get_by_role("button", name="Copy to clipboard").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text === '9')")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download as CSV (2 numbers of 2 pictures)").click()
    rows = pd.read_csv(Path(saved.value.path()), dtype={"number": str})
    assert list(rows["number"]) == ["7", "9"]
    assert list(rows["file"]) == ["seven.png", NAME]
    assert rows["height"].between(100, 280).all()  # pixels of the upright picture
    assert (rows["width"] < rows["height"]).all()


def test_a_removed_picture_is_gone_and_the_others_stay(page: Page, address: str) -> None:
    open_page(page, address)
    upload(page, SEVEN, NINE)
    page.get_by_role("button", name="Remove seven.png").click()
    expect(sections(page)).to_have_count(1)
    expect(text_of(sections(page))).to_have_text(["9"])


def test_the_steps_are_shown_on_demand(page: Page, address: str) -> None:
    open_page(page, address)
    upload(page, SEVEN)
    expect(sections(page).get_by_role("img")).to_have_count(1)
    page.get_by_text("How the picture is prepared").click()
    expect(page.get_by_text("The ink that was found")).to_be_visible()
    for image in sections(page).get_by_role("img").all():
        assert image.get_attribute("alt")


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_pictures_keep_nobody_out_and_fit_a_phone(
    page: Page, address: str, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    open_page(page, address)
    upload(page, NINE, BROKEN, PAPER)
    page.wait_for_function(f"{OVERFLOW} === 0")
    image = sections(page).get_by_role("img").first
    is_whole(image)
    assert (box := image.bounding_box())
    assert 250 < box["width"] <= 390
    assert violations(page) == []


@pytest.fixture
def camera(launched: Callable[..., Browser]) -> Iterator[Page]:
    """A tab of a browser whose camera shows a green disc."""
    browser = launched(*FAKE_CAMERA)
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    browser.close()


@pytest.mark.slow
def test_a_photograph_is_read_only_after_the_camera_was_asked_for(
    camera: Page, address: str
) -> None:
    open_page(camera, address)
    expect(camera.locator("video")).to_have_count(0)
    camera.get_by_text("Use the camera").click()
    expect(camera.locator("video")).to_be_visible()
    camera.wait_for_function("document.querySelector('video').videoWidth > 0")
    camera.get_by_role("button", name="Take Photo").click()
    photograph = sections(camera)
    expect(photograph.get_by_role("heading")).to_have_text("Photograph")
    is_whole(photograph.get_by_role("img").first)  # whatever is read in it
    camera.locator("input[type=file]").set_input_files([SEVEN])
    expect(photograph.get_by_role("heading", level=2)).to_have_text(["Photograph", "seven.png"])
    camera.get_by_text("Use the camera").click()
    expect(sections(camera)).to_have_count(1)
    expect(camera.get_by_test_id("stException")).to_have_count(0)
