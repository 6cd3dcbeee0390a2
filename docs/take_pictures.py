"""Take the pictures of the docs again, after the pages have changed.

python docs/take_pictures.py               needs Chromium, MNIST and PEN_DIGITS
python docs/take_pictures.py retraining    one of them

The shipped models are copied, and the training of the third picture goes into the copy.
"""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))  # a script finds only what is beside it

from recognizer.models.registry import models_dir  # noqa: E402
from tests.browser.driver import SETTLED, Pad, find_chromium, launch, serve  # noqa: E402
from tests.numbers import side_by_side  # noqa: E402

STAR = [(112, 234), (164, 72), (212, 228), (96, 130), (234, 130), (112, 234)]
STEPS = 6  # points between two corners, so that the canvas's smoothing keeps them
MINUTES = 60_000  # milliseconds
GAP = 6  # pixels between two pictures


def main() -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        executable = find_chromium(playwright)
        if executable is None:
            sys.exit("No Chromium found (see docs/configuration.md).")
        models = shutil.copytree(models_dir(), Path(folder) / "models")
        browser = launch(playwright, executable)
        with serve(MODELS_DIR=str(models)) as address:
            for name in sys.argv[1:] or PICTURES:
                page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
                page.set_default_timeout(5 * MINUTES)
                PICTURES[name](page, address)
        browser.close()


def take_draw(page: Page, address: str) -> None:
    shots = []
    number = [stroke * 1.3 + [30, 60] for stroke in side_by_side("2047", gap=0.25)]
    for strokes, words in (
        (number, "The digits, as the"),
        ([_dense(STAR)], "What the network sees"),
    ):
        pad = Pad(page, address)
        pad.draw(strokes)
        page.get_by_text(words).wait_for()
        shots.append(_shot(page, left=420, top=30, width=740, height=830))
    _save("draw", shots)


def take_dashboards(page: Page, address: str) -> None:
    page.goto(f"{address}/Confusion_matrix?model=mlp-baseline&errors=true&label=4&reading=9")
    page.get_by_text("5 images, most confident first").wait_for()
    matrix = _shot(page, left=320, top=20, width=920, height=980)
    page.goto(f"{address}/Misclassified?image=445")
    page.get_by_text("supports 0").wait_for()
    _save("dashboards", [matrix, _shot(page, left=320, top=20, width=920, height=980)], scale=0.75)


def take_retraining(page: Page, address: str) -> None:
    page.goto(f"{address}/Training")
    page.get_by_role("button", name="Retrain").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Recipe").click()
    page.get_by_role("option", name="larger-cnn").click()
    expect(dialog.get_by_role("textbox", name="Name")).to_have_value("larger-cnn-2")
    page.get_by_role("button", name="Start training").click()
    page.get_by_text("4 of 10", exact=True).wait_for()
    running = _shot(page, left=0, top=0, width=1280, height=1000)
    page.get_by_role("link", name="larger-cnn-2 is trained.").wait_for()
    page.reload()  # what the page does by itself at the end of a training would close the panel
    page.get_by_text("Fixed errors: ").click()
    page.wait_for_selector(SETTLED)
    page.get_by_role("heading", name="Active model").evaluate("heading => heading.scrollIntoView()")
    page.get_by_role("img").nth(2).wait_for()
    _save("retraining", [running, _shot(page, left=0, top=0, width=1280, height=1000)], scale=0.58)


PICTURES = {
    "draw": take_draw,
    "dashboards": take_dashboards,
    "retraining": take_retraining,
}


def _dense(corners: Sequence[tuple[float, float]]) -> np.ndarray:
    """Points along the lines between corners, (n, 2)."""
    points = np.array(corners, dtype=float)
    at = np.linspace(0, len(points) - 1, STEPS * (len(points) - 1) + 1)
    return np.stack([np.interp(at, np.arange(len(points)), axis) for axis in points.T], axis=1)


def _shot(page: Page, *, left: int, top: int, width: int, height: int) -> np.ndarray:
    page.wait_for_selector(SETTLED)
    page.mouse.move(1, 1)  # no toolbar of a chart under the pointer
    page.wait_for_timeout(1500)  # for animations
    png = page.screenshot(clip={"x": left, "y": top, "width": width, "height": height})
    return np.asarray(cv2.imdecode(np.frombuffer(png, dtype=np.uint8), cv2.IMREAD_COLOR))


def _save(name: str, shots: list[np.ndarray], scale: float = 1.0) -> None:
    """Write pictures side by side, with a gray line between them."""
    one, two = shots
    both = np.hstack([one, np.full((len(one), GAP, 3), 205, np.uint8), two])
    both = cv2.resize(both, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(DOCS / f"{name}.png"), both, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
