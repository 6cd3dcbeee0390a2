"""Shards read by processes on this machine, whatever happens to these."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from pathlib import Path

import psutil

from recognizer.batch.packed_model import PackedModel
from recognizer.batch.records import Records, Shard
from recognizer.batch.worker import Part, Worker, joined
from recognizer.errors import RecognizerError
from recognizer.models import folder
from recognizer.models.recognizer import Recognizer
from recognizer.processes import cores, silenced

AHEAD = 2  # shards for each process: one that it reads, and one that waits
TRIES = 3  # how often processes may die while a shard is read beside others
PROCESS_BYTES = 400e6  # of memory for a process
NO_PROCESS = (
    "The processes that read end at once. Look for the reason above, or read with fewer "
    "--processes if memory is short."
)

_worker: Callable[[], Worker]


@dataclass
class Task:
    """A shard that is read, and how many processes died meanwhile."""

    number: int
    records: Records
    deaths: int = 0


def usual_processes() -> int:
    """As many as there are cores for this process, and memory."""
    return max(min(cores(), int(psutil.virtual_memory().available / PROCESS_BYTES)), 1)


class LocalPool:
    """Processes that read shards; a process that dies is replaced, and its shards read again."""

    def __init__(self, model: PackedModel, processes: int, *, numbers: bool) -> None:
        # In a folder: a process that dies while it starts would never take it from a pipe, and
        # whoever writes there waits forever if it is larger than the pipe.
        self._unpacked = model.unpacked()
        self._model = Path(self._unpacked.name, model.name)
        self._numbers = numbers
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._waiting: dict[Future[Part], Task] = {}

    def results(self, shards: Iterator[Shard]) -> Generator[tuple[int, Part]]:
        """The readings of each shard, with its number, as they are ready.

        Raises:
            RecognizerError: The model cannot be loaded, or no process stays alive.
        """
        try:
            more = True
            while more or self._waiting:
                while more and len(self._waiting) < AHEAD * self._processes:
                    if more := (shard := next(shards, None)) is not None:
                        self._submit(Task(shard.number, shard.load()))
                yield from self._ready()
        finally:
            self._stop()
            self._unpacked.cleanup()

    def _ready(self) -> Iterator[tuple[int, Part]]:
        """What is ready next; after a death, shards that are suspected are read alone."""
        done, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
        lost: list[Task] = []
        for future in done:
            task = self._waiting.pop(future)
            try:
                part = future.result()
            except BrokenProcessPool:
                lost.append(task)
            else:
                yield task.number, part
        if lost:
            yield from self._again(lost)

    def _again(self, lost: list[Task]) -> Iterator[tuple[int, Part]]:
        lost += self._waiting.values()  # whatever these did, their processes are gone too
        self._waiting.clear()
        self._stop()
        for task in lost:
            task.deaths += 1
            if task.deaths >= TRIES:
                yield task.number, self._alone(task.records)
        self._stop()
        for task in lost:
            if task.deaths < TRIES:
                self._submit(task)

    def _submit(self, task: Task) -> None:
        if self._pool is None:
            self._pool = self._new(self._processes)
        try:
            with _deaf_children():
                future = self._pool.submit(_read, task.records, None)
        except BrokenProcessPool as error:  # a process has died since
            future = Future()
            future.set_exception(error)
        self._waiting[future] = task

    def _alone(self, records: Records) -> Part:
        """Read records in a process of their own; leave out those at which it dies.

        A process that stays alive goes on with the next ones.
        """
        if self._try(records, range(0)) is None:
            raise RecognizerError(NO_PROCESS)
        return self._some(records, range(len(records)))

    def _some(self, records: Records, these: range) -> Part:
        for _ in range(1 if len(these) > 1 else TRIES):
            if part := self._try(records, these):
                return part
        if len(these) == 1:
            part = self._try(records, these, died=True)
            if part is None:
                raise RecognizerError(NO_PROCESS)
            return part
        half = len(these) // 2
        return joined([self._some(records, each) for each in (these[:half], these[half:])])

    def _try(self, records: Records, these: range, *, died: bool = False) -> Part | None:
        """Read some records in a pool of one process; None if it dies."""
        self._pool = self._pool or self._new(1)
        try:
            with _deaf_children():
                return self._pool.submit(_died if died else _read, records, these).result()
        except BrokenProcessPool:
            self._stop()
            return None

    def _new(self, processes: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            processes,
            multiprocessing.get_context("spawn"),  # no locks and threads of this process
            _begin,
            (self._model, self._numbers),
        )

    def _stop(self) -> None:
        if self._pool is not None:
            _end(self._pool)
            self._pool = None


def _end(pool: ProcessPoolExecutor) -> None:
    """End the processes of a pool at once, whatever they do."""
    processes = list((pool._processes or {}).values())  # public from Python 3.14 on: kill_workers
    for process in processes:
        process.kill()
    pool.shutdown(cancel_futures=True)  # its thread, too: at the end of Python it would fail
    for process in processes:
        process.join()


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Ctrl-C in a terminal reaches all its processes; those that start here leave it to us."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# In the processes


def _begin(model: Path, numbers: bool) -> None:
    """Prepare a new process; the model is loaded at its first shard, where errors are reported."""
    global _worker  # noqa: PLW0603 - a process of a pool has no other place
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    made: list[Worker] = []

    def worker() -> Worker:
        if not made:
            with silenced():  # LiteRT says that it is there
                made.append(Worker(Recognizer.of(folder.read(model)), numbers=numbers))
        return made[0]

    _worker = worker


def _end_with_parent() -> None:
    """End when the process that reads the input has: nobody waits for the readings anymore."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _read(records: Records, these: range | None) -> Part:
    return _worker().read(records, these)


def _died(records: Records, these: range) -> Part:
    return _worker().died(records, these[0])
