"""Shards read by a Ray cluster. Imported only where there is one: Ray takes a second.

One task beside this process reads the input, and actors all over the cluster read the shards; this
process writes what comes back. So no other machine needs the input, the models or the results.
"""

from __future__ import annotations

import logging
import os
import pickle
import warnings
from collections.abc import Container, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import ray
import ray.data
import ray.exceptions
from ray.data import ActorPoolStrategy, DataContext, Datasource
from ray.data.block import BlockMetadata
from ray.data.datasource import ReadTask
from ray.data.exceptions import SystemException, UserCodeException
from ray.util.annotations import RayDeprecationWarning

from recognizer import cluster
from recognizer.batch.packed_model import PackedModel
from recognizer.batch.records import SHARD_BYTES, Source, reason_of
from recognizer.batch.worker import Part, Worker
from recognizer.errors import RecognizerError

# How often a shard is read again whose actor dies, or is not reached; then it is left out. A dead
# machine costs some of them, until the others know that it is dead.
TRIES = 20
END = -1  # the number of the row after the last shard
ERRORS = 100  # shards that may be left out; more mean that something else is wrong
AHEAD = 20 * SHARD_BYTES  # bytes on their way through the cluster
COLUMNS = pa.schema([("number", pa.int64()), ("records", pa.large_binary())])


def results(
    source: Source, size: int, done: Container[int], model: PackedModel, *, numbers: bool
) -> Generator[tuple[int, Part], None, int | None]:
    """The readings of each shard that is not done, with its number, as they are ready.

    Shards at which actors die again and again are left out.

    Returns:
        How many shards the input has; None if that got lost.

    Raises:
        RecognizerError: The cluster does not go on.
    """
    _settle()
    total = None
    parts = _parts(source, size, done, model, numbers)
    try:
        for batch in parts.iter_batches(
            batch_size=None, batch_format="pyarrow", prefetch_batches=1
        ):
            for number, content in zip(batch["number"], batch["part"], strict=True):
                if number.as_py() == END:
                    total = pickle.loads(content.as_buffer())
                else:
                    yield number.as_py(), pickle.loads(content.as_buffer())
    except (ray.exceptions.RayError, UserCodeException, SystemException) as error:
        raise RecognizerError(
            f"The cluster has stopped reading ({reason_of(error)}). Give the same command again to "
            "go on."
        ) from error
    return total


def _parts(
    source: Source, size: int, done: Container[int], model: PackedModel, numbers: bool
) -> ray.data.Dataset:
    """The data set of all readings, which is made while it is iterated."""
    shards = ray.data.read_datasource(
        _Shards(source, size, done),
        override_num_blocks=1,
        num_cpus=0,
        label_selector=cluster.beside_this_process(ray),
    )
    cores = max(int(ray.cluster_resources().get("CPU", 1)), 1)
    with warnings.catch_warnings():
        # Ray 2.64 will do without `max_task_retries`; without it a shard at which actors die is
        # tried forever.
        warnings.simplefilter("ignore", RayDeprecationWarning)
        parts = shards.map_batches(
            _Actor,
            batch_size=1,
            batch_format="pyarrow",
            compute=ActorPoolStrategy(min_size=1, initial_size=cores),
            fn_constructor_args=(ray.put(model), numbers),
            num_cpus=1,
            max_task_retries=TRIES,
        )
    options = parts.context.execution_options
    options.resource_limits = options.resource_limits.copy(object_store_memory=AHEAD)
    return parts


def _settle() -> None:
    """Let Ray Data say nothing, and pass on one shard at a time."""
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    os.environ.setdefault("RAY_DATA_USAGE_DISABLED", "1")  # or it counts, in one more process
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.target_max_block_size = 1  # bytes: a shard is a block
    context.target_min_block_size = 1
    context.max_errored_blocks = ERRORS


@dataclass
class _Shards(Datasource):
    """The input as one task that gives a row for each shard."""

    source: Source
    size: int
    done: Container[int]

    def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[ReadTask]:
        unknown = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
        return [ReadTask(partial(_rows, self.source, self.size, self.done), unknown)]

    def estimate_inmemory_data_size(self) -> int | None:
        return None


def _rows(source: Source, size: int, done: Container[int]) -> Iterator[pa.Table]:
    total = 0
    for shard in source.shards(size):
        if shard.number not in done:
            yield _row(shard.number, shard.load())
        total = shard.number + 1
    yield _row(END, total)


def _row(number: int, content: object) -> pa.Table:
    return pa.table([[number], [pickle.dumps(content, pickle.HIGHEST_PROTOCOL)]], schema=COLUMNS)


class _Actor:
    """A worker on any machine of the cluster."""

    def __init__(self, model: Any, numbers: bool) -> None:
        self._worker = Worker(ray.get(model).load(), numbers=numbers)

    def __call__(self, batch: pa.Table) -> pa.Table:
        parts = [
            self._read(number.as_py(), pickle.loads(content.as_buffer()))
            for number, content in zip(batch["number"], batch["records"], strict=True)
        ]
        column = pa.array([pickle.dumps(part) for part in parts], pa.large_binary())
        return pa.table({"number": batch["number"], "part": column})

    def _read(self, number: int, content: Any) -> Any:
        return content if number == END else self._worker.read(content)
