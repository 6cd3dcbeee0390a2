"""No error shows the password of the database: errors end up in logs and on the screen."""

import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recognizer import Collection
from recognizer.collection import database
from recognizer.errors import CollectionError

PASSWORD = "hunter2-and-more"
PLACES = [
    "postgresql://me:{}@127.0.0.1:1/digits",
    "postgresql://me:{}@nowhere.invalid/digits",
    "postgresql://me:{}@127.0.0.1:port/digits",
    "postgresql://me:{}@127.0.0.1:99999/digits",
    "postgresql://me:{}@127.0.0.1:1/digits?sslmode=odd",
    "postgresql://me:{}@127.0.0.1:1/digits?odd=1",
    "postgresql+odd://me:{}@127.0.0.1:1/digits",
    "mysql://me:{}@127.0.0.1:1/digits",
    "postgresql//me:{}@127.0.0.1:1/digits",
    "postgresql://me:{}@[::1/digits",
    "://me:{}@127.0.0.1:1/digits",
]


def shown(place: str) -> str:
    """All that is printed of the error that a database raises, with its causes."""
    with pytest.raises(CollectionError) as caught:
        Collection.open(place)
    return "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("place", PLACES)
def test_no_error_shows_a_password(place: str) -> None:
    assert PASSWORD not in shown(place.format(PASSWORD))


@settings(max_examples=20)
@example("with space")
@example("a'b=c\\d")
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=8))
def test_no_password_is_shown_however_odd_it_is(password: str) -> None:
    place = PLACES[0].format(quote(password, safe=""))
    text = shown(place)
    assert quote(password, safe="") not in text
    assert password not in text


@pytest.mark.parametrize(
    "section",
    [f'password = "{PASSWORD}"', f'url = "{PASSWORD}', f'url = 5\npassword = "{PASSWORD}"'],
)
def test_damaged_secrets_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str
) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text(f"[connections.drawings]\n{section}\n")
    monkeypatch.delenv("DRAWINGS_URL")
    monkeypatch.setattr(database, "SECRETS", file)
    with pytest.raises(CollectionError) as caught:
        database.configured_url()
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
