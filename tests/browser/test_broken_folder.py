"""A server whose folder of models breaks while a visitor draws, and comes back."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import Pad, serve
from tests.conftest import SHIPPED, lack
from tests.digits import DIGITS

pytestmark = pytest.mark.slow
# Root may read everything, whatever a folder says; without these capabilities it may not.
UNPRIVILEGED = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("broken") / "models"
    shutil.copytree(SHIPPED / "larger-cnn", folder / "larger-cnn")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    if os.geteuid() == 0 and not shutil.which(UNPRIVILEGED[0]):
        lack("root may read everything, and there is no setpriv")
    by = () if os.geteuid() else UNPRIVILEGED
    with serve(by=by, MODELS_DIR=str(folder)) as address:
        yield address


def test_each_damage_is_said_and_all_is_well_once_it_is_mended(
    server: str, folder: Path, page: Page
) -> None:
    pad = Pad(page, server)
    pad.draw(DIGITS[3])
    pad.wait_for_digit(3)
    for mode in (0o000, 0o444):  # nothing; not to be searched
        folder.chmod(mode)
        pad.draw(DIGITS[1])
        expect(pad.answer).to_contain_text("cannot be read. Make it readable")
        folder.chmod(0o755)
        reads(pad, 7)
    away = folder.rename(folder.with_name("away"))
    pad.draw(DIGITS[1])
    expect(pad.answer).to_contain_text("There is no folder of models")
    shutil.copytree(SHIPPED / "mlp-baseline", folder / "mlp-baseline")  # another one
    reads(pad, 4)
    shutil.rmtree(folder)
    away.rename(folder)
    reads(pad, 2)


def reads(pad: Pad, digit: int) -> None:
    """Clear the canvas, draw and wait for the reading."""
    pad.press("Clear")
    pad.draw(DIGITS[digit])
    pad.wait_for_digit(digit)
