"""Shards read by a Ray cluster. Imported only where there is one: Ray takes a second.

One task beside this process reads the input, and actors all over the cluster read the shards; this
process writes what comes back. So no other machine needs the input, the models or the results.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import ray
from ray.data import ActorPoolStrategy, DataContext, Datasource, ExecutionOptions
from ray.data.block import BlockMetadata
from ray.data.datasource import ReadTask
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from recognizer.batch.packed_model import PackedModel
from recognizer.batch.records import SHARD_BYTES, Source
from recognizer.batch.worker import Part, Worker

TRIES = 3  # how often an actor may die while a shard is read; then it is left out
AHEAD = 16  # shards for each core that may be on their way through the cluster
COLUMNS = pa.schema([("number", pa.int64()), ("records", pa.large_binary())])


def results(
    source: Source, size: int, done: Container[int], model: PackedModel, *, numbers: bool
) -> Iterator[tuple[int, Part]]:
    """The readings of each shard that is not done, with its number, as they are ready.

    Shards at which actors die again and again are left out.
    """
    _settle()
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    cores = max(int(ray.cluster_resources().get("CPU", 1)), 1)
    shards = ray.data.read_datasource(
        _Shards(source, size, done),
        override_num_blocks=1,
        ray_remote_args={"num_cpus": 0, "scheduling_strategy": here, "max_retries": 0},
    )
    parts = shards.map_batches(
        _Actor,
        batch_size=1,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(min_size=1, initial_size=cores, max_size=None),
        fn_constructor_args=(ray.put(model), numbers),
        num_cpus=1,
        max_task_retries=TRIES,
    )
    parts.context.execution_options = ExecutionOptions(
        resource_limits=parts.context.execution_options.resource_limits.copy(
            object_store_memory=AHEAD * SHARD_BYTES
        )
    )
    for batch in parts.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=1):
        for content in batch["part"]:
            number, part = pickle.loads(content.as_buffer())
            yield number, part


def _settle() -> None:
    """Let Ray Data say nothing, and pass on one shard at a time."""
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.target_max_block_size = 1  # bytes: a shard is a block
    context.target_min_block_size = 1
    context.max_errored_blocks = -1


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
    for shard in source.shards(size):
        if shard.number not in done:
            content = pickle.dumps(shard.load(), pickle.HIGHEST_PROTOCOL)
            yield pa.table([[shard.number], [content]], schema=COLUMNS)


class _Actor:
    """A worker on any machine of the cluster."""

    def __init__(self, model: Any, numbers: bool) -> None:
        self._worker = Worker(ray.get(model), numbers=numbers)

    def __call__(self, batch: pa.Table) -> pa.Table:
        parts = [
            pickle.dumps((number.as_py(), self._worker.read(pickle.loads(records.as_buffer()))))
            for number, records in zip(batch["number"], batch["records"], strict=True)
        ]
        return pa.table({"part": pa.array(parts, pa.large_binary())})
