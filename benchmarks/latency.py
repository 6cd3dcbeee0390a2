"""How long a reading takes, in Python and on the page, with LiteRT and with Keras.

python -m benchmarks.latency

With Keras, the app gets the same models without their model.tflite. Needs Chromium for the last
rows (see CONTRIBUTING.md). Close other programs first.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks.photographs import any_scene, photograph
from recognizer import Drawing, Recognizer
from recognizer.drawings.rasterize import paint, place
from recognizer.models.registry import models_dir, names
from tests.browser.driver import ROOT, Pad, find_chromium, launch, serve
from tests.digits import DIGITS
from tests.numbers import HEIGHT, side_by_side

READINGS = 300
PHOTOGRAPHS = 20
MANY = 10_000  # drawings
PAGES = 20
SERVERS = 5
ANSWERS = 40
TIMES = 5  # that a process is started, or many drawings are read
LOAD = """import time
started = time.perf_counter()
from recognizer import Recognizer
Recognizer.load()
print(time.perf_counter() - started)"""
HAND = [np.array(stroke, dtype=float) for stroke in DIGITS[8]]
LARGE = replace(any_scene(np.random.default_rng(0), ruled=True), size=(4000, 3000))
Seconds = Sequence[float]


@dataclass
class Figures:
    """What was measured, by what it is; in seconds, but for the memory, in megabytes."""

    seconds: dict[str, Seconds] = field(default_factory=dict)
    memory: float = 0.0


TARGETS = {
    "`Recognizer.load()` in a new process": "800 ms",
    "drawing → reading, strokes": "0.9 ms",
    "drawing → reading, picture": "5 ms",
    "six digits, strokes → `read_number`": "15 ms",
    "photograph of 12 megapixels → `read_number`": "1,500 ms",
    f"{MANY:,} drawings, `read_many`": "half of Keras",
    "page opened → canvas usable": "1,500 ms",
    "pen lifted → answer on screen": "230 ms",
    "server started → canvas usable": "4,000 ms",
    "server started, drawn at once → first answer": "3,500 ms",
}


def main() -> None:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        without = Path(shutil.copytree(models_dir(), Path(folder) / "models"))
        for file in without.glob("*/model.tflite"):
            file.unlink()
        for kind, models in (("LiteRT", models_dir()), ("Keras", without)):
            os.environ["MODELS_DIR"] = str(models)
            found[kind] = measured()
    litert, keras = found["LiteRT"], found["Keras"]
    print("| what | median | 95th percentile | with Keras, median | target |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for what, target in TARGETS.items():
        if what in litert.seconds:
            ours, high = (figure(litert.seconds[what], part) for part in (50, 95))
            print(f"| {what} | {ours} | {high} | {figure(keras.seconds[what], 50)} | {target} |")
    if litert.memory:
        what = "memory of the server, after every model has read"
        print(f"| {what} | {litert.memory:.0f} MB | | {keras.memory:.0f} MB | 300 MB |")


def figure(seconds: Seconds, part: int) -> str:
    return f"{1000 * np.percentile(seconds, part):,.2f} ms"


def measured() -> Figures:
    """Measure all that can be measured with the models of `MODELS_DIR`."""
    figures = Figures()
    in_process(figures.seconds)
    with sync_playwright() as playwright:
        if executable := find_chromium(playwright):
            browser = launch(playwright, executable)
            on_screen(browser, figures)
            browser.close()
        else:
            print("No Chromium found: the rows of the page are left out.", file=sys.stderr)
    return figures


def in_process(seconds: dict[str, Seconds]) -> None:
    """Time a new process, and the way from a drawing to its reading."""
    command = [sys.executable, "-c", LOAD]
    seconds["`Recognizer.load()` in a new process"] = [
        float(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
        for _ in range(TIMES)
    ]
    recognizer = Recognizer.load()
    drawing = Drawing.from_strokes(place(HAND, 0.5))
    picture = paint(place(HAND, 0.5), 20)
    rng = np.random.default_rng(0)
    many = [
        Drawing.from_strokes([stroke + rng.normal(0, 3, stroke.shape) for stroke in HAND])
        for _ in range(MANY)
    ]
    seconds["drawing → reading, strokes"] = repeat(READINGS, recognizer.read, drawing)
    seconds["drawing → reading, picture"] = repeat(
        READINGS, lambda: recognizer.read(Drawing.from_image(picture))
    )
    number = side_by_side("204713")
    page = photograph([stroke / HEIGHT for stroke in number], LARGE, rng)
    seconds["six digits, strokes → `read_number`"] = repeat(
        READINGS, recognizer.read_number, Drawing.from_strokes(number)
    )
    seconds["photograph of 12 megapixels → `read_number`"] = repeat(
        PHOTOGRAPHS, lambda: recognizer.read_number(Drawing.from_photo(page))
    )
    seconds[f"{MANY:,} drawings, `read_many`"] = repeat(TIMES, recognizer.read_many, many)


def on_screen(browser: Browser, figures: Figures) -> None:
    seconds = figures.seconds
    with serve() as address:
        warm_up(browser, address)
        seconds["page opened → canvas usable"] = repeat(PAGES, open_page, browser, address)
        pad = Pad(browser.new_page(), address)
        answer_time(pad)  # the first answer loads the chart library
        answers = [answer_time(pad) for _ in range(ANSWERS)]
        seconds["pen lifted → answer on screen"] = answers
        figures.memory = memory_after_all(pad)
    starts = [start(browser) for _ in range(SERVERS)]
    seconds["server started → canvas usable"] = [usable for usable, _ in starts]
    seconds["server started, drawn at once → first answer"] = [answer for _, answer in starts]


def warm_up(browser: Browser, address: str) -> None:
    """Have the server load its model, as a server that is in use has done."""
    pad = Pad(browser.new_page(), address)
    answer_time(pad)
    pad.page.close()


def open_page(browser: Browser, address: str) -> None:
    Pad(browser.new_page(), address).page.close()


def memory_after_all(pad: Pad) -> float:
    """The memory of the server in megabytes, after every model has read a drawing."""
    pad.draw(DIGITS[5])
    pad.page.get_by_text("What every model reads").click()
    pad.page.get_by_role("row").nth(len(names())).wait_for()
    server = next(each for each in psutil.Process().children() if "streamlit" in each.cmdline())
    return float(server.memory_info().rss / 1e6)


def start(browser: Browser) -> tuple[float, float]:
    """Start a server; the seconds until its canvas can be drawn on, and until the first answer."""
    started = time.perf_counter()
    with serve() as address:
        pad = Pad(browser.new_page(), address)
        usable = time.perf_counter() - started
        pad.draw(DIGITS[3])
        pad.wait_for_digit(3)
        answered = time.perf_counter() - started
        pad.page.close()
    return usable, answered


# Resolves to the milliseconds from lifting the pen to the frame that shows the answer.
WATCH = """digit => { window.answered = new Promise(resolve => {
    addEventListener("pointerup", () => {
        const lifted = performance.now();
        const read = () => document.querySelector(".st-key-answer [role=status]")?.innerText;
        const look = () => read() == digit
            ? resolve(performance.now() - lifted) : requestAnimationFrame(look);
        look();
    }, {once: true, capture: true});
}); }"""


def answer_time(pad: Pad) -> float:
    """Draw a digit on an empty canvas; return the seconds from lifting the pen to the answer."""
    pad.page.evaluate(WATCH, 3)
    pad.draw(DIGITS[3])
    seconds = pad.page.evaluate("window.answered") / 1000
    pad.press("Clear")
    return float(seconds)


def repeat(
    times: int, action: Callable[..., object], *args: object, **named: object
) -> list[float]:
    """Repeat an action and return the seconds of each time, without the first one, a warm-up."""
    action(*args, **named)
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        action(*args, **named)
        seconds.append(time.perf_counter() - started)
    return seconds


def row(what: str, target: str, seconds: list[float]) -> float:
    """Print a row of the table; return the median."""
    median, high = (figure(seconds, part) for part in (50, 95))
    print(f"| {what} | {median} | {high} | {target} |", flush=True)
    return float(np.median(seconds))


if __name__ == "__main__":
    main()
