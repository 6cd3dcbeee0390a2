"""What the tests let other processes do with a collection; those start in milliseconds."""

import multiprocessing
import secrets
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from recognizer import Collection, Drawing
from recognizer.errors import CollectionError
from tests.collection.samples import drawing, reading
from tests.waiting import wait_until

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["recognizer.collection.collection", __name__])


@contextmanager
def running(what: Callable[..., None], *arguments: Any) -> Iterator[BaseProcess]:
    """A process that does something; it is killed at the end if it has not ended."""
    process = _context.Process(target=what, args=arguments)
    # AppTest leaves a page as the main module, which a new process would run again.
    with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
        process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()


def do_at_once(what: Callable[..., None], arguments: list[tuple[Any, ...]]) -> None:
    """Do something in several processes; fail unless all of them succeed."""
    with ExitStack() as stack:
        processes = [stack.enter_context(running(what, *each)) for each in arguments]
        for process in processes:
            process.join(60)
        assert [process.exitcode for process in processes] == [0] * len(processes)


def open_new(url: str) -> None:
    assert Collection.open(url).drawings() == []


def add(url: str, confirmed: Path, number: int) -> None:
    """Add drawings, and write down the id of each as soon as it is confirmed."""
    collection = Collection.open(url)
    with confirmed.open("a") as file:
        for each in range(number):
            print(_until_added(collection, drawing(each)), file=file, flush=True)


def _until_added(collection: Collection, given: Drawing) -> str:
    """Add a drawing; again where the others left no turn within the patience of SQLite."""
    id = secrets.token_hex(16)
    while True:
        with suppress(CollectionError):
            return collection.add(given, 3, contributor="a", reading=reading(), id=id)


def lock(file: str, held: Path, release: Path) -> None:
    """Lock a database of SQLite until a file is there."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    held.touch()
    wait_until(release.exists)
    connection.close()
