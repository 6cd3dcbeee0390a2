"""Networks called with many images: some at a time, which bounds memory, on all cores."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recognizer.datasets.mnist import CLASSES
from recognizer.models.evaluation import Network

BATCH = 64  # images per call
T = TypeVar("T")
R = TypeVar("R")


def in_batches(network: Network) -> Network:
    """The network for any number of images; it is called with at least one and at most BATCH."""

    def run(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        batches = split(images)
        if len(batches) == 1:  # as in nearly every reading
            return network(images)
        none = np.zeros((0, CLASSES), dtype=np.float32)
        return np.concatenate([none, *threads().map(network, batches)])

    return run


def for_each(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """What a function makes of each item, on all cores; the function may run networks itself."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # not `threads()`, which it may wait for
        return list(pool.map(function, items))


def split(items: Any) -> list[Any]:
    """Split a list or an array into parts of BATCH."""
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def keep_numpy_to_one_thread() -> None:
    """Stop NumPy from using several threads for one product of matrices, from now on.

    They wait busily for each other: where other work keeps the cores busy, a product that takes
    0.3 ms takes 30. Readings run beside each other anyway.
    """
    threadpool_limits(1, user_api="blas")


@cache
def threads() -> ThreadPoolExecutor:
    """As many threads as the machine has cores."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="read")
