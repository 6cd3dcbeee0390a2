"""How fast kept drawings are: one added, a press, and their page opened, with 50,000 kept.

python -m benchmarks.collection

The drawings are those of PEN_DIGITS, moved a little. Needs Chromium (see CONTRIBUTING.md). Close
other programs first.
"""

import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Connection, func, insert, select

from benchmarks.latency import figure
from recognizer import Drawing, Recognizer
from recognizer.collection.collection import Collection
from recognizer.collection.database import writing_to
from recognizer.collection.records import Origin
from recognizer.collection.tables import ACCEPTED, PENDING, drawings, labels, readings
from recognizer.collection.writing import parts, reading_row, row_of, surprise
from recognizer.datasets.strokes import StrokeDataset, load_strokes
from recognizer.drawings.rasterize import place
from tests.browser.driver import Pad, find_chromium, launch, open_dashboard, serve

KEPT = 50_000
ADDED = 200
PRESSED = 40
OPENED = 10
BY = 500  # contributors
JITTER = 1.5  # pixels
IMAGES = 24  # on a page


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/drawings.sqlite3"
        collection = Collection.open(url)
        fill(collection, KEPT)
        print("| what | median | 95th percentile | worst | target |")
        print("| --- | ---: | ---: | ---: | ---: |")
        row(f"a drawing added, {KEPT:,} kept", added(collection), "")
        with sync_playwright() as playwright, serve(DRAWINGS_URL=url) as address:
            executable = find_chromium(playwright)
            if not executable:
                raise SystemExit("This needs Chromium.")
            browser = launch(playwright, executable)
            row(f"press → kept on screen, {KEPT:,} kept", pressed(browser, address), "300 ms")
            row(f"Drawings opened → shown, {KEPT:,} kept", opened(browser, address), "1,500 ms")


def row(what: str, seconds: list[float], target: str) -> None:
    figures = " | ".join(figure(seconds, part) for part in (50, 95, 100))
    print(f"| {what} | {figures} | {target} |")


def fill(collection: Collection, number: int) -> None:
    """Keep so many drawings, all labeled and read; one in ten is pending."""
    source = load_strokes(Path(os.environ["PEN_DIGITS"]))
    recognizer = Recognizer.load()
    for part in parts(islice(moved(source), number)):
        with writing_to(collection.engine) as connection:
            keep(connection, part, recognizer)


def moved(source: StrokeDataset) -> Iterator[tuple[Drawing, int]]:
    """Drawings of a file again and again, on a canvas of 320 pixels, each moved a little."""
    rng = np.random.default_rng(0)
    for strokes, label in cycle(zip(source, source.labels, strict=True)):
        placed = place(strokes, 0.7, 320)
        shaken = [stroke + rng.normal(0, JITTER, stroke.shape) for stroke in placed]
        yield Drawing.from_strokes(shaken), int(label)


def keep(connection: Connection, found: list[tuple[Drawing, int]], recognizer: Recognizer) -> None:
    """Add drawings with their labels and readings in one go."""
    next_id = 1 + (connection.execute(select(func.max(readings.c.id))).scalar() or 0)
    read = recognizer.read_many(drawing for drawing, _ in found)
    rows = [
        row_of(drawing, f"contributor-{number % BY}", Origin("canvas"))
        | {"id": secrets.token_hex(16), "label": label, "reading_id": next_id + number}
        | {"status": PENDING if number % 10 == 0 else ACCEPTED}
        | {"surprise": surprise(label, reading.probabilities.tolist())}
        for number, ((drawing, label), reading) in enumerate(zip(found, read, strict=True))
    ]
    of = [
        {"id": row["reading_id"], **reading_row(row["id"], reading)}
        for row, reading in zip(rows, read, strict=True)
    ]
    said = [
        {"drawing_id": row["id"], "time": row["time"], "value": row["label"], "by": "benchmark"}
        | {"kind": "confirmed"}
        for row in rows
    ]
    for table, values in ((drawings, rows), (readings, of), (labels, said)):
        connection.execute(insert(table), values)


def added(collection: Collection) -> list[float]:
    """Add drawings one by one, as the Draw page does; the seconds of each."""
    source = load_strokes(Path(os.environ["PEN_DIGITS"]))
    recognizer = Recognizer.load()
    found = []
    for drawing, label in islice(moved(source), ADDED):
        reading = recognizer.read(drawing)
        start = time.perf_counter()
        collection.add(drawing, label, contributor="benchmark", reading=reading)
        found.append(time.perf_counter() - start)
    return found


def pressed(browser: Browser, address: str) -> list[float]:
    """Press Correct; the seconds until the page says that the drawing is kept."""
    pad = Pad(browser.new_page(), address)
    found = []
    for number in range(PRESSED):
        pad.draw([np.array([[80 + number, 60], [84, 140], [80, 260]], dtype=float)])
        pad.page.wait_for_selector(CORRECT)
        pad.settle()
        found.append(float(pad.page.evaluate(PRESS)) / 1000)
        pad.press("Clear")
    return found


def opened(browser: Browser, address: str) -> list[float]:
    """Open the page, each time in a new tab; the seconds until all of it is shown."""
    found = []
    for _ in range(OPENED + 1):  # the first time has more to load
        page = browser.new_page()
        open_dashboard(page, f"{address}/Drawings", 0)
        page.wait_for_function(SHOWN, arg=IMAGES)
        found.append(float(page.evaluate("performance.now()")) / 1000)
        page.close()
    return found[1:]


CORRECT = ".st-key-label-1 button:enabled"
# Presses "1"; resolves, with the milliseconds, when the page says that it is kept.
PRESS = """() => new Promise(resolve => {
    const start = performance.now();
    const look = () => document.querySelector(".st-key-kept")
        ? resolve(performance.now() - start) : requestAnimationFrame(look);
    document.querySelector(".st-key-label-1 button").click();
    look();
})"""
# Resolves when so many images are there and all are decoded.
SHOWN = """count => {
    const images = [...document.querySelectorAll("img.drawing")];
    return images.length === count && images.every(image => image.complete);
}"""

if __name__ == "__main__":
    main()
