"""Digits drawn in Chromium, and read from the page."""

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from recognizer import Drawing, Recognizer
from recognizer.datasets.strokes import StrokeDataset
from recognizer.drawings.rasterize import place
from tests.browser.driver import CANVAS, DIGIT, Pad, serve
from tests.digits import DIGITS

SIDE = 320  # pixels, the canvas on the page
HAND = {
    digit: [np.array(stroke, dtype=float) for stroke in strokes]
    for digit, strokes in DIGITS.items()
}
NOTHING = "Its reading appears here"


def test_the_canvas_is_as_large_as_these_tests_take_it_for(pad: Pad) -> None:
    box = pad.page.locator(CANVAS).bounding_box()
    assert box
    assert (box["width"], box["height"]) == (SIDE, SIDE)


@pytest.mark.parametrize("digit", range(10))
def test_each_digit_is_read(pad: Pad, digit: int) -> None:
    pad.draw(HAND[digit])
    pad.wait_for_digit(digit)
    assert pad.answer()[0] == str(digit)
    assert "sure" in pad.answer()


@pytest.mark.parametrize("size", [0.2, 0.5, 0.95])
@pytest.mark.parametrize("corner", [(0, 0), (1, 1)])
def test_size_and_place_make_no_difference(pad: Pad, size: float, corner: tuple[int, int]) -> None:
    room = (1 - size) / 2 * SIDE - 2
    offset = (2 * np.array(corner) - 1) * room
    pad.draw([stroke + offset for stroke in place(HAND[7], size, SIDE)])
    pad.wait_for_digit(7)


# The style sheet of recognizer/ui/pad.py is in the canvas's shadow root.
TOOLBAR_LETS_THROUGH = """() => [...document.querySelectorAll(".st-key-pad-area *")]
    .flatMap((element) => [...(element.shadowRoot?.adoptedStyleSheets ?? [])])
    .some((sheet) => [...sheet.cssRules].some((rule) => rule.cssText.includes("asleep")))"""


@pytest.mark.parametrize("touch", [False, True])
def test_a_stroke_may_begin_where_the_toolbar_hides(
    browser: Browser, address: str, touch: bool
) -> None:
    context = browser.new_context(has_touch=touch, is_mobile=touch)
    pad = Pad(context.new_page(), address)
    pad.page.wait_for_function(TOOLBAR_LETS_THROUGH)
    pad.page.mouse.move(1, 1)
    pad.draw([[[290, 6], [200, 150], [120, 310]]])
    pad.wait_for_digit(1)
    context.close()


@pytest.mark.parametrize("pen", ["Thin", "Thick"])
def test_the_pen_makes_no_difference(pad: Pad, pen: str) -> None:
    pad.page.get_by_role("radio", name=pen).click()
    pad.settle()
    pad.draw(HAND[5])
    pad.wait_for_digit(5)


def test_the_first_answer_comes_on_a_server_just_started(page: Page) -> None:
    with serve() as address:
        pad = Pad(page, address)
        pad.draw(HAND[3])  # while TensorFlow is still on its way
        pad.wait_for_digit(3)
        page.close()


def test_clear_really_clears_and_undo_brings_back(pad: Pad) -> None:
    pad.draw(HAND[8])
    pad.wait_for_digit(8)
    pad.press("Clear")
    expect(pad.page.get_by_text(NOTHING)).to_be_visible()
    pad.draw(HAND[1])
    pad.wait_for_digit(1)  # nothing of the 8 is left
    pad.press("Clear")
    expect(pad.page.get_by_text(NOTHING)).to_be_visible()
    pad.press("Undo")
    pad.wait_for_digit(1)


def test_undo_takes_back_the_last_stroke(pad: Pad) -> None:
    pad.draw(HAND[1])
    pad.wait_for_digit(1)
    pad.draw([[[60, 60], [260, 60]], [[60, 240], [260, 240]], [[60, 60], [60, 240]]])
    for _ in range(3):
        pad.press("Undo")
    pad.wait_for_digit(1)
    pad.press("Undo")
    expect(pad.page.get_by_text(NOTHING)).to_be_visible()
    expect(pad.button("Undo")).to_be_disabled()


def test_a_click_is_a_dot(pad: Pad) -> None:
    pad.draw([[[100, 100]]])
    expect(pad.page.get_by_text("only a dot")).to_be_visible()


