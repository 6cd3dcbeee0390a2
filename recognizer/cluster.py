"""A Ray cluster: found, and joined. Ray is imported here only when one is used."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.resources import files
from pathlib import Path
from typing import Any

from recognizer.errors import RecognizerError
from recognizer.processes import silenced

PATIENCE = 5.0  # seconds in which a cluster has to answer
NO_RAY = "A cluster needs Ray, which is not installed. Run: pip install -r requirements-cluster.txt"


def address_of(address: str | None) -> str | None:
    """The address of the cluster: what was given, else `RAY_ADDRESS`; None for none."""
    return address or os.environ.get("RAY_ADDRESS") or None


def connect(address: str) -> None:
    """Join a cluster; this code runs there, whatever is installed on its machines.

    Raises:
        RecognizerError: Ray is not installed, or there is no such cluster.
    """
    try:
        import ray
    except ImportError as error:
        raise RecognizerError(NO_RAY) from error
    if ray.is_initialized():
        return
    _check(address)
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # errors are raised, too
    try:
        with silenced():
            ray.init(
                address,
                runtime_env=runtime_env(),
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
    except Exception as error:  # of many kinds: no cluster, no access, another version
        raise RecognizerError(
            f"The Ray cluster at {address} cannot be used ({error}). Run this on one of its "
            "machines, with the cluster's versions of Ray and Python, and with its token if it "
            "asks for one (RAY_AUTH_MODE)."
        ) from error


@contextmanager
def joined(address: str) -> Iterator[None]:
    """Join a cluster for a while, in which what Ray prints on stdout is dropped: it would be
    between the lines of progress, and what matters is raised.

    Raises:
        RecognizerError: As `connect` does.
    """
    connect(address)
    import ray

    with Path(os.devnull).open("w") as nothing, redirect_stdout(nothing):
        try:
            yield
        finally:
            ray.shutdown()


def runtime_env() -> dict[str, Any]:
    """What Ray gives to the processes of a job: this package."""
    return {"py_modules": [str(files("recognizer"))], "excludes": ["**/__pycache__/"]}


def _check(address: str) -> None:
    """Raise a RecognizerError if nobody answers: Ray itself would try for a minute."""
    host, _, port = address.rpartition(":")
    if not (host and port.isdigit()):
        if address == "auto":
            return
        raise RecognizerError(f"{address!r} is no address of a Ray cluster. Give HOST:PORT.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise RecognizerError(
            f"No Ray cluster answers at {address} ({error}). Start one with ray start --head, or "
            "check the address."
        ) from error
