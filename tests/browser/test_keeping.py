"""Keeping drawings in Chromium: one press, by mouse and by keyboard, under one name per browser."""

import re

import numpy as np
from playwright.sync_api import Browser, Page, expect

from recognizer import Collection
from recognizer.collection.records import KeptDrawing
from tests.browser.driver import OVERFLOW, PATIENCE, Pad
from tests.digits import DIGITS

SEVEN = [np.array(stroke, dtype=float) for stroke in DIGITS[7]]


def only(collection: Collection) -> KeptDrawing:
    (drawing,) = collection.drawings()
    return drawing


def test_one_press_keeps_a_drawing_and_one_takes_it_back(pad: Pad, kept: Collection) -> None:
    pad.draw(SEVEN)
    pad.page.get_by_role("button", name="1", exact=True).click()
    expect(pad.page.get_by_text("Kept as a 1.")).to_be_visible()
    drawing = only(kept)
    assert (drawing.label, drawing.read_as) == (1, 7)
    assert np.concatenate(drawing.strokes).max() <= 320  # pixels of the canvas
    pad.page.locator(".st-key-undo-keep button").click()
    expect(pad.page.get_by_role("button", name="Correct")).to_be_visible()
    assert kept.drawings() == []


def test_a_key_is_enough(pad: Pad, kept: Collection) -> None:
    for digit, key, words, label in ((7, "3", "a 3", 3), (1, "n", "no digit", None)):
        pad.draw([np.array(stroke, dtype=float) for stroke in DIGITS[digit]])
        expect(pad.page.get_by_role("button", name="Correct")).to_be_visible()
        pad.page.locator("body").press(key)
        expect(pad.page.get_by_text(f"Kept as {words}.")).to_be_visible()
        assert kept.drawings()[-1].label == label
        pad.press("Clear")


def test_a_browser_has_one_name_and_another_browser_another(
    browser: Browser, address: str, kept: Collection
) -> None:
    names = []
    for visits in (2, 1):
        context = browser.new_context()
        context.set_default_timeout(PATIENCE)
        for _ in range(visits):
            pad = Pad(context.new_page(), address)
            pad.draw(SEVEN)
            pad.page.get_by_role("button", name="Correct").click()
            expect(pad.page.get_by_text("Kept as a 7.")).to_be_visible()
            pad.page.wait_for_function("document.cookie.includes('digit-reader=')")
            names.append(kept.drawings()[-1].contributor)
        token = next(c["value"] for c in context.cookies() if c.get("name") == "digit-reader")
        assert token not in names  # what is stored tells nobody the token
        context.close()
    assert names[0] == names[1] != names[2]


def test_the_buttons_fit_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    pad = Pad(page, address)
    pad.draw(SEVEN)
    button = page.get_by_role("button", name="9", exact=True)
    expect(button).to_be_visible()
    box = button.bounding_box()
    assert box
    assert box["width"] >= 36
    assert box["height"] >= 36
    assert page.evaluate(OVERFLOW) == 0
    expect(page.get_by_text(re.compile("Kept as"))).to_have_count(0)
