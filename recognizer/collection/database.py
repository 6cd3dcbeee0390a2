"""The database of kept drawings: where it is, how it is opened, and its migrations."""

from __future__ import annotations

import os
import sqlite3
import threading
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from recognizer.errors import CollectionError
from recognizer.models.registry import ROOT

SECRETS = ROOT / ".streamlit" / "secrets.toml"
HEAD = "0001"  # the newest migration
PATIENCE = 5  # seconds that a busy or silent database is given
MIGRATING = 7_310_127  # of PostgreSQL's advisory lock: any number that nobody else uses
WRITES = "writes"  # an option of a connection: its transaction will write
DRIVERS = "requirements-postgresql.txt"
_opened: dict[str, Engine] = {}
_opening = threading.Lock()


def configured_url() -> str:
    """Where drawings are kept: `DRAWINGS_URL`, else [connections.drawings] in secrets.toml.

    By default a file of SQLite in the repository's root.

    Raises:
        CollectionError: secrets.toml cannot be read.
    """
    named = os.environ.get("DRAWINGS_URL") or _url_in_secrets()
    return named or f"sqlite:///{ROOT / 'drawings.sqlite3'}"


def _url_in_secrets() -> str | None:
    """The URL in Streamlit's file of secrets, in the form of `st.connection`; None without one."""
    try:
        content = tomllib.loads(SECRETS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CollectionError(f"{SECRETS} cannot be read ({error}).") from error
    try:
        section = content.get("connections", {}).get("drawings", {})
        return _url_of(section) if section else None
    except (ArgumentError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise CollectionError(
            f"[connections.drawings] in {SECRETS} names no database. Give url, or dialect, "
            "username, host and database, all as text."
        ) from error


def _url_of(section: dict[str, Any]) -> str:
    """The URL in a section of `st.connection`; what it raises says that there is none."""
    if "url" in section:
        return make_url(section["url"]).render_as_string(hide_password=False)
    driver = section["dialect"] + (f"+{section['driver']}" if "driver" in section else "")
    names = ("username", "password", "host", "database", "query")
    parts = {name: section[name] for name in names if name in section}
    port = int(section["port"]) if "port" in section else None
    return URL.create(driver, port=port, **parts).render_as_string(hide_password=False)


def open_database(url: str | None = None) -> Engine:
    """Open a database, once per process, and bring its tables up to date.

    Args:
        url: Of SQLAlchemy; by default the configured one.

    Raises:
        CollectionError: It cannot be opened; the message says why.
    """
    place = url or configured_url()
    return _opened.get(place) or _open(place)


def _open(place: str) -> Engine:
    engine = _engine(_parsed(place))
    try:
        with in_plain_words():
            _migrate(engine)
        with _opening:  # another thread may have been faster
            return _opened.setdefault(place, engine)
    finally:
        if _opened.get(place) is not engine:
            engine.dispose()


def server_engine(**options: Any) -> Engine | None:
    """An engine apart for the configured PostgreSQL server; None where drawings are in a file.

    It opens nothing yet, and knows nothing of tables.

    Args:
        options: Of `create_engine`; they replace the usual ones.

    Raises:
        CollectionError: The configuration names no database, or there is no driver for it.
    """
    url = _parsed(configured_url())
    return _engine(url, **options) if url.get_backend_name() == "postgresql" else None


def close_all() -> None:
    """Close what this process has opened; the next `open_database` opens it again."""
    with _opening:
        for engine in _opened.values():
            engine.dispose()
        _opened.clear()


@contextmanager
def reading_from(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads; raises CollectionError where that cannot be done."""
    with in_plain_words(), engine.begin() as connection:
        yield connection


@contextmanager
def writing_to(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: all of it or nothing; raises CollectionError likewise."""
    with in_plain_words(), engine.execution_options(**{WRITES: True}).begin() as connection:
        yield connection


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn what a database raises into a CollectionError, for whoever runs the app."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = str(error.orig if isinstance(error, DBAPIError) else error).strip()
        first = cause.splitlines()[0] if cause else type(error).__name__
        raise CollectionError(f"The database of drawings cannot be used: {first}") from error


def _parsed(place: str) -> URL:
    try:
        url = make_url(place)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise CollectionError(
                f"Drawings are kept in SQLite or PostgreSQL, not in {url.get_backend_name()}. "
                "Correct DRAWINGS_URL."
            )
    except (ArgumentError, ValueError) as error:
        raise CollectionError(
            "DRAWINGS_URL is not a URL of SQLAlchemy, such as "
            "postgresql://user:password@server/name or sqlite:////folder/drawings.sqlite3."
        ) from error
    return url


def _engine(url: URL, **options: Any) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_engine(url, hide_parameters=True, connect_args={"timeout": PATIENCE})
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_in_sqlite)
            return engine
        # A server that is gone must not keep a visitor waiting.
        usual = {
            "hide_parameters": True,  # errors end up in logs
            "pool_pre_ping": True,
            "pool_timeout": PATIENCE,
            "connect_args": {
                "connect_timeout": PATIENCE,
                "tcp_user_timeout": 1000 * PATIENCE,
                "options": f"-c lock_timeout={PATIENCE}s -c statement_timeout=60s",
            },
        }
        return create_engine(url, **usual | options)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise CollectionError(
            f"There is no driver {url.drivername}. PostgreSQL needs one: pip install -r {DRIVERS}"
        ) from error
    except (TypeError, ValueError) as error:
        raise CollectionError(f"DRAWINGS_URL has an impossible option ({error}).") from error


def _set_up_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # `_begin_in_sqlite` begins transactions
    for setting in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin_in_sqlite(connection: Connection) -> None:
    """Begin; where it will write, at once as a writer.

    One that reads and then writes could otherwise find that another one has written in between,
    which SQLite refuses without waiting.
    """
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# Migrations


def _migrate(engine: Engine) -> None:
    """Bring the tables up to date; one process at a time does, however many servers there are."""
    if _is_ready(engine):
        return
    with _sqlite_lock(engine), engine.execution_options(**{WRITES: True}).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = '{10 * PATIENCE}s'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATING})"))
        _upgrade(connection)


