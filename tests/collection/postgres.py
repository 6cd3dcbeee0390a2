"""A PostgreSQL server of the tests' own: Debian's binaries, a free port, data in a folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

DEBIAN = Path("/usr/lib/postgresql")
USER = "postgres"  # of the system: the server refuses to be run by root


class Missing(Exception):  # noqa: N818 - nothing went wrong
    """There is no PostgreSQL on this machine."""


class Server:
    """A server that runs between `start` and `stop`, any number of times, with the same data."""

    def __init__(self) -> None:
        self._binaries = _binaries()
        self._as_user = _as_user()
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self.port = free_port()
        self._numbers = count(1)
        if self._as_user:
            shutil.chown(self.folder, USER, USER)
        self._run("initdb", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-sync")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "''",
            "fsync": "off",  # only a machine that fails needs it, and no test can do that
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._run("pg_ctl", "start", "-w", "-o", options, "-l", str(self.folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        """Stop it; mode "immediate" is as if the power failed."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a new database, a copy of another one; it is dropped at the end."""
        name = f"drawings_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield self.url(name)
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Run a statement as an administrator."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments, "-D", str(self.folder)]
        with tempfile.TemporaryFile() as output:  # a pipe would stay open as long as the server
            run = subprocess.run(
                command, cwd="/", stdout=output, stderr=output, check=False, **self._as_user
            )
            output.seek(0)
            assert run.returncode == 0, f"{program}: {output.read().decode()}"


def _binaries() -> Path:
    """The folder of the newest version's programs."""
    found = [path.parent for path in DEBIAN.glob("*/bin/initdb")]
    if not found:
        raise Missing(f"no PostgreSQL in {DEBIAN} (apt install postgresql)")
    return max(found, key=lambda path: int(path.parent.name))


def _as_user() -> dict[str, Any]:
    """The arguments of `subprocess.run` under which the server may run."""
    return {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
