"""The app on a free port, and Chromium to use it with."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.driver import Pad, find_chromium, launch, serve
from tests.conftest import SHIPPED, lack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            lack("No Chromium: install it, name it in CHROMIUM, or run playwright install chromium")
        browser = launch(playwright, str(executable))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with a folder of models of its own: the shipped ones, and one that is damaged."""
    models = tmp_path_factory.mktemp("app") / "models"
    for name in ("robust-cnn", "mlp-baseline"):
        shutil.copytree(SHIPPED / name, models / name)
    (models / "damaged").mkdir()
    with serve(MODELS_DIR=str(models)) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


@pytest.fixture
def pad(page: Page, address: str) -> Pad:
    return Pad(page, address)
