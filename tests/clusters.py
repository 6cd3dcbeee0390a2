"""Real Ray clusters on this machine, of nodes with one core each."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil

MEMORY = 300_000_000  # bytes of a node's object store

# Ray's ports are open to the network: only who has the token can use them. Ray reads these
# variables when it is imported, so they are set before that, by tests/conftest.py.
os.environ["RAY_AUTH_MODE"] = "token"
os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


@contextmanager
def cluster(nodes: int = 2) -> Iterator[Any]:
    """Start a cluster, whose `.address` says where it is."""
    from ray.cluster_utils import Cluster

    # The head has no core, so that every other node can be killed.
    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": MEMORY}
    started: Any = Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(nodes):
            add_node(started)
        yield started
    finally:
        started.shutdown()


def add_node(cluster: Any) -> None:
    """Add a node with one core."""
    cluster.add_node(num_cpus=1, object_store_memory=MEMORY)


def kill_node(cluster: Any) -> None:
    """End a node as a power cut does: its raylet and all that it has started, at once."""
    node = cluster.worker_nodes.pop()
    raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
    for process in (raylet, *raylet.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            process.kill()