def _is_ready(engine: Engine) -> bool:
    """Whether the tables are up to date, and SQLite writes its log ahead."""
    with engine.connect() as connection:
        if not connection.dialect.has_table(connection, "alembic_version"):
            return False
        if engine.dialect.name == "sqlite":
            mode = connection.execute(text("PRAGMA journal_mode")).scalar()
            if mode != "wal":  # a copy from a backup may not
                return False
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD


def _upgrade(connection: Connection) -> None:
    from alembic import command  # slow to import; a database is seldom new
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    try:
        with _opening:  # Alembic keeps what it works on in variables of the process
            command.upgrade(config, "head")
    except CommandError as error:
        raise CollectionError(
            "The database of drawings was written by a newer version of this app. Update the app, "
            "or name another database in DRAWINGS_URL."
        ) from error


@contextmanager
def _sqlite_lock(engine: Engine) -> Iterator[None]:
    """A lock beside the file of SQLite: making a new file is not a transaction.

    SQLite does not wait either, when several processes want a write-ahead log for a file at once.
    """
    file: Any = engine.url.database
    if engine.dialect.name != "sqlite" or not file or file == ":memory:":
        yield
        return
    try:
        with FileLock(f"{file}.lock", timeout=10 * PATIENCE):
            with closing(engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA journal_mode = WAL")
            yield
    except Timeout as error:
        raise CollectionError("Somebody else is updating the database. Try again.") from error
    except OSError as error:
        raise CollectionError(
            f"The database of drawings cannot be written to {file} ({error}). Free some disk "
            "space, make its folder writable, or name another place in DRAWINGS_URL."
        ) from error
