"""What a model folder says is only text in a browser: no link, no picture, no script."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.driver import SETTLED, serve
from tests.conftest import SHIPPED

ADDRESS = "https://evil.example/x.png"
TEXT = f"[a]({ADDRESS}) ![b]({ADDRESS}) <img src={ADDRESS}> {ADDRESS} www.evil.example"
SHORT = TEXT[:100]  # of a name; the last of its parts is cut off
PAGES = ["", "Numbers", "Training_curves", "Confidence", "Models", "Training"]
FOUND = """() => [...document.querySelectorAll("[href], [src]")]
    .map(each => each.getAttribute("href") || each.getAttribute("src"))
    .filter(each => /^(https?:)?[/][/]|^mailto:/.test(each) && each.includes("evil"))"""


def _rewrite(file: Path, **values: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app with one model whose texts are all hostile, and folders that are damaged so."""
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("hostile", "damaged"):
        shutil.copytree(SHIPPED / "robust-cnn", folder / name)
    hostile = folder / "hostile"
    packages = {SHORT: SHORT}
    _rewrite(hostile / "recipe.json", recipe=SHORT, note=TEXT, validation=TEXT, packages=packages)
    numbers = json.loads((hostile / "numbers.json").read_text())
    for each in (*numbers["groups"], *numbers["misread"]):
        each["given"] = SHORT
    (hostile / "numbers.json").write_text(json.dumps(numbers))
    layer = f'"{SHORT}","{SHORT}","{SHORT}",7'
    (hostile / "layers.csv").write_text(f"layer,type,output,parameters\n{layer}\n")
    _rewrite(folder / "damaged" / "recipe.json", parameters=TEXT, **{TEXT: TEXT})
    (folder / "damaged" / "history.csv").write_text(f"epoch,{TEXT}\n")
    (folder / "www.evil.example").mkdir()
    (folder / "![b](evil.example)").mkdir()
    with serve(MODELS_DIR=str(folder)) as address:
        yield address


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_nothing_of_a_folder_is_a_link_or_fetched(page: Page, address: str, path: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{path}?model=hostile&beside=damaged")
    page.wait_for_selector(SETTLED)
    page.get_by_text("is damaged", exact=False).first.wait_for()
    assert page.evaluate(FOUND) == []
    assert not [each for each in asked if "evil" in each.split("?", maxsplit=1)[0]]
    assert page.locator("[data-testid=stException]").count() == 0