def test_a_scribble_is_no_digit_and_gets_no_number(pad: Pad) -> None:
    scribble = [[60 + 10 * step, 70 if step % 2 else 250] for step in range(21)]
    pad.draw([scribble, [[y, x] for x, y in scribble]])
    expect(pad.page.get_by_text("does not look like a digit")).to_be_visible()
    assert pad.answer()[0] == "?"
    assert "sure" not in pad.answer()
    pad.press("Clear")
    pad.draw(HAND[3])
    pad.wait_for_digit(3)


def test_the_steps_are_one_click_away(pad: Pad) -> None:
    pad.draw(HAND[2])
    pad.wait_for_digit(2)
    pad.page.get_by_text("From drawing to image").click()
    expect(pad.page.get_by_text("Fitted to 20×20")).to_be_visible()
    images = pad.page.locator("img")
    expect(images).to_have_count(4)
    assert all(image.get_attribute("alt") for image in images.all())
    pad.press("Clear")
    pad.draw(HAND[6])
    pad.wait_for_digit(6)
    expect(pad.page.get_by_text("Fitted to 20×20")).to_be_visible()  # stays open


def test_another_model_reads_what_is_already_drawn(pad: Pad) -> None:
    pad.draw(HAND[9])
    pad.wait_for_digit(9)
    expect(pad.page.get_by_text("robust-cnn reads 99.")).to_be_visible()
    expect(pad.page.get_by_role("combobox", name="Model")).to_have_value("Active model")
    pad.page.get_by_role("combobox", name="Model").click()
    pad.page.get_by_role("option", name="mlp-baseline", exact=False).last.click()
    pad.settle()
    pad.wait_for_digit(9)
    expect(pad.page.get_by_text("'damaged' is damaged")).to_be_visible()


def test_what_the_toolbar_turned_is_read_turned(pad: Pad) -> None:
    """A 6 turned upside down with the canvas's own edit tool is a 9."""
    pad.draw(HAND[6])
    pad.wait_for_digit(6)
    pad.page.locator(CANVAS).hover()
    pad.page.locator("button[title*=dit], button[aria-label*=dit]").first.click()
    box = pad.page.locator(CANVAS).bounding_box()
    assert box
    points = np.concatenate(HAND[6])
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (low + high) / 2 + (box["x"], box["y"])
    mouse = pad.page.mouse
    mouse.click(points[3][0] + box["x"], points[3][1] + box["y"])  # select the stroke
    mouse.move(x, low[1] + box["y"] - 10 - 40)  # Fabric's handle: 40 px above the object
    mouse.down()
    for angle in np.linspace(0, np.pi, 20):
        mouse.move(x + 130 * np.sin(angle), y - 130 * np.cos(angle))
    mouse.up()
    pad.wait_for_digit(9)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_answer_without_sideways_scrolling(
    browser: Browser, address: str, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    pad = Pad(context.new_page(), address)
    pad.draw(HAND[4])
    pad.wait_for_digit(4)
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert pad.page.evaluate(overflow) == 0
    expect(pad.page.locator(DIGIT)).to_be_in_viewport()
    context.close()


def test_buttons_can_be_used_from_the_keyboard(pad: Pad) -> None:
    pad.draw(HAND[7])
    pad.wait_for_digit(7)
    pad.button("Clear").focus()
    pad.page.keyboard.press("Enter")
    expect(pad.page.get_by_text(NOTHING)).to_be_visible()


def test_pen_drawings_are_read_as_the_contract_reads_them(
    pad: Pad, pen_digits: StrokeDataset, recognizer: Recognizer
) -> None:
    """Drawings by many writers, at three sizes: mouse, canvas and page change no reading."""
    chosen = np.flatnonzero(pen_digits.institutions == "syn")[::150]
    right = []
    for number, index in enumerate(chosen):
        size = (0.3, 0.6, 0.9)[number % 3]
        strokes = [np.rint(s) for s in place(pen_digits.strokes(int(index)), size, SIDE)]
        reading = recognizer.read(Drawing.from_strokes(strokes))
        right.append(reading.digit == pen_digits.labels[index])
        if reading.confidence < 0.9:
            continue  # a rounded point may tip it
        assert reading.digit is not None
        pad.draw(strokes)
        pad.wait_for_digit(reading.digit)
        pad.press("Clear")
        expect(pad.page.get_by_text(NOTHING)).to_be_visible()
    assert len(right) > 25
    assert np.mean(right) > 0.9
