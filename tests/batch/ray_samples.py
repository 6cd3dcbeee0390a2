"""An input for a cluster with a record that ends the process that reads it."""

from collections.abc import Iterator
from typing import Any

from recognizer.batch.records import Shard, read_shard
from tests.batch.samples import Deadly


class DeadlySource:
    """Four shards; in the second is a deadly record."""

    shard_size = 2

    def identity(self) -> dict[str, Any]:
        return {}

    def total(self) -> int:
        return 8

    def shards(self, _size: int) -> Iterator[Shard]:
        for number in range(4):
            yield read_shard(number, Deadly(2, frozenset({1} if number == 1 else ())))
