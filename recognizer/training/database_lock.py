"""An advisory lock of PostgreSQL: one training among all servers that share a database.

It is held on a connection of its own, and ends with its process: at once, or within some 20
seconds where the machine or its network fails. A pool of connections between app and database
must not share it out: PgBouncer needs its session mode.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from functools import cache
from queue import Empty, SimpleQueue

from sqlalchemy import Connection, Engine, Row
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from recognizer.collection import database
from recognizer.collection.database import in_plain_words
from recognizer.errors import CollectionError

SPACE = 7_310_128  # the first number of every lock; the second is its key
PATIENCE = 2  # seconds that a page waits for an answer
PAUSE = 10.0  # seconds without a question, once there was no answer
# Both sides notice within some 20 seconds that the other one is gone.
ALIVE = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3}
SILENT = 15_000  # milliseconds that what was sent may stay unconfirmed
_silent_until = 0.0


class DatabaseLock:
    """A lock in the configured database; where that is a file, everyone gets it."""

    def __init__(self, key: int) -> None:
        """Hold nothing yet.

        Args:
            key: What is locked, 0 to 2³¹ - 1.

        Raises:
            CollectionError: The configuration names no database, or there is no driver for it.
        """
        self._key = key
        self._connection: Connection | None = None
        server_side = " ".join(f"-c tcp_{name}={value}" for name, value in ALIVE.items())
        self._engine = database.server_engine(
            isolation_level="AUTOCOMMIT",
            connect_args=ALIVE
            | {
                "application_name": "digit-reader training",
                "connect_timeout": database.PATIENCE,
                "tcp_user_timeout": SILENT,
                "options": f"{server_side} -c tcp_user_timeout={SILENT}",
            },
        )

    def take(self, wait: int = 0) -> bool:
        """Take it unless somebody else has it.

        Args:
            wait: Seconds to stand in line for it.

        Raises:
            CollectionError: The database cannot be used.
        """
        if self._engine is None or self._connection:
            return True
        with in_plain_words():
            connection = self._engine.connect()
            if _take(connection, self._key, wait):
                self._connection = connection
                return True
            _close(connection)
        return False

    def keep(self) -> bool:
        """Check it, and take it again if the connection was lost.

        Returns:
            False where somebody else has it by now. While the database is away, nobody can.
        """
        if self._connection:
            with suppress(SQLAlchemyError):
                self._connection.exec_driver_sql("SELECT 1")
                return True
            self.release()
        try:
            return self.take()
        except CollectionError:
            return True

    def is_waited_for(self) -> bool:
        """Whether somebody stands in line for what is held here; so if that is lost."""
        try:
            return not self._connection or _anyone(self._connection, self._key, "NOT granted")
        except SQLAlchemyError:
            return True

    def release(self) -> None:
        if self._connection:
            _close(self._connection)
            self._connection = None


def _take(connection: Connection, key: int, wait: int) -> bool:
    if not wait:
        return bool(connection.exec_driver_sql(_call("pg_try_advisory_lock", key)).scalar())
    connection.exec_driver_sql(f"SET lock_timeout = '{wait}s'")
    try:
        connection.exec_driver_sql(_call("pg_advisory_lock", key))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "55P03":  # it has waited long enough
            return False
        raise
    return True


def _call(function: str, key: int) -> str:
    return f"SELECT {function}({SPACE}, {key})"


def _anyone(connection: Connection, key: int, how: str) -> bool:
    """Whether anyone holds the lock ("granted"), or waits for it ("NOT granted")."""
    found: Row[tuple[int]] | None = connection.exec_driver_sql(
        f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND {how} AND classid = {SPACE} "
        f"AND objid = {key} AND objsubid = 2 AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1"
    ).first()
    return found is not None


def _close(connection: Connection) -> None:
    """Close it for good: in a pool it would keep the lock."""
    with suppress(SQLAlchemyError):
        connection.detach()
    with suppress(SQLAlchemyError):
        connection.close()


# A look from outside


def is_held(key: int) -> bool | None:
    """Whether anyone holds a lock; None where that cannot be found out, or not soon."""
    global _silent_until  # noqa: PLW0603
    if time.monotonic() < _silent_until:
        return None
    answers: SimpleQueue[bool | None] = SimpleQueue()
    threading.Thread(target=lambda: answers.put(_ask(key)), daemon=True).start()
    try:
        answer = answers.get(timeout=PATIENCE)
    except Empty:  # a frozen server accepts connections, and says nothing
        answer = None
    if answer is None:
        _silent_until = time.monotonic() + PAUSE
    return answer


def _ask(key: int) -> bool | None:
    try:
        engine = _asking(database.configured_url())
        if engine is None:
            return None
        with engine.connect() as connection:
            return _anyone(connection, key, "granted")
    except (CollectionError, SQLAlchemyError):
        return None


@cache
def _asking(url: str) -> Engine | None:
    """The engine that asks: it keeps connections open."""
    return database.server_engine(
        isolation_level="AUTOCOMMIT",
        pool_timeout=PATIENCE,
        connect_args={"connect_timeout": PATIENCE, "tcp_user_timeout": 1000 * PATIENCE},
    )
