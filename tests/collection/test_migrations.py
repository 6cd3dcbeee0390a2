"""The tables that Alembic makes, for several at the same moment, and those of another version."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Timer

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from recognizer import Collection
from recognizer.collection import database
from recognizer.collection.tables import metadata
from recognizer.errors import CollectionError
from tests.collection.postgres import Server
from tests.collection.samples import THREE
from tests.collection.workers import do_at_once, open_new


def test_the_migrations_make_the_tables(database_url: str) -> None:
    with Collection.open(database_url).engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == database.HEAD


def test_the_newest_migration_is_the_one_that_is_expected() -> None:
    folder = Path(database.__file__).with_name("migrations")
    assert ScriptDirectory(str(folder)).get_current_head() == database.HEAD


def closed(collection: Collection) -> str:
    """The URL of a collection that nobody has open."""
    database.close_all()
    return collection.engine.url.render_as_string(hide_password=False)


def test_an_existing_database_is_left_as_it_is(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.add(THREE, 3, contributor="a", accepted=True)
    monkeypatch.setattr(command, "upgrade", None)
    assert [each.label for each in Collection.open(closed(collection)).drawings()] == [3]


def test_a_file_from_a_backup_writes_its_log_ahead_again(tmp_path: Path) -> None:
    url, copy = (f"sqlite:///{tmp_path / name}" for name in ("a.sqlite3", "copy.sqlite3"))
    first = Collection.open(url)
    first.add(THREE, 3, contributor="a", accepted=True)
    with closing(sqlite3.connect(tmp_path / "a.sqlite3")) as connection:
        connection.execute("VACUUM INTO ?", [str(tmp_path / "copy.sqlite3")])
    second = Collection.open(copy)
    assert [each.label for each in second.drawings()] == [3]
    for each in (first, second):
        with each.engine.connect() as open_one:
            assert open_one.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_a_database_of_a_newer_version_is_refused(collection: Collection) -> None:
    with collection.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    url = closed(collection)
    with pytest.raises(CollectionError, match=r"newer version of this app\. Update the app"):
        Collection.open(url)


def test_a_migration_that_fails_leaves_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def fail(connection: Connection) -> None:
            upgrade(connection)
            raise RuntimeError("killed")

        upgrade = database._upgrade
        patch.setattr(database, "_upgrade", fail)
        with pytest.raises(RuntimeError):
            Collection.open(database_url)
    url = database_url.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    assert Collection.open(database_url).drawings() == []


def test_threads_that_open_a_new_database_at_once_succeed(database_url: str) -> None:
    start = Barrier(10)

    def open_it(_: int) -> Collection:
        start.wait()
        return Collection.open(database_url)

    with ThreadPoolExecutor(10) as threads:
        found = list(threads.map(open_it, range(10)))
    assert len({id(each.engine) for each in found}) == 1
    found[0].add(THREE, 3, contributor="a")
    assert len(found[-1].drawings(accepted=False)) == 1


def test_threads_that_open_different_new_databases_at_once_succeed(tmp_path: Path) -> None:
    """Alembic works on one at a time."""
    start = Barrier(6)

    def open_it(number: int) -> None:
        start.wait()
        collection = Collection.open(f"sqlite:///{tmp_path / str(number)}.sqlite3")
        collection.add(THREE, number, contributor="a", accepted=True)
        assert [each.label for each in collection.drawings()] == [number]

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(open_it, range(6)))
    database.close_all()


def test_whoever_finds_a_migration_going_on_waits_longer_than_for_a_drawing(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 1)
    with postgres.database() as url, psycopg.connect(url) as other:
        other.execute(f"SELECT pg_advisory_xact_lock({database.MIGRATING})".encode())
        timer = Timer(1.5, other.rollback)
        timer.start()
        started = time.monotonic()
        assert Collection.open(url).drawings() == []
        assert time.monotonic() - started > 1.4
        timer.join()
        database.close_all()


def test_processes_that_open_a_new_database_at_once_succeed(database_url: str) -> None:
    do_at_once(open_new, [(database_url,)] * 4)
    engine = Collection.open(database_url).engine
    with engine.connect() as connection:
        versions = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    assert versions == [(database.HEAD,)]
