"""Where drawings are kept, as variables and secrets say, and what cannot be such a place."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from recognizer import Collection
from recognizer.collection import database
from recognizer.collection.database import configured_url
from recognizer.errors import CollectionError
from recognizer.models.registry import ROOT
from tests.collection.postgres import free_port
from tests.collection.samples import THREE

PASSWORD = "hunter2"


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Streamlit's file of secrets, which is not there yet, and decides where drawings are."""
    monkeypatch.delenv("DRAWINGS_URL")
    monkeypatch.setattr(database, "SECRETS", tmp_path / "secrets.toml")
    return tmp_path / "secrets.toml"


def write(secrets: Path, content: str) -> None:
    secrets.write_text(f"[connections.drawings]\n{content}\n", encoding="utf-8")


def test_the_variable_comes_first(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(secrets, 'url = "sqlite:////b.sqlite3"')
    monkeypatch.setenv("DRAWINGS_URL", "sqlite:////a.sqlite3")
    assert configured_url() == "sqlite:////a.sqlite3"


def test_then_the_url_in_the_secrets(secrets: Path) -> None:
    write(secrets, 'url = "sqlite:////b.sqlite3"')
    assert configured_url() == "sqlite:////b.sqlite3"


@pytest.mark.parametrize("port", ["5433", '"5433"'])
def test_or_its_parts_as_streamlit_takes_them(secrets: Path, port: str) -> None:
    write(
        secrets,
        f'dialect = "postgresql"\nusername = "anna"\npassword = "a@b:/%"\nhost = "db"\n'
        f'port = {port}\ndatabase = "drawings"\ntype = "sql"\nquery = {{sslmode = "require"}}',
    )
    url = make_url(configured_url())
    assert (url.drivername, url.username, url.password) == ("postgresql", "anna", "a@b:/%")
    assert (url.host, url.port, url.database) == ("db", 5433, "drawings")
    assert url.query == {"sslmode": "require"}
    write(secrets, 'dialect = "postgresql"\ndriver = "psycopg"\nusername = "a"\nhost = "db"')
    assert configured_url() == "postgresql+psycopg://a@db"


@pytest.mark.parametrize(
    "content", [None, "", "[connections.other]\nurl = 'x'", "[server]\nport=1"]
)
def test_else_in_a_file_beside_the_app(secrets: Path, content: str | None) -> None:
    if content is not None:
        secrets.write_text(content)
    assert configured_url() == f"sqlite:///{ROOT / 'drawings.sqlite3'}"


@pytest.mark.parametrize(
    "content",
    [
        f"[connections.drawings]\npassword = '{PASSWORD}",
        f"connections = '{PASSWORD}'",
        f"[connections]\ndrawings = '{PASSWORD}'",
        f"[connections.drawings]\nurl = ['{PASSWORD}']",
        f"[connections.drawings]\npassword = '{PASSWORD}'",
        f"[connections.drawings]\ndialect = 7\npassword = '{PASSWORD}'",
        f"[connections.drawings]\ndialect = 'postgresql'\nport = 'x{PASSWORD}'",
        f"[connections.drawings]\ndialect = 'postgresql'\nquery = '{PASSWORD}'",
    ],
)
def test_other_secrets_are_refused_and_not_shown(secrets: Path, content: str) -> None:
    secrets.write_text(content)
    with pytest.raises(CollectionError, match=r"secrets\.toml") as refused:
        Collection.open()
    assert PASSWORD not in str(refused.value)


def test_secrets_that_cannot_be_read_are_reported(secrets: Path) -> None:
    secrets.mkdir()
    with pytest.raises(CollectionError, match=r"secrets\.toml cannot be read"):
        configured_url()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        PASSWORD,
        f"mysql://anna:{PASSWORD}@server/drawings",
        f"postgresql://anna:{PASSWORD}@server:port/drawings",
        f"postgresql://anna:{PASSWORD}@server:99999999/drawings",
        f"postgresql+none://anna:{PASSWORD}@server/drawings",
        f"postgresql+psycopg2://anna:{PASSWORD}@server/drawings",
        f"postgresql://anna:{PASSWORD}@127.0.0.1:1/drawings",
        f"postgresql://anna:{PASSWORD}@127.0.0.1:1/drawings?unknown=1",
        f"postgresql://anna:{PASSWORD}@127.0.0.1:1/drawings?connect_timeout=x",
        "sqlite:////no/such/folder/drawings.sqlite3",
        "sqlite:////proc/drawings.sqlite3",
        "sqlite:////",
        "sqlite+none:////tmp/a.sqlite3",
        "sqlite:////tmp/a.sqlite3?timeout=x",
    ],
)
def test_places_that_cannot_be_used_are_reported_and_no_password_shown(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DRAWINGS_URL", url)
    with pytest.raises(CollectionError) as refused:
        Collection.open()
    assert PASSWORD not in str(refused.value)


def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3").write_text("hello, " * 999)
    with pytest.raises(CollectionError, match="not a database"):
        Collection.open(f"sqlite:///{tmp_path / 'a.sqlite3'}")


def test_a_server_refuses_a_name_without_its_password(postgres: Any) -> None:
    url = postgres.url("drawings").replace("postgres@", f"nobody:{PASSWORD}@")
    with pytest.raises(CollectionError, match="nobody") as refused:
        Collection.open(url)
    assert PASSWORD not in str(refused.value)


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(20)
        yield f"postgresql://anna:{PASSWORD}@127.0.0.1:{server.getsockname()[1]}/drawings"


def test_a_silent_server_keeps_nobody_waiting(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four at once wait together, not one after the other."""
    assert database.PATIENCE <= 5
    monkeypatch.setattr(database, "PATIENCE", 2)

    def seconds(_: int) -> float:
        started = time.monotonic()
        with pytest.raises(CollectionError) as refused:
            Collection.open(silent)
        assert PASSWORD not in str(refused.value)
        return time.monotonic() - started

    with ThreadPoolExecutor(4) as threads:
        assert max(threads.map(seconds, range(4))) < 4


def test_a_server_that_comes_back_is_used(postgres: Any) -> None:
    with pytest.raises(CollectionError, match="refused"):
        Collection.open(f"postgresql://anna@127.0.0.1:{free_port()}/drawings")
    with postgres.database() as url:
        collection = Collection.open(url)
        collection.add(THREE, 3, contributor="a")
        database.close_all()
