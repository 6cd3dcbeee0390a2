"""What can be done with the canvas: undo, redo, leave the page and come back."""

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from recognizer.models import registry
from tests.browser.driver import CANVAS, PATIENCE, SETTLED, Pad
from tests.digits import DIGITS

NOTHING = "Its reading appears here"
# In the upper right corner, where the canvas's own toolbar was.
CORNER = [[690, 8], [584, 150], [504, 310]]


# Milliseconds from each lift of the pen to the next message to the server.
TIME_MESSAGES = """() => {
    window.held = [];
    let lifted = 0;
    addEventListener("pointerup", () => { lifted = performance.now(); }, { capture: true });
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (...message) {
        if (lifted) window.held.push(performance.now() - lifted);
        lifted = 0;
        return send.apply(this, message);
    };
}"""
HELD_BACK = 200  # milliseconds, by the canvas itself

SEND = "[aria-label='Update the app with this drawing']"

# How many of the strokes of `bars` the browser itself shows.
STROKES = """() => {
    const [canvas] = [...document.querySelectorAll(".st-key-pad-area *")]
        .map((each) => each.shadowRoot?.querySelector(".dc-canvas.lower-canvas")).filter(Boolean);
    if (!canvas) return -1;
    const { width, height } = canvas;
    const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    const isInk = (y) => pixels[4 * (y * width + 160)] < 128;
    return [...Array(height).keys()].filter((y) => isInk(y) && !isInk(y - 1)).length;
}"""


def wait_for_strokes(page: Page, count: int) -> None:
    page.wait_for_function(f"count => ({STROKES})() === count", arg=count)


def bars(count: int) -> list[list[list[int]]]:
    """Horizontal strokes, one below the other."""
    return [[[60, 20 + 40 * number], [260, 20 + 40 * number]] for number in range(count)]


