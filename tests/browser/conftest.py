"""Chromium, and the app on free ports: one server for all that only read, one for retraining."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from recognizer import Collection
from recognizer.datasets.mnist import Mnist
from tests.browser.driver import PATIENCE, PHONE, Pad, find_chromium, launch, serve
from tests.browser.jobs import NO_DRAWINGS, end_training
from tests.conftest import SHIPPED, lack

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def launched() -> Iterator[Callable[..., Browser]]:
    """Launch Chromium, with further arguments."""
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            lack("No Chromium: install it, name it in CHROMIUM, or run playwright install chromium")
        yield partial(launch, playwright, str(executable))


@pytest.fixture(scope="session")
def browser(launched: Callable[..., Browser]) -> Iterator[Browser]:
    browser = launched()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with a copy of the shipped models, which no test changes."""
    models = tmp_path_factory.mktemp("app") / "models"
    shutil.copytree(SHIPPED, models, ignore=shutil.ignore_patterns(".*"))
    with serve(MODELS_DIR=str(models)) as address:
        yield address


@pytest.fixture(scope="session")
def errors() -> list[str]:
    """What went wrong in the scripts of any page."""
    return []


@pytest.fixture(scope="session")
def context(browser: Browser, errors: list[str]) -> Iterator[BrowserContext]:
    """One profile for all tests, so that what the pages have in common is loaded once."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    context.on("weberror", lambda event: errors.append(str(event.error)))
    yield context
    context.close()


@pytest.fixture(scope="session")
def tab(context: BrowserContext) -> Page:
    """One tab for all tests: a new one takes a second."""
    return context.new_page()


@pytest.fixture
def page(context: BrowserContext, tab: Page, errors: list[str]) -> Iterator[Page]:
    """The tab, for a visitor of its own; no page may fail in it, or in another one."""
    errors.clear()
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.emulate_media(color_scheme="light")
    yield tab
    for page in context.pages:
        expect(page.get_by_test_id("stException")).to_have_count(0)
        if page != tab:
            page.close()
    tab.goto("about:blank")
    assert not errors


@pytest.fixture
def pad(page: Page, address: str) -> Pad:
    return Pad(page, address)


@pytest.fixture(scope="session")
def retraining_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("retraining") / "models"


@pytest.fixture(scope="session")
def retraining_app(retraining_folder: Path, mnist: Mnist) -> Iterator[str]:
    with serve(MODELS_DIR=str(retraining_folder), **NO_DRAWINGS) as address:
        yield address


@pytest.fixture
def folder(retraining_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of models to train into: two that are shipped, and nothing else."""
    shutil.rmtree(retraining_folder, ignore_errors=True)
    for name in ("robust-cnn", "mlp-baseline"):
        shutil.copytree(SHIPPED / name, retraining_folder / name)
    monkeypatch.setenv("MODELS_DIR", str(retraining_folder))
    yield retraining_folder
    end_training()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page on a phone, held upright."""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture
def kept() -> Collection:
    """The collection of all browser tests, emptied."""
    collection = Collection.open()
    collection.delete_many([drawing.id for drawing in collection.drawings(accepted=False)])
    return collection
