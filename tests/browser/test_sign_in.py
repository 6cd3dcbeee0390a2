"""The app served to others: who may retrain, with a real OpenID provider."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.driver import PATIENCE, Pad, free_port, serve
from tests.browser.jobs import NO_DRAWINGS, cancel, noted_training
from tests.browser.sign_in import openid_provider, secrets, sign_in
from tests.digits import DIGITS

pytestmark = pytest.mark.slow
HAND = [np.array(stroke, dtype=float) for stroke in DIGITS[5]]


@pytest.fixture
def served(folder: Path, tmp_path: Path) -> Iterator[str]:
    """The app served to others, with Ada and Mallory on the allow-list."""
    port, provider = free_port(), free_port()
    file = tmp_path / "secrets.toml"
    file.write_text(secrets(f"http://localhost:{port}", provider))
    options = (f"--secrets.files={file}", "--server.address=0.0.0.0")
    with (
        openid_provider(provider),
        serve(*options, port=port, MODELS_DIR=str(folder), **NO_DRAWINGS) as address,
    ):
        yield address


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of its own, whose cookies end with the test."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def test_only_users_on_the_allow_list_may_retrain(visitor: BrowserContext, served: str) -> None:
    page = visitor.new_page()
    pad = Pad(page, served)
    pad.draw(HAND)
    pad.wait_for_digit(5)  # anyone may draw
    expect(page.get_by_role("button", name="Retrain")).to_be_disabled()
    expect(page.get_by_text("Sign in to retrain")).to_be_visible()
    page.goto(f"{served}/Training")
    expect(page.get_by_role("button", name="Use this model")).to_be_disabled()

    for who, why in (
        ("bob", "bob@example.org is not on the allow-list"),
        ("mallory", "The address mallory@example.org is not verified"),
    ):
        visitor.clear_cookies()
        page = sign_in(visitor, served, who)
        expect(page.get_by_text(why)).to_be_visible()
        expect(page.get_by_role("button", name="Retrain")).to_be_disabled()

    visitor.clear_cookies()
    page = sign_in(visitor, served, "ada")
    expect(page.get_by_role("button", name="Retrain")).to_be_enabled()
    with noted_training():
        page.goto(f"{served}/Training")
        cancel(page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()  # the provider asks
    expect(page.get_by_role("button", name="Retrain")).to_be_disabled()


def test_without_an_allow_list_nobody_may_retrain(page: Page, folder: Path) -> None:
    with serve("--server.address=0.0.0.0", MODELS_DIR=str(folder)) as address:
        page.goto(address)
        expect(page.get_by_role("button", name="Retrain")).to_be_disabled()
        expect(page.get_by_text("There is no allow-list yet")).to_be_visible()
        page.goto("about:blank")
