"""The Drawings page, opened without a browser."""

from streamlit.testing.v1 import AppTest

from recognizer import Collection
from recognizer.collection import browse
from recognizer.collection.filters import Filters, Scope
from recognizer.ui import visitor
from tests.ui.pages import APP, DRAWINGS, PATIENCE

TOKEN = "0" * 32
ADA = visitor.pseudonym(TOKEN)
EVERYTHING = Scope(everything=True)


def open_drawings(token: str | None = TOKEN, page: str = DRAWINGS, **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=PATIENCE)
    app.query_params.update(query)
    if token:
        app.session_state[visitor.TOKEN] = token
    app.switch_page(page).run()
    assert not app.exception, app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def shown(app: AppTest) -> list[str]:
    """The ids of the drawings in the gallery, in their order."""
    keys = [str(each.key) for each in app.button if str(each.key).startswith("open-")]
    return [key.removeprefix("open-") for key in keys if len(key) == len("open-") + 32]


def keys(app: AppTest) -> set[str]:
    return {str(each.key) for each in app.button}


def choose(app: AppTest, *ids: str, change: int = 0) -> AppTest:
    for id in ids:
        app.checkbox(key=f"pick-{change}-{id}").check()
    return app.run()


def all_of(collection: Collection, contributor: str | None = None) -> dict[str, browse.Shown]:
    found = browse.find(collection, EVERYTHING, Filters(contributor=contributor), 0, 100)
    return {each.id: each for each in found}
