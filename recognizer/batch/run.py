"""Many drawings: an input -> a folder of readings, here or on a cluster."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recognizer import cluster
from recognizer.batch.inputs import open_input
from recognizer.batch.local import LocalPool, usual_processes
from recognizer.batch.output import Output, is_complete, opened
from recognizer.batch.packed_model import PackedModel
from recognizer.batch.progress import Progress
from recognizer.batch.records import Shard, Source
from recognizer.batch.worker import FAILED, Part
from recognizer.errors import RequestError
from recognizer.models import registry


@dataclass(frozen=True)
class Request:
    """What is to be read, and how.

    Attributes:
        input: A file or a folder.
        output: The folder of the results.
        model: A name; None for the active one.
        numbers: Whether whole numbers are read, not digits.
        photos: Whether pictures are photographs; None: those of a folder are.
        shard_size: Records in a shard; None for what suits the input.
        processes: On this machine; None for as many as it has cores and memory for.
        cluster: The address of a Ray cluster; None for this machine alone.
    """

    input: Path
    output: Path
    model: str | None = None
    numbers: bool = False
    photos: bool | None = None
    shard_size: int | None = None
    processes: int | None = None
    cluster: str | None = None


def run(request: Request) -> str:
    """Read all that is not read yet; return how it went, in a line.

    Raises:
        RecognizerError: It cannot be done; what was read stays, and is not read again.
    """
    _check(request)
    entry = registry.find_model(request.model) if request.model else registry.active_model()
    model = PackedModel.of(entry)
    source = open_input(request.input, request.photos)
    size, total = request.shard_size or source.shard_size, source.total()
    with opened(request.output, _about(request, source, size, model)) as output:
        if is_complete(request.output):
            return f"All was there already: {_in_words(output)}."
        start = time.monotonic()
        progress = Progress(total, output.records)
        try:
            with closing(_results(output, request, source, size, model)) as results:
                for number, part in results:
                    output.write(number, part.content, part.counts)
                    progress.add(part.counts.total())
        finally:
            progress.close()
        seconds = time.monotonic() - start
        output.finish(seconds)
        return f"{_in_words(output)}, in {seconds:,.1f} seconds."


def _check(request: Request) -> None:
    for name, value in (("--processes", request.processes), ("--shard-size", request.shard_size)):
        if value is not None and value < 1:
            raise RequestError(f"{name} {value}: give a whole number from 1 on.")


def _about(request: Request, source: Source, size: int, model: PackedModel) -> dict[str, Any]:
    """What determines the results, and how they are divided."""
    return {
        "input": source.identity(),
        "options": {"numbers": request.numbers, "photos": request.photos, "shard_size": size},
        "model": {
            "name": model.name,
            "digest": model.weights,
            "calibration": model.calibration,
        },
    }


def _results(
    output: Output, request: Request, source: Source, size: int, model: PackedModel
) -> Generator[tuple[int, Part]]:
    if request.cluster:
        done = frozenset(output.done)
        with cluster.connected(request.cluster), redirect_stdout(None):  # Ray's warnings
            from recognizer.batch import on_ray  # needs Ray

            shards = yield from on_ray.results(source, size, done, model, numbers=request.numbers)
        if shards == len(output.done):
            return
        # What is missing ended the processes that read it: here it is found out which record does.
        print("Reading here what the cluster has left out.", file=sys.stderr)
    pool = LocalPool(model, request.processes or usual_processes(), numbers=request.numbers)
    yield from pool.results(_missing(source, size, output))


def _missing(source: Source, size: int, output: Output) -> Iterator[Shard]:
    return (shard for shard in source.shards(size) if shard.number not in output.done)


def _in_words(output: Output) -> str:
    counts = output.counts
    read = output.records - counts[FAILED]
    return (
        f"{read:,} read, of which {counts['unsure']:,} not sure and {counts['blank']:,} blank; "
        f"{counts[FAILED]:,} failed"
    )
