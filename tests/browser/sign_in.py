"""Signing in, with a real OpenID provider."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, Page

from tests.browser.driver import wait_until_answers


def secrets(address: str, provider: int) -> str:
    """A secrets.toml for an app at this address, with Ada and Mallory on the allow-list."""
    return f"""
[retraining]
allowed = ["Ada@example.org", "mallory@example.org"]

[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "not a secret, in a test"
client_id = "digits"
client_secret = "not a secret either"
server_metadata_url = "http://localhost:{provider}/.well-known/openid-configuration"
"""


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


def sign_in(context: BrowserContext, address: str, who: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=who).click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page
