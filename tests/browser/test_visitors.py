"""Many visitors at once, who speak Streamlit's protocol without a browser."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from benchmarks.visiting import Drawer, Reader, visit_all
from benchmarks.visitors import visitors_of
from recognizer import Recognizer
from tests.browser.driver import Pad
from tests.digits import DIGITS


@pytest.mark.parametrize(
    ("count", "seconds"), [(6, 1), pytest.param(20, 8, marks=pytest.mark.slow)]
)
def test_every_visitor_gets_the_answers_to_what_they_did(
    address: str, recognizer: Recognizer, count: int, seconds: float
) -> None:
    visitors = visitors_of(count, recognizer)
    with ThreadPoolExecutor(1) as elsewhere:  # Playwright has an event loop in this thread
        elsewhere.submit(asyncio.run, visit_all(address, visitors, seconds)).result()
    assert {type(visitor) for visitor in visitors} == {Drawer, Reader}
    assert all(len(visitor.seconds) >= 2 for visitor in visitors)
    assert sum(visitor.lost + visitor.wrong for visitor in visitors) == 0


@pytest.mark.skipif(not psutil.LINUX, reason="psutil lists no loaded files there")
def test_the_server_never_loads_tensorflow(pad: Pad, address: str) -> None:
    pad.draw(DIGITS[2])
    pad.wait_for_digit(2)
    for panel in ("Why this reading", "What every model reads"):
        pad.page.get_by_text(panel).click()
    pad.page.get_by_role("img", name="Heat map").wait_for()
    pad.page.get_by_role("row").nth(8).wait_for()
    port = f"--server.port={address.rpartition(':')[2]}"
    (server,) = [each for each in psutil.Process().children() if port in each.cmdline()]
    loaded = {Path(each.path).name for each in server.memory_maps()}
    assert any("litert" in name.lower() for name in loaded)
    assert not [name for name in loaded if "tensorflow" in name.lower()]
