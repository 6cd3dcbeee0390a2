"""How long a reading takes, in Python and on the page: one table, median and 95th percentile.

python -m benchmarks.latency

Needs Chromium for the last three rows (see CONTRIBUTING.md). Close other programs first.
"""

import time
from collections.abc import Callable

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from recognizer import Drawing, Recognizer
from recognizer.drawings.preprocessing import to_mnist
from recognizer.drawings.rasterize import paint, place
from recognizer.models.evaluation import as_input
from tests.browser.driver import Pad, find_chromium, launch, serve
from tests.digits import DIGITS

READINGS = 300
PREDICTIONS = 50
PAGES = 20
SERVERS = 5
ANSWERS = 40


def main() -> None:
    print("| what | median | 95th percentile | target |\n| --- | ---: | ---: | ---: |")
    in_process()
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            print("No Chromium found: the rows of the page are left out.")
            return
        browser = launch(playwright, executable)
        on_screen(browser)
        browser.close()


def in_process() -> None:
    """Time the way from a drawing to its reading, and Keras's `predict` on the same image."""
    import keras

    from recognizer.models.registry import active_model

    recognizer = Recognizer.load()
    strokes = place([np.array(s, dtype=float) for s in DIGITS[8]], 0.5)
    drawing = Drawing.from_strokes(strokes)
    read = row("drawing → reading, strokes", "5 ms", repeat(READINGS, recognizer.read, drawing))
    picture = paint(strokes, 20)
    row(
        "drawing → reading, picture",
        "5 ms",
        repeat(READINGS, lambda: recognizer.read(Drawing.from_image(picture))),
    )
    network = keras.saving.load_model(active_model().path / "model.keras", compile=False)
    image = as_input(to_mnist(drawing)[np.newaxis])
    predict = row(
        "`model.predict`, one image",
        "",
        repeat(PREDICTIONS, network.predict, image, verbose=0),
    )
    print(f"| reading / `predict` | {read / predict:.3f} | | 0.1 |")


def on_screen(browser: Browser) -> None:
    with serve() as address:
        warm_up(browser, address)
        opened = repeat(PAGES, open_page, browser, address)
        row("page opened → canvas usable", "1,500 ms", opened)
        pad = Pad(browser.new_page(), address)
        answer_time(pad)  # the first answer loads the chart library
        row(
            "pen lifted → answer on screen",
            "350 ms",
            [answer_time(pad) for _ in range(ANSWERS)],
        )
    row(
        "server started → canvas usable",
        "4,000 ms",
        [start_time(browser) for _ in range(SERVERS)],
    )


def warm_up(browser: Browser, address: str) -> None:
    """Have the server load TensorFlow and its model, as a server that is in use has done."""
    pad = Pad(browser.new_page(), address)
    answer_time(pad)
    pad.page.close()


def open_page(browser: Browser, address: str) -> None:
    Pad(browser.new_page(), address).page.close()


def start_time(browser: Browser) -> float:
    """Start a server; return the seconds until its canvas can be drawn on."""
    started = time.perf_counter()
    with serve() as address:
        pad = Pad(browser.new_page(), address)
        seconds = time.perf_counter() - started
        pad.page.close()
    return seconds


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
    median, high = (f"{1000 * np.percentile(seconds, part):,.2f} ms" for part in (50, 95))
    print(f"| {what} | {median} | {high} | {target} |", flush=True)
    return float(np.median(seconds))


if __name__ == "__main__":
    main()
