"""Numbers of several digits in Chromium: drawn, read, corrected; on a phone, and turned."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from recognizer import Collection
from tests.browser.driver import CANVAS, DIGIT, OVERFLOW, PATIENCE, PHONE, SETTLED, Pad
from tests.digits import DIGITS
from tests.numbers import on_canvas

BOX = ".digit-box"
PORTRAIT, LANDSCAPE = (PHONE["width"], PHONE["height"]), (740, 390)  # a phone; pixels
WIDTH = "document.querySelector('.st-key-pad-area').clientWidth"
# The canvas is in a shadow root.
RECT = """[...document.querySelectorAll(".st-key-pad-area *")]
    .map((each) => each.shadowRoot?.querySelector("canvas.upper-canvas")).find(Boolean)
    .getBoundingClientRect()"""


def resize(page: Page, size: tuple[int, int]) -> None:
    """Change the window, as turning a phone does; return when the canvas has its new size."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    fits = f"{WIDTH} === Math.round({RECT}.width)"
    page.wait_for_function(fits)
    page.wait_for_selector(SETTLED)
    page.wait_for_function(fits)


def tile(pad: Pad, at: int) -> Locator:
    return pad.page.locator(".st-key-digit").get_by_role("radio").nth(at)


def test_each_digit_has_a_box_until_the_next_stroke_begins(pad: Pad) -> None:
    pad.draw(on_canvas("42"))
    pad.wait_for_number("42")
    expect(pad.answer).to_contain_text("% sure")
    expect(pad.page.locator(BOX)).to_have_count(2)
    expect(pad.page.locator(f"{BOX}.least")).to_have_count(1)
    canvas, box = pad.page.locator(CANVAS).bounding_box(), pad.page.locator(BOX).nth(1)
    around = box.bounding_box()
    assert canvas
    assert around
    xs, ys = zip(*(point for stroke in on_canvas("42")[2:] for point in stroke), strict=True)
    edges = around["x"] - canvas["x"], around["y"] - canvas["y"]
    assert edges == pytest.approx((min(xs) - 13, min(ys) - 13), abs=4)
    assert around["width"] == pytest.approx(max(xs) - min(xs) + 26, abs=8)

    middle = around["x"] + around["width"] / 2, around["y"] + around["height"] / 2
    pad.page.mouse.move(*middle)
    pad.page.mouse.down()  # nothing is in the way of the pen
    expect(pad.page.locator(BOX)).to_have_count(0)
    pad.page.mouse.up()
    expect(pad.page.locator(BOX)).to_have_count(2)
    pad.press("Undo")
    pad.wait_for_number("42")
    pad.press("Clear")
    expect(pad.page.locator(BOX)).to_have_count(0)


def test_one_digit_has_no_box(pad: Pad) -> None:
    pad.draw(DIGITS[4])
    pad.wait_for_digit(4)
    pad.settle()
    expect(pad.page.locator(BOX)).to_have_count(0)
    expect(pad.page.get_by_text("What the network sees")).to_be_visible()
    expect(pad.page.locator(".st-key-digit")).to_have_count(0)


def test_one_digit_is_corrected_and_the_rest_confirmed(pad: Pad, kept: Collection) -> None:
    pad.draw(on_canvas("42"))
    pad.wait_for_number("42")
    for at in (0, 1):  # one of them is chosen at first
        tile(pad, at).click()
        expect(tile(pad, at)).to_be_checked()
        expect(pad.page.get_by_text(f"The {('1st', '2nd')[at]} digit", exact=True)).to_be_visible()
        expect(pad.page.locator(f"{BOX}.chosen")).to_have_count(1)
    pad.page.locator("body").press("7")
    expect(pad.page.get_by_text("The 2nd digit is kept as a 7.")).to_be_visible()
    expect(tile(pad, 1)).to_be_checked()
    pad.page.locator("body").press("y")
    expect(pad.page.get_by_text("Kept, each by itself: 4 7.")).to_be_visible()
    assert sorted((each.read_as, each.label) for each in kept.drawings()) == [(2, 7), (4, 4)]
    tile(pad, 0).click()
    pad.page.get_by_role("button", name="Undo the 1st").click()
    expect(pad.page.get_by_role("button", name="Correct")).to_be_visible()
    assert [each.label for each in kept.drawings()] == [7]


def test_a_number_is_drawn_and_corrected_on_a_phone(
    phone: Page, address: str, kept: Collection
) -> None:
    pad = Pad(phone, address)
    resize(phone, PORTRAIT)
    pad.touch(on_canvas("42"))
    pad.wait_for_number("42")
    pad.settle()
    assert phone.evaluate(OVERFLOW) == 0
    phone.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    for part in (phone.locator(DIGIT), tile(pad, 0), tile(pad, 1)):
        expect(part).to_be_in_viewport(ratio=1)
    tile(pad, 1).tap()
    phone.get_by_role("button", name="3", exact=True).tap()
    expect(phone.get_by_text("The 2nd digit is kept as a 3.")).to_be_visible()
    assert [each.label for each in kept.drawings()] == [3]


