"""The app served to others: who may retrain, with a real OpenID provider."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.driver import PATIENCE, Pad, free_port, serve, wait_until_answers
from tests.browser.jobs import NO_DRAWINGS, cancel, noted_training
from tests.digits import DIGITS

pytestmark = pytest.mark.slow
HAND = [np.array(stroke, dtype=float) for stroke in DIGITS[5]]


@pytest.fixture
def served(folder: Path, tmp_path: Path) -> Iterator[str]:
    """The app served to others, with Ada and Mallory on the allow-list."""
    port, provider = free_port(), free_port()
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(
        f"""
[retraining]
allowed = ["Ada@example.org", "mallory@example.org"]

[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "not a secret, in a test"
client_id = "digits"
client_secret = "not a secret either"
server_metadata_url = "http://localhost:{provider}/.well-known/openid-configuration"
"""
    )
    options = (f"--secrets.files={secrets}", "--server.address=0.0.0.0")
    with (
        openid_provider(provider),
        serve(*options, port=port, MODELS_DIR=str(folder), **NO_DRAWINGS) as address,
    ):
        yield address


@contextmanager
def openid_provider(port: int) -> Iterator[None]:
    """A provider that believes everyone; Mallory's address is not verified."""
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", f"--port={port}"]
    for name in ("ada", "bob", "mallory"):
        verified = name != "mallory"
        claims = {"sub": name, "email": f"{name}@example.org", "email_verified": verified}
        command.append(f"--user-claims={json.dumps(claims)}")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_answers(f"http://localhost:{port}/.well-known/openid-configuration")
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of its own, whose cookies end with the test."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def sign_in(context: BrowserContext, address: str, who: str) -> Page:
    context.clear_cookies()
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=who).click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page


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
        page = sign_in(visitor, served, who)
        expect(page.get_by_text(why)).to_be_visible()
        expect(page.get_by_role("button", name="Retrain")).to_be_disabled()

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
