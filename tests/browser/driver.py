"""Start the app, open it in Chromium and draw in it: for the browser tests and the benchmarks."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import requests
from playwright.sync_api import Browser, Locator, Page, Playwright, ViewportSize
from playwright.sync_api import TimeoutError as TimedOut
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from urllib3.util import Retry

from recognizer.drawings.arrays import Points

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# The script has run, and every element is there: Streamlit fetches the code of some when a page
# first shows them, and has a placeholder in their place until then.
SETTLED = (
    "[data-testid=stApp][data-test-script-state=notRunning]:not(:has([data-testid=stSkeleton]))"
)
PATIENCE = 60_000  # milliseconds; the machine may be busy
BRIEFLY = 5000
PHONE: ViewportSize = {"width": 390, "height": 844}
CANVAS = "canvas.upper-canvas"
DIGIT = ".st-key-answer [role=status]"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def find_chromium(playwright: Playwright) -> str | None:
    """The browser to use: `CHROMIUM`, one on the path, or Playwright's own; None without any."""
    on_path = (shutil.which(name) for name in CHROMIUM_NAMES)
    own = playwright.chromium.executable_path
    wishes = [os.environ.get("CHROMIUM"), *on_path, own]
    return next((path for path in wishes if path and Path(path).exists()), None)


def launch(playwright: Playwright, executable: str, *arguments: str) -> Browser:
    return playwright.chromium.launch(
        executable_path=executable, args=[*CHROMIUM_ARGUMENTS, *arguments]
    )


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(
    *options: str, port: int = 0, by: Sequence[str] = (), **environment: str
) -> Iterator[str]:
    """Run the app, on a free port unless one is named; give its address as soon as it answers.

    `by`: a command that runs it.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    server = subprocess.Popen(
        [*by, *command, f"--server.port={port}", *options],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        address = f"http://localhost:{port}"
        wait_until_answers(f"{address}/_stcore/health")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)


def wait_until_answers(address: str) -> None:
    """Wait until a server that was just started gives a page."""
    patience = Retry(total=None, connect=1000, backoff_factor=0.05, backoff_max=0.1)
    with requests.Session() as session:
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=patience))
        session.get(address, timeout=30).raise_for_status()


CHART = "[data-testid=stVegaLiteChart] svg.marks"


def choose(box: Locator, option: str) -> None:
    """Choose from a list; open it again if it closed, as it does whenever the page moves."""
    listed = box.page.get_by_role("option", name=option)
    for attempts_left in reversed(range(PATIENCE // BRIEFLY)):
        box.click()
        try:
            listed.click(timeout=BRIEFLY)
            return
        except TimedOut:
            if not attempts_left:
                raise


def open_dashboard(page: Page, address: str, charts: int) -> None:
    """Open a dashboard; return when it is settled and so many charts are drawn."""
    page.goto(address)
    page.wait_for_selector(SETTLED)
    page.wait_for_function(
        "([chart, count]) => document.querySelectorAll(chart).length === count", arg=[CHART, charts]
    )


class Pad:
    """The Draw page, opened in a browser."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        with page.expect_websocket() as socket:
            page.goto(address)
        self.socket = socket.value
        page.wait_for_selector(CANVAS)

    def settle(self) -> None:
        """Wait until the app has nothing more to do."""
        self.page.wait_for_selector(SETTLED)

    def draw(self, strokes: Sequence[Sequence[Sequence[float]] | Points]) -> None:
        """Draw strokes, each (n, 2) in pixels of the canvas; return when the last is sent."""
        self.settle()
        canvas = self.page.locator(CANVAS)
        canvas.hover()  # waits until the canvas is in view and stays where it is
        box = canvas.bounding_box()
        assert box, "the canvas is not on the screen"
        for number, stroke in enumerate(strokes, start=1):
            self._press_and_move([(box["x"] + float(x), box["y"] + float(y)) for x, y in stroke])
            if number == len(strokes):
                with self.socket.expect_event("framesent", _asks_for_a_run):
                    self.page.mouse.up()
            else:
                self.page.mouse.up()

    def touch(self, strokes: Sequence[Sequence[Sequence[float]]]) -> None:
        """Draw with a finger."""
        self.settle()
        box = self.page.locator(CANVAS).bounding_box()
        assert box, "the canvas is not on the screen"
        finger = self.page.context.new_cdp_session(self.page)

        def send(kind: str, points: list[dict[str, float]]) -> None:
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        for stroke in strokes:
            first, *more = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in stroke]
            send("touchStart", [first])
            for point in more:
                send("touchMove", [point])
            send("touchEnd", [])

    def _press_and_move(self, points: Sequence[tuple[float, float]]) -> None:
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for x, y in points[1:]:
            self.page.mouse.move(x, y)

    def choose_pen(self, width: str) -> None:
        """Choose another pen; return when the canvas has it.

        It changes the pen at once, so a stroke that was begun before loses its beginning.
        """
        begun = False

        def ends(frame: bytes | str) -> bool:
            nonlocal begun
            message = ForwardMsg.FromString(frame) if isinstance(frame, bytes) else ForwardMsg()
            begun |= message.HasField("new_session")
            return begun and message.HasField("script_finished")

        self.settle()
        with self.socket.expect_event("framereceived", ends):
            self.page.get_by_role("radio", name=width).click()
        self.settle()

    def button(self, name: str) -> Locator:
        """The page's own Undo or Clear; the canvas's toolbar has such buttons too."""
        return self.page.locator(f".st-key-{name.lower()}").get_by_role("button")

    def press(self, name: str, *, keyboard: bool = False) -> None:
        """Press Undo or Clear; return when the canvas has its new drawing."""
        sent = count(1)  # the first is the click, the second the canvas's new drawing

        def second(frame: bytes | str) -> bool:
            return _asks_for_a_run(frame) and next(sent) == 2

        with self.socket.expect_event("framesent", second):
            if keyboard:
                self.button(name).press("Enter")
            else:
                self.button(name).click()
        self.settle()

    @property
    def answer(self) -> Locator:
        """All that the answer says."""
        return self.page.locator(".st-key-answer")

    def wait_for_digit(self, digit: int, timeout: float = PATIENCE) -> None:
        """Wait until the page reads this digit; raises Playwright's TimeoutError otherwise."""
        self.wait_for_number(str(digit), timeout)

    def wait_for_number(self, text: str, timeout: float = PATIENCE) -> None:
        """Wait until the page reads this number; raises Playwright's TimeoutError otherwise."""
        self.page.wait_for_selector(f'{DIGIT}:text-is("{text}")', timeout=timeout)


def _asks_for_a_run(frame: bytes | str) -> bool:
    """Whether a frame reports an action of the visitor, not of a page that updates itself."""
    if isinstance(frame, str):
        return False
    message = BackMsg.FromString(frame)
    return message.HasField("rerun_script") and not message.rerun_script.is_auto_rerun
