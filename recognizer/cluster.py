"""A Ray cluster: found, and joined. Ray is imported here only when one is used."""

from __future__ import annotations

import logging
import os
import socket
from importlib.resources import files
from typing import Any

from recognizer.errors import RecognizerError

PATIENCE = 5.0  # seconds in which a cluster has to answer
NO_RAY = (
    "A cluster needs Ray, which is not installed. Run: pip install -r requirements-cluster.txt"
)


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
    try:
        ray.init(
            address,
            runtime_env=runtime_env(),
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except Exception as error:  # of many kinds: no cluster, no access, another version
        raise RecognizerError(
            f"The Ray cluster at {address} cannot be used ({error}). Run this on one of its "
            "machines, with the cluster's versions of Ray and Python."
        ) from error


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
