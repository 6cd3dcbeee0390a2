"""Networks called with many images: some at a time, which bounds memory, on all cores."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import CLASSES
from recognizer.models.evaluation import Network

BATCH = 64  # images per call


def in_batches(network: Network) -> Network:
    """The network for any number of images; it is called with at least one and at most BATCH."""

    def run(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        batches = split(images)
        if len(batches) == 1:  # as in nearly every reading
            return network(images)
        none = np.zeros((0, CLASSES), dtype=np.float32)
        return np.concatenate([none, *threads().map(network, batches)])

    return run


def split(items: Any) -> list[Any]:
    """Split a list or an array into parts of BATCH."""
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


@cache
def threads() -> ThreadPoolExecutor:
    """As many threads as the machine has cores."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="read")
