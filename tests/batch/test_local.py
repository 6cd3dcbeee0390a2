"""Processes that read: replaced when they die, and no record is lost with them."""

import io
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import islice

import psutil
import pyarrow.parquet as pq
import pytest

from recognizer.batch.local import LocalPool, usual_processes
from recognizer.batch.packed_model import PackedModel
from recognizer.batch.records import Shard
from recognizer.batch.worker import Part
from recognizer.errors import ModelError
from tests.batch.samples import Deadly


def shards(number: int, deadly: frozenset[int] = frozenset()) -> Iterator[Shard]:
    """Shards of two records; in the second, some may be deadly."""
    for each in range(number):
        yield Shard(each, partial(Deadly, 2, deadly if each == 1 else frozenset()))


def statuses(part: Part) -> list[str]:
    status: list[str] = pq.read_table(io.BytesIO(part.content))["status"].to_pylist()
    return status


def workers() -> list[psutil.Process]:
    """The processes of a pool."""
    return [each for each in psutil.Process().children(recursive=True) if _reads(each)]


def _reads(process: psutil.Process) -> bool:
    with suppress(psutil.Error):  # it has just ended, or is a zombie
        return "spawn_main" in " ".join(process.cmdline())
    return False


@pytest.mark.slow
def test_processes_that_are_killed_are_replaced(model: PackedModel) -> None:
    pool = LocalPool(model, 2, numbers=False)
    done = {}
    for number, part in pool.results(shards(9)):
        done[number] = statuses(part)
        if number in (0, 4):
            for process in workers()[: 1 + number]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
    assert done == {number: ["digit"] * 2 for number in range(9)}
    assert not workers()


@pytest.mark.slow
def test_only_the_record_that_kills_its_process_fails(
    model: PackedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognizer.batch.local.TRIES", 1)
    pool = LocalPool(model, 1, numbers=False)
    done = dict(pool.results(shards(3, frozenset({1}))))
    assert statuses(done.pop(1)) == ["digit", "failed"]
    assert [statuses(part) for part in done.values()] == [["digit"] * 2] * 2


def test_a_model_that_cannot_be_loaded_is_reported(model: PackedModel) -> None:
    broken = PackedModel(model.name, model.weights, "", model.files | {"recipe.json": b"{"})
    with pytest.raises(ModelError, match="damaged"):
        list(LocalPool(broken, 2, numbers=False).results(shards(3)))
    assert not workers()


def test_there_is_at_least_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert usual_processes() >= 1
    monkeypatch.setattr("recognizer.batch.local.PROCESS_BYTES", 1e15)
    assert usual_processes() == 1


def test_an_input_is_read_no_further_than_wanted(model: PackedModel) -> None:
    taken = []

    def counted() -> Iterator[Shard]:
        for shard in shards(40):
            taken.append(shard.number)
            yield shard

    results = LocalPool(model, 1, numbers=False).results(counted())
    for done, _ in enumerate(islice(results, 10), 1):
        assert len(taken) <= done + 2
    assert workers()
    results.close()
    assert not workers()
