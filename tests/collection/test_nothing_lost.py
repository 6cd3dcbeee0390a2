"""What `add` has confirmed is in the database, whatever happens to processes, disk and server."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, Thread, Timer
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event, text

from recognizer import Collection
from recognizer.collection import database
from recognizer.collection.database import reading_from
from recognizer.collection.tables import drawings, labels, readings
from recognizer.errors import CollectionError
from tests.collection import workers
from tests.collection.postgres import Server
from tests.collection.samples import THREE, drawing, reading, rows
from tests.disks import fill, small_disk
from tests.waiting import wait_until

KILLS = int(os.environ.get("KILLS", "6"))


def complete(collection: Collection) -> list[str]:
    """The ids of all drawings, each of which must have what was said of it, once."""
    if collection.engine.dialect.name == "sqlite":
        with reading_from(collection.engine) as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    ids = [each.id for each in rows(collection, drawings)]
    for table in (labels, readings):
        assert Counter(each.drawing_id for each in rows(collection, table)) == Counter(ids)
    assert len(set(ids)) == len(ids)
    return ids


def add(collection: Collection, number: int = 0) -> str:
    return collection.add(drawing(number), 3, contributor="a", reading=reading())


# Processes


@pytest.mark.slow
def test_what_eight_processes_add_at_once_is_there_once(database_url: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.txt" for number in range(8)]
    workers.do_at_once(workers.add, [(database_url, file, 40) for file in files])
    confirmed = [id for file in files for id in file.read_text().split()]
    assert len(confirmed) == 8 * 40
    assert sorted(complete(Collection.open(database_url))) == sorted(confirmed)


@pytest.mark.slow
def test_what_a_killed_process_was_told_is_kept_is_there(database_url: str, tmp_path: Path) -> None:
    """SIGKILL while it opens the database, and while it adds."""
    file = tmp_path / "confirmed.txt"
    file.touch()
    for number, after in enumerate(np.random.default_rng(0).uniform(0, 0.6, KILLS)):
        size = file.stat().st_size

        def has_grown(size: int = size) -> bool:
            return file.stat().st_size > size

        with workers.running(workers.add, database_url, file, 100_000) as process:
            if number % 2:
                wait_until(has_grown)
            process.join(after)
            assert process.exitcode is None
    confirmed = file.read_text().split()
    assert confirmed
    collection = Collection.open(database_url)
    there = complete(collection)
    assert set(confirmed) <= set(there)
    assert len(there) <= len(confirmed) + KILLS  # one of each kill was not confirmed yet
    add(collection)


def test_the_same_drawing_from_two_at_once_is_there_once(collection: Collection) -> None:
    for number in range(10):
        id, start = f"{number:032x}", Barrier(2)

        def add_it(digit: int, id: str = id, start: Barrier = start) -> str:
            start.wait()
            read = reading(digit)
            return collection.add(THREE, 3, contributor="a", reading=read, id=id)

        with ThreadPoolExecutor(2) as threads:
            assert list(threads.map(add_it, range(2))) == [id, id]
    assert len(complete(collection)) == 10


# SQLite


@pytest.fixture
def locked(file_collection: Collection, tmp_path: Path) -> Iterator[Path]:
    """The database is locked by another process until this file is there."""
    release = tmp_path / "release"
    held = tmp_path / "held"
    path = str(file_collection.engine.url.database)
    with workers.running(workers.lock, path, held, release) as process:
        wait_until(held.exists)
        yield release
        release.touch()
        process.join(10)


def test_a_locked_database_is_waited_for(locked: Path, file_collection: Collection) -> None:
    Timer(1, locked.touch).start()
    started = time.monotonic()
    id = add(file_collection)
    assert time.monotonic() - started > 0.9
    assert complete(file_collection) == [id]


def test_one_that_stays_locked_is_reported_and_read_meanwhile(
    locked: Path, file_collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = file_collection.engine.url.render_as_string()
    database.close_all()
    monkeypatch.setattr(database, "PATIENCE", 0.5)
    collection = Collection.open(url)
    with pytest.raises(CollectionError, match="locked"):
        add(collection)
    assert complete(collection) == []
    locked.touch()
    wait_until(lambda: added(collection))
    assert len(complete(collection)) == 1


def added(collection: Collection) -> bool:
    """Add a drawing, if that can be done at the moment."""
    try:
        add(collection)
    except CollectionError:
        return False
    return True


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "1m") as disk:
        yield disk
        database.close_all()


def add_all(collection: Collection, confirmed: list[str]) -> None:
    """Add a thousand drawings, each to the list once it is confirmed."""
    for number in range(1000):
        confirmed.append(add(collection, number))


def test_a_full_disk_keeps_nothing_more_and_loses_nothing(disk: Path) -> None:
    collection = Collection.open(f"sqlite:///{disk / 'drawings.sqlite3'}")
    confirmed = [add(collection, number) for number in range(10)]
    other = fill(disk, free=50_000)
    with pytest.raises(CollectionError, match=r"full|disk"):
        add_all(collection, confirmed)
    assert 10 < len(confirmed) < 1000
    assert complete(collection) == confirmed
    other.unlink()
    confirmed.append(add(collection))
    assert complete(collection) == confirmed


def test_a_new_database_on_a_full_disk_is_reported(disk: Path) -> None:
    other = fill(disk)
    url = f"sqlite:///{disk / 'drawings.sqlite3'}"
    with pytest.raises(CollectionError, match=r"full|disk"):
        Collection.open(url)
    other.unlink()
    add(Collection.open(url))


# PostgreSQL


def test_a_server_that_fails_and_comes_back_has_lost_nothing(
    postgres: Server, server_collection: Collection
) -> None:
    confirmed: list[str] = []
    failed: list[float] = []
    enough = Event()

    def keep_adding() -> None:
        while not enough.is_set():
            started = time.monotonic()
            try:
                confirmed.append(add(server_collection))
            except CollectionError:
                failed.append(time.monotonic() - started)

    threads = [Thread(target=keep_adding) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(confirmed) > 20)
        postgres.stop("immediate")
        number = len(failed)
        wait_until(lambda: len(failed) > number + 3)
    finally:
        postgres.start()
        number = len(confirmed)
        wait_until(lambda: len(confirmed) > number + 20)
        enough.set()
        for thread in threads:
            thread.join()
    assert max(failed) < 2
    there = complete(server_collection)
    assert set(confirmed) <= set(there)
    assert len(confirmed) == len(set(confirmed))


@pytest.fixture
def disconnect(postgres: Server, server_collection: Collection) -> Callable[[], None]:
    """Ends all connections of the collection, as a server does when it restarts."""
    name = server_collection.engine.url.database

    def end() -> None:
        postgres.execute(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
        )

    return end


def test_a_lost_connection_is_made_again(
    server_collection: Collection, disconnect: Callable[[], None]
) -> None:
    first = add(server_collection)
    disconnect()
    second = add(server_collection)
    disconnect()
    assert complete(server_collection) == [first, second]
    disconnect()
    assert server_collection.label([first], 5, by="b") == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_that_is_lost_as_it_commits(
    server_collection: Collection,
    disconnect: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    """Nobody knows whether it did, so it is done again, and nothing twice."""
    dialect = server_collection.engine.dialect
    commit, lost = dialect.do_commit, Event()

    def lose(connection: Any) -> None:
        if not lost.is_set():
            lost.set()
            if when == "after":
                commit(connection)
            disconnect()
            connection.execute("SELECT 1")
        commit(connection)

    monkeypatch.setattr(dialect, "do_commit", lose)
    id = add(server_collection)
    assert lost.is_set()
    assert complete(server_collection) == [id]


def test_errors_do_not_show_what_was_kept(server_collection: Collection) -> None:
    """They end up in logs."""

    @event.listens_for(server_collection.engine, "before_cursor_execute", retval=True)
    def break_it(_c: Any, _k: Any, statement: str, given: Any, *_: Any) -> tuple[str, Any]:
        return statement.replace("INSERT INTO drawings", "INSERT INTO nowhere"), given

    with pytest.raises(CollectionError) as refused:
        server_collection.add(THREE, 3, contributor="anna-smith")
    event.remove(server_collection.engine, "before_cursor_execute", break_it)
    assert "nowhere" in str(refused.value)
    assert "anna-smith" not in str(refused.value.__cause__)
