"""A training and the other servers: it shows them that it runs, and ends when one asks for that.

The threads of `watched` do so in the process that trains; `end_elsewhere` asks, from any machine.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from recognizer import processes
from recognizer.errors import TrainingError
from recognizer.processes import Identity
from recognizer.training import claim, job_state
from recognizer.training.claim import Claim

EVERY = 1.0  # seconds between two looks
PATIENCE = 15.0  # seconds that a training of another machine is given to end
LOST = (
    "Another server has begun a training meanwhile: this one had lost its connection to the "
    "database, or stood still. One training runs at a time. Train again; a training on drawings "
    "then resumes after its last complete epoch."
)


@contextmanager
def watched(own: Claim, note_loss: Callable[[str], None]) -> Iterator[None]:
    """Watch, while this process trains, and let go of the claim at the end.

    Args:
        own: What this process holds; when somebody else gets it, the process ends.
        note_loss: Notes the reason for that.
    """
    over = threading.Event()

    def lose() -> None:
        print(f"train.py: {LOST}", file=sys.stderr, flush=True)
        note_loss(LOST)
        processes.end_own_family()

    # Two threads: a database that does not answer holds up only one of them.
    threads = [
        threading.Thread(target=work, args=(over, lose, *more), daemon=True)
        for work, more in ((_listen, ()), (_keep, (own,)))
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(PATIENCE)
        if not threads[1].is_alive():  # else the end of the process lets go
            own.release()


def _keep(over: threading.Event, lose: Callable[[], None], own: Claim) -> None:
    while not over.wait(EVERY):
        if not own.keep():
            lose()


def _listen(over: threading.Event, lose: Callable[[], None]) -> None:
    """Show that the training runs, until another server asks for its end, or has begun one."""
    me = processes.own()
    while not over.wait(EVERY):
        asked, noted = (job_state.process_in(name) for name in (job_state.END, claim.SIGN))
        if asked and asked.is_same(me):
            claim.show_life(job_state.folder(), 0)  # the others need not wait for its silence
            processes.end_own_family()
        if noted and not noted.is_same(me):
            lose()
        claim.show_life(job_state.folder())


def end_elsewhere(process: Identity) -> bool:
    """End the training of another machine: ask for that, and wait until it has ended.

    Returns:
        Whether it ran.

    Raises:
        BusyError, DiskError: It cannot be asked.
        TrainingError: It has not ended yet.
    """
    with claim.only_one(job_state.folder()):
        if not _runs(process):
            return False
        job_state.write(job_state.END, {"process": asdict(process)})
    end = time.monotonic() + PATIENCE
    while _runs(process):
        if time.monotonic() > end:
            raise TrainingError(
                "The machine that trains has not answered yet. The training ends when it does."
            )
        time.sleep(0.1)
    return True


def _runs(process: Identity) -> bool:
    job = job_state.current()
    return bool(job and job.running and job.process.is_same(process))