def go_to(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    page.wait_for_selector(SETTLED)


def test_no_toolbar_is_in_the_way(pad: Pad) -> None:
    pad.settle()
    box = pad.page.locator(CANVAS).bounding_box()
    assert box
    pad.page.mouse.move(box["x"] + 690, box["y"] + 4)
    expect(pad.page.locator(".dc-toolbar")).to_have_count(1)
    expect(pad.page.locator(".dc-toolbar")).to_be_hidden()
    pad.draw([CORNER])
    pad.wait_for_digit(1)


def test_six_quick_presses_take_back_six_strokes(pad: Pad) -> None:
    pad.draw(bars(7))
    expect(pad.button("Undo")).to_be_enabled()
    pad.settle()
    wait_for_strokes(pad.page, 7)
    for left in (1, 7):
        name = "Undo" if left == 1 else "Redo"
        box = pad.button(name).bounding_box()
        assert box
        pad.page.mouse.click(
            box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, click_count=6, delay=40
        )
        wait_for_strokes(pad.page, left)


def test_the_keyboard_undoes_and_redoes(pad: Pad) -> None:
    pad.draw(DIGITS[4])
    pad.wait_for_digit(4)
    pad.page.keyboard.press("Control+z")
    expect(pad.button("Redo")).to_be_enabled()
    pad.page.keyboard.press("Control+z")
    expect(pad.page.get_by_text(NOTHING)).to_be_visible()
    for _ in range(2):
        expect(pad.button("Redo")).to_be_enabled()
        pad.page.keyboard.press("Control+Shift+z")
    pad.wait_for_digit(4)


@pytest.mark.slow
def test_the_drawing_and_the_pen_survive_other_pages(pad: Pad) -> None:
    """Every page is visited three times: what runs there must be able to run again."""
    pad.choose_pen("Thick")
    pad.draw(DIGITS[7])
    pad.wait_for_digit(7)
    for _ in range(3):
        for name in ("Confusion matrix", "Misclassified", "Training"):
            go_to(pad.page, name)
            expect(pad.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        go_to(pad.page, "Draw")
        pad.wait_for_digit(7)
        expect(pad.page.get_by_role("radio", name="Thick")).to_be_checked()
        expect(pad.page.locator(".dc-toolbar")).to_be_hidden()
    pad.draw([[[40, 300], [60, 300]]])
    pad.settle()
    pad.press("Undo")
    pad.wait_for_digit(7)
    pad.press("Undo")
    expect(pad.page.get_by_text(NOTHING)).to_be_visible()


def test_a_phone_closes_the_sidebar_when_a_page_is_chosen(phone: Page, address: str) -> None:
    page = Pad(phone, address).page
    sidebar = page.get_by_test_id("stSidebar")
    for name in ("Data", "Models", "Data"):
        page.get_by_test_id("stExpandSidebarButton").tap()
        sidebar.get_by_role("link", name=name, exact=True).tap()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        expect(sidebar).to_have_attribute("data-collapsed", "true")


def test_an_example_is_read_and_can_be_undone(pad: Pad) -> None:
    pad.settle()
    pad.page.get_by_role("button", name="Surprise me").click()
    digit = pad.page.get_by_text("What the network sees")
    number = pad.page.get_by_role("radiogroup", name="The digits, as the network sees them")
    expect(digit.or_(number)).to_be_visible()
    pad.press("Undo")
    expect(pad.page.get_by_text(NOTHING)).to_be_visible()


def test_the_drawing_can_be_taken_along(pad: Pad) -> None:
    pad.draw(DIGITS[2])
    pad.wait_for_digit(2)
    pad.page.get_by_role("button", name="Download", exact=True).click()
    for name, side in (("Drawing (PNG)", 320), ("28×28 image (PNG)", 28)):
        with pad.page.expect_download() as download:
            pad.page.get_by_role("button", name=name).click()
        data = np.frombuffer(download.value.path().read_bytes(), dtype=np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        assert image is not None
        assert image.shape == (side, side)
        assert 0.02 < np.mean((image > 127) == (side == 28)) < 0.3  # the share of ink


def test_a_heat_map_shows_why_a_drawing_was_read_so(pad: Pad) -> None:
    pad.page.get_by_text("Why this reading").click()
    expect(pad.page.get_by_text("Nothing is drawn yet")).to_be_visible()
    pad.draw(DIGITS[5])
    expect(pad.page.get_by_text("Blue supports 5")).to_be_visible()
    expect(pad.page.get_by_role("img", name="Heat map")).to_be_visible()


def test_every_model_reads_on_demand(pad: Pad) -> None:
    pad.draw(DIGITS[3])
    pad.wait_for_digit(3)
    pad.page.get_by_text("What every model reads").click()
    rows = pad.page.get_by_test_id("stTable").get_by_role("row")
    expect(rows).to_have_count(1 + len(registry.complete_models()))
    expect(rows.filter(has_text="robust-cnn (active)")).to_contain_text("3")
    expect(rows.filter(has_text="mlp-baseline")).to_contain_text("sure")


def test_a_stroke_is_sent_when_the_pen_lifts(pad: Pad) -> None:
    pad.settle()
    pad.page.evaluate(TIME_MESSAGES)
    for number, bar in enumerate(bars(6), start=1):
        pad.draw([bar])
        wait_for_strokes(pad.page, number)
    held = pad.page.evaluate("window.held")
    assert len(held) == 6  # one message for each stroke
    assert min(held) < HELD_BACK / 2  # the machine may be busy


def test_without_the_button_a_drawing_is_sent_by_the_canvas_itself(pad: Pad) -> None:
    pad.settle()
    pad.page.locator(SEND).evaluate("button => button.remove()")
    pad.draw(DIGITS[7])
    pad.wait_for_digit(7)


def test_what_was_cleared_can_be_drawn_again_just_so(pad: Pad) -> None:
    for _ in range(3):
        pad.draw(DIGITS[3])
        pad.wait_for_digit(3)
        pad.press("Clear")
        expect(pad.page.get_by_text(NOTHING)).to_be_visible()


def test_every_stroke_of_a_finger_is_read(browser: Browser, address: str) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE)
    pad = Pad(context.new_page(), address)
    pad.settle()
    box = pad.page.locator(CANVAS).bounding_box()
    assert box
    finger = context.new_cdp_session(pad.page)
    for number, bar in enumerate(bars(4), start=1):
        points = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in bar]
        finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points[1:]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        wait_for_strokes(pad.page, number)
    for left in (3, 2, 1):  # all four have arrived
        pad.press("Undo")
        wait_for_strokes(pad.page, left)
    context.close()
