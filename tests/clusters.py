"""Real Ray clusters on this machine, of nodes with one core each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ray.cluster_utils import Cluster


@contextmanager
def cluster(nodes: int = 2) -> Iterator[Any]:
    """Start a cluster; `.address` says where, `.remove_node(node, False)` kills one."""
    # The head has no core, so that every other node can be killed.
    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": 300_000_000}
    started: Any = Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(nodes):
            started.add_node(num_cpus=1, object_store_memory=300_000_000)
        yield started
    finally:
        started.shutdown()
