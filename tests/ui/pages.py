"""The pages, opened without a browser."""

import pandas as pd
from streamlit.testing.v1 import AppTest

from tests.conftest import SHIPPED

ROOT = SHIPPED.parent
APP = str(ROOT / "streamlit_app.py")
PAGES = sorted(f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py"))
PICTURES, NUMBERS, CURVES, MATRIX, WRONG, CONFIDENCE, MODELS, DATA, TRAINING, DRAWINGS, ABOUT = (
    PAGES
)
OF_A_MODEL = [NUMBERS, CURVES, MATRIX, WRONG, CONFIDENCE, MODELS]
NAMES = sorted(path.name for path in SHIPPED.iterdir() if path.is_dir())
PATIENCE = 60  # seconds for one run of a page; the machine may be busy


def open_draw_page() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=PATIENCE).run()
    assert not app.exception, app.exception
    return app


def open_page(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=PATIENCE)
    app.query_params.update(query)
    app.switch_page(page).run()
    assert not app.exception, app.exception
    return app


def text_of(app: AppTest) -> str:
    """All text on the page."""
    kinds = (
        "markdown",
        "caption",
        "info",
        "warning",
        "error",
        "success",
        "header",
        "subheader",
        "title",
    )
    return "\n".join(str(each.value) for kind in kinds for each in getattr(app, kind))


def tables(app: AppTest) -> list[pd.DataFrame]:
    return [each.value for each in (*app.dataframe, *app.table)]


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def images(app: AppTest) -> int:
    return len(app.get("image"))
