"""Digits drawn in Chromium, and read from the page."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from recognizer import Drawing, Recognizer
from recognizer.datasets.strokes import StrokeDataset
from recognizer.drawings.rasterize import place
from tests.browser.driver import CANVAS, CHART, DIGIT, OVERFLOW, Pad, choose, serve
from tests.digits import DIGITS

SIDE = 320  # pixels, the height of the canvas on the page
HAND = {
    digit: [np.array(stroke, dtype=float) for stroke in strokes]
    for digit, strokes in DIGITS.items()
}
NOTHING = "Its reading appears here"


def clear(pad: Pad) -> None:
    pad.press("Clear")
    expect(pad.page.get_by_text(NOTHING)).to_be_visible()


def test_each_digit_is_read(pad: Pad) -> None:
    box = pad.page.locator(CANVAS).bounding_box()
    assert box
    assert (box["width"], box["height"]) == (704, SIDE)
    for digit in range(10):
        pad.draw(HAND[digit])
        pad.wait_for_digit(digit)
        expect(pad.answer).to_contain_text("% sure")
        clear(pad)


def test_place_size_and_pen_change_no_reading(pad: Pad) -> None:
    for pen, size, corner in (("Thin", 0.95, 1), ("Thick", 0.5, 1), ("Medium", 0.2, 0)):
        pad.choose_pen(pen)
        offset = (2 * corner - 1) * ((1 - size) / 2 * SIDE - 2)
        pad.draw([stroke + offset for stroke in place(HAND[7], size, SIDE)])
        pad.wait_for_digit(7)
        clear(pad)


def test_a_phone_shows_the_answer_without_scrolling(phone: Page, address: str) -> None:
    pad = Pad(phone, address)
    pad.draw(HAND[4])
    pad.wait_for_digit(4)
    for scheme in ("light", "dark"):
        pad.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        pad.settle()
        pad.page.wait_for_function(f"{OVERFLOW} === 0")
        expect(pad.page.locator(DIGIT)).to_be_in_viewport(ratio=1)
        expect(pad.page.locator(CHART)).to_be_in_viewport(ratio=1)


@pytest.mark.slow
def test_where_keras_has_to_read_the_first_answer_waits_for_it(
    page: Page, keras_copy: Path
) -> None:
    with serve(MODELS_DIR=str(keras_copy.parent)) as address:
        pad = Pad(page, address)
        pad.draw(HAND[3])
        pad.wait_for_digit(3)
        page.goto("about:blank")


def test_what_is_drawn_cleared_and_undone_is_what_is_read(pad: Pad) -> None:
    pad.draw([[[100, 100]]])
    expect(pad.page.get_by_text("only a dot")).to_be_visible()
    pad.press("Undo")
    expect(pad.page.get_by_text(NOTHING)).to_be_visible()
    expect(pad.button("Undo")).to_be_disabled()
    turns = [[60 + 10 * step, 70 if step % 2 else 250] for step in range(21)]
    # With points between the turns, as a hand makes them: the canvas rounds off what has none.
    scribble = np.concatenate([np.linspace(*each, 6, endpoint=False) for each in pairwise(turns)])
    pad.draw([scribble, scribble[:, ::-1]])
    expect(pad.page.get_by_text("does not look like a")).to_be_visible()
    expect(pad.page.locator(DIGIT)).to_have_text("?")
    expect(pad.answer).not_to_contain_text("sure")
    clear(pad)
    pad.draw(HAND[8])
    pad.wait_for_digit(8)
    clear(pad)
    pad.draw(HAND[1])
    pad.wait_for_digit(1)  # nothing of the 8 is left
    pad.press("Clear", keyboard=True)
    expect(pad.page.get_by_text(NOTHING)).to_be_visible()
    pad.press("Undo")
    pad.wait_for_digit(1)
    pad.draw([[[60, 60], [260, 60]], [[60, 240], [260, 240]]])
    pad.press("Undo")
    pad.press("Undo")
    pad.wait_for_digit(1)


def test_the_steps_are_shown_on_demand_and_another_model_reads_the_drawing(pad: Pad) -> None:
    pad.draw(HAND[9])
    pad.wait_for_digit(9)
    pad.page.get_by_text("How your drawing is prepared").click()
    expect(pad.page.get_by_text("Scaled to 20×20, the pen 2 px thick")).to_be_visible()
    images = pad.page.locator("img")
    expect(images).to_have_count(4)
    assert all(image.get_attribute("alt") for image in images.all())

    expect(pad.page.get_by_text("robust-cnn: 99.")).to_be_visible()
    box = pad.page.get_by_role("combobox", name="Model")
    expect(box).to_have_value("robust-cnn (active)")
    choose(box, "mlp-baseline")
    expect(pad.page.get_by_text("mlp-baseline: 97.")).to_be_visible()
    pad.settle()
    pad.wait_for_digit(9)
    expect(pad.page.get_by_text("Scaled to 20×20")).to_be_visible()  # stays open


@pytest.mark.parametrize("every", [1500, pytest.param(300, marks=pytest.mark.slow)])
def test_the_page_reads_drawings_as_the_recognizer_does(
    pad: Pad, pen_digits: StrokeDataset, recognizer: Recognizer, every: int
) -> None:
    """Drawings by many writers, at three sizes: mouse, canvas and page change no reading."""
    chosen = np.flatnonzero(pen_digits.institutions == "syn")[::every]
    correct = []
    for number, index in enumerate(chosen):
        size = (0.3, 0.6, 0.9)[number % 3]
        strokes = [np.rint(s) for s in place(pen_digits.strokes(int(index)), size, SIDE)]
        reading = recognizer.read(Drawing.from_strokes(strokes))
        correct.append(reading.digit == pen_digits.labels[index])
        if reading.confidence < 0.9:
            continue  # a rounded point may change it
        assert reading.digit is not None
        pad.draw(strokes)
        pad.wait_for_digit(reading.digit)
        clear(pad)
    assert len(correct) > 3000 / every
    assert np.mean(correct) > 0.9