@pytest.mark.slow
def test_ten_digits_fit_a_phone(phone: Page, address: str) -> None:
    pad = Pad(phone, address)
    resize(phone, (320, 640))
    pad.choose_pen("Thin")
    pad.draw(on_canvas("1234567890", 30, 12))
    pad.wait_for_number("1234567890")
    assert phone.evaluate(OVERFLOW) == 0
    boxes = [tile(pad, at).bounding_box() for at in range(10)]
    assert all(box and box["x"] + box["width"] <= 320 and box["width"] >= 44 for box in boxes)


def test_the_canvas_is_as_wide_as_the_page_allows(page: Page, address: str) -> None:
    pad = Pad(page, address)
    for size, width in (((1280, 900), 704), ((1920, 1000), 704), ((390, 844), 358)):
        resize(page, size)
        box = page.locator(CANVAS).bounding_box()
        assert box
        assert (round(box["width"]), round(box["height"])) == (width, 320)
    pad.draw([[[340, 60], [340, 250]]])  # at the very edge
    pad.wait_for_digit(1)
    resize(page, (320, 640))
    pad.wait_for_digit(1)
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize("size", [(390, 844), (320, 640), (844, 390)])
def test_a_small_window_has_a_canvas_of_its_width_from_the_start(
    browser: Browser, address: str, size: tuple[int, int]
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(PATIENCE)
    pad = Pad(context.new_page(), address)
    pad.page.wait_for_function(f"Math.round({RECT}.width) === {WIDTH}")
    assert pad.page.evaluate(OVERFLOW) == 0
    pad.draw([[[x - 60, y] for x, y in stroke] for stroke in DIGITS[3]])
    pad.wait_for_digit(3)
    context.close()


def test_a_drawing_is_still_there_when_a_phone_is_turned(phone: Page, address: str) -> None:
    pad = Pad(phone, address)
    resize(phone, PORTRAIT)
    pad.draw(DIGITS[4])
    pad.wait_for_digit(4)
    resize(phone, LANDSCAPE)
    right = 440
    pad.draw([[(x + right - 140, y) for x, y in stroke] for stroke in DIGITS[2]])
    pad.wait_for_number("42")
    resize(phone, PORTRAIT)
    pad.wait_for_number("42")
    expect(phone.locator(BOX)).to_have_count(2)
    canvas, last = phone.locator(CANVAS).bounding_box(), phone.locator(BOX).nth(1).bounding_box()
    assert canvas
    assert last
    assert last["x"] + last["width"] <= canvas["x"] + canvas["width"] + 1  # all of it is seen
    assert phone.evaluate(OVERFLOW) == 0
    resize(phone, LANDSCAPE)
    for left in ("42", "4"):
        pad.wait_for_number(left)
        pad.press("Undo")
    resize(phone, PORTRAIT)
    box = phone.locator(CANVAS).bounding_box()
    assert box
    assert round(box["height"]) == 320  # nothing wide is left


def test_a_stroke_meets_the_finger_where_the_canvas_is_smaller(phone: Page, address: str) -> None:
    pad = Pad(phone, address)
    resize(phone, LANDSCAPE)
    pad.draw([[(x + 420, y) for x, y in stroke] for stroke in DIGITS[2]])
    pad.wait_for_digit(2)
    resize(phone, PORTRAIT)
    pad.touch([[(40, 30), (40, 90), (40, 130)]])
    pad.wait_for_number("12")
    canvas, first = phone.locator(CANVAS).bounding_box(), phone.locator(BOX).nth(0).bounding_box()
    assert canvas
    assert first
    assert first["x"] + first["width"] / 2 - canvas["x"] == pytest.approx(40, abs=4)
    assert first["y"] - canvas["y"] == pytest.approx(23, abs=8)


@pytest.mark.slow
def test_the_width_and_a_number_survive_other_pages(phone: Page, address: str) -> None:
    pad = Pad(phone, address)
    resize(phone, PORTRAIT)
    pad.draw(on_canvas("42", 110))
    pad.wait_for_number("42")
    for name in ("Data", "Draw"):
        phone.get_by_test_id("stExpandSidebarButton").tap()
        phone.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).tap()
        phone.wait_for_selector(SETTLED)
    pad.wait_for_number("42")
    expect(phone.locator(BOX)).to_have_count(2)
    box = phone.locator(CANVAS).bounding_box()
    assert box
    assert round(box["width"]) == 358
