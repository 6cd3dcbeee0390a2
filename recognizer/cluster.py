"""A Ray cluster: where it is, and a connection to it. Ray is imported where one is used."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from recognizer.errors import ClusterError
from recognizer.processes import silenced

NEEDED = "requirements-cluster.txt"
UNPROTECTED = (
    "The cluster asks for no token: whoever reaches its ports can run code on it. "
    "docs/deployment.md says how to protect it."
)
PATIENCE = 5.0  # seconds that a cluster is given to answer: Ray itself waits for minutes


def address_of(named: str | None = None) -> str | None:
    """The cluster's address: `named`, else `RAY_ADDRESS`; None without any."""
    return named or os.environ.get("RAY_ADDRESS") or None


@contextmanager
def connected(address: str, **packages: Any) -> Iterator[Any]:
    """Connect to a cluster; its nodes get this package's code.

    Args:
        address: "host:port", or "auto" for the cluster that this machine is a node of.
        packages: Further fields of Ray's runtime environment.

    Yields:
        The module `ray`, connected.

    Raises:
        ClusterError: Ray is not installed, or the cluster cannot be reached.
    """
    try:
        import ray
    except ImportError as error:
        raise ClusterError(
            f"A cluster needs Ray, which is not installed. Run: pip install -r {NEEDED}"
        ) from error
    _check_that_it_answers(address)
    if os.environ.get("RAY_AUTH_MODE") != "token":
        print(UNPROTECTED, file=sys.stderr)
    code = {"py_modules": [str(files("recognizer"))], "excludes": ["**/__pycache__"]}
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # errors are raised, too
    try:
        with silenced():
            ray.init(
                address=address,
                runtime_env=code | packages,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
    except Exception as error:  # of many kinds: no cluster, no access, another version
        raise ClusterError(
            f"The Ray cluster at {address} cannot be used ({error}). Run this on one of its "
            "machines, with the cluster's versions of Ray and Python, and with its token if it "
            "asks for one (RAY_AUTH_MODE)."
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def beside_this_process(ray: Any) -> dict[str, str]:
    """The labels of the node that this process is on: what is placed there ends with it alone."""
    return {"ray.io/node-id": ray.get_runtime_context().get_node_id()}


def _check_that_it_answers(address: str) -> None:
    """Raise a ClusterError where nothing listens; Ray would end the process after minutes."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not (host and port.isdigit()) or "://" in address:
        raise ClusterError(
            f"{address!r} is not the address of a cluster. Give host:port, such as "
            "127.0.0.1:6379, on a machine that is a node of it (ray start --address=host:port)."
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise ClusterError(
            f"There is no cluster at {address} ({error}). Start one (ray start --head), or correct "
            "--cluster or RAY_ADDRESS."
        ) from error
