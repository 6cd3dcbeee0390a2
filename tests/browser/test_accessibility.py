"""axe-core on every page, in both themes."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from recognizer.ui.navigation import PAGES
from tests.browser.driver import DIGIT, SETTLED, Pad
from tests.digits import DIGITS
from tests.numbers import on_canvas

SERIOUS = ("serious", "critical")
# Every chart is there, and none still fades in: faded text has less contrast.
STILL = """() => document.getAnimations().every((each) => each.playState === "finished")
    && !document.querySelector("[data-stale=true], [data-testid=stSkeleton]")"""


def violations(page: Page) -> list[str]:
    """What axe-core finds, each with the elements that it is about."""
    page.wait_for_selector(SETTLED)
    page.wait_for_function(STILL)
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {[node['target'] for node in each['nodes']]}"
        for each in found
        if each["impact"] in SERIOUS
    ]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anyone_out(
    page: Page, address: str, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    pad = Pad(page, address)
    pad.draw(DIGITS[5])
    page.wait_for_selector(DIGIT)
    found = {"Draw": violations(page)}
    pad.press("Clear")
    pad.draw(on_canvas("42"))
    pad.wait_for_number("42")
    found["A number"] = violations(page)
    for name, (file, _) in list(PAGES.items())[1:]:
        page.goto(f"{address}/{file.partition('_')[2].removesuffix('.py')}")
        page.get_by_role("heading", name=name, exact=True).wait_for()
        found[name] = violations(page)
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_the_retrain_form_keeps_nobody_out(
    page: Page, address: str, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{address}/Data")
    page.get_by_role("button", name="Retrain").click()
    page.get_by_role("button", name="Start training").wait_for()
    assert violations(page) == []
