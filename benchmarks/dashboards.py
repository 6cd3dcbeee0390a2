"""How long the dashboards take: one table, median and 95th percentile.

python -m benchmarks.dashboards

Needs MNIST, and Chromium for every second row (see CONTRIBUTING.md). Close other programs first.
"""

from playwright.sync_api import Browser, sync_playwright
from streamlit.testing.v1 import AppTest

from benchmarks.latency import repeat, row
from recognizer.datasets.mnist import find_mnist
from recognizer.models.registry import complete_models
from tests.browser.driver import ROOT, find_chromium, launch, open_dashboard, serve

RUNS = 20
# Each page, how many charts it draws, and how many images.
PAGES = {
    "0_Pictures": (0, 0),
    "1_Training_curves": (4, 0),
    "2_Confusion_matrix": (1, 0),
    "3_Misclassified": (0, 30),
    "4_Confidence": (4, 0),
    "5_Models": (1, 0),
    "10_Numbers": (1, 0),
    "6_Data": (1, 20),
    "8_Drawings": (0, 0),
}
# Resolves when the page has so many images and all are decoded.
IMAGES = """count => {
    const images = [...document.querySelectorAll("[data-testid=stImage] img")];
    return images.length === count && images.every(image => image.complete);
}"""


def main() -> None:
    find_mnist()  # raises an error if a page would be measured without its images
    print("| what | median | 95th percentile | target |\n| --- | ---: | ---: | ---: |")
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        browser = launch(playwright, executable) if executable else None
        with serve() as address:
            for page in PAGES:
                name = page.partition("_")[2].replace("_", " ")
                row(f"{name}: script run", "300 ms", repeat(RUNS, run(page).run))
                if browser:
                    row(f"{name}: opened → drawn", "1,500 ms", opened(browser, address, page))
            if browser:
                every = "?with=" + ",".join(model.name for model in complete_models())
                seconds = opened(browser, address, "1_Training_curves", every)
                row("the curves of all models: opened → drawn", "", seconds)


def run(page: str) -> AppTest:
    """The script of a page, ready to run many times, as in a session that goes on."""
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    return app.switch_page(f"pages/{page}.py")


def opened(browser: Browser, address: str, name: str, query: str = "") -> list[float]:
    """Open a page many times; return the seconds of each time until all of it is drawn."""
    open_page(browser, address, name, query)  # a warm-up: the first time has more to load
    return [open_page(browser, address, name, query) for _ in range(RUNS)]


def open_page(browser: Browser, address: str, name: str, query: str) -> float:
    """Open a page in a new context; return the seconds until all charts and images are drawn."""
    charts, images = PAGES[name]
    page = browser.new_page()
    open_dashboard(page, f"{address}/{name.partition('_')[2]}{query}", charts)
    page.wait_for_function(IMAGES, arg=images)
    milliseconds = page.evaluate("performance.now()")  # since the request for the page
    page.close()
    return float(milliseconds) / 1000


if __name__ == "__main__":
    main()
