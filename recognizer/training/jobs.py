"""Trainings in a process of their own: start, watch, cancel.

There is one at a time, started from a page or by train.py. job_state.py has what is known of it.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from filelock import FileLock, Timeout

from recognizer import processes
from recognizer.datasets import mnist, unipen_record
from recognizer.datasets.pen_files import why_no_drawings
from recognizer.errors import (
    BusyError,
    DiskError,
    MissingDatasetError,
    RecognizerError,
    RequestError,
    TrainingError,
)
from recognizer.models import publication, registry
from recognizer.models.recipes import RECIPES
from recognizer.processes import Identity
from recognizer.training import job_state, past, runs
from recognizer.training.job_state import Job, current, in_words
from recognizer.training.request import TrainingRequest

if TYPE_CHECKING:
    from recognizer.training.progress_writer import ProgressWriter

TRAIN = registry.ROOT / "train.py"
NEEDED = 50_000_000  # bytes free on the disk: a model takes up to 20 MB, a checkpoint 15
CHECKPOINTS_KEPT = 30 * 24 * 3600  # seconds that the state of an unfinished training is kept


def start(*requests: TrainingRequest) -> None:
    """Start a training in a process of its own, which continues when this one ends.

    Several requests are the runs of a sweep, in one job.

    Raises:
        BusyError, RequestError, ModelError, MissingDatasetError: As `check`.
        DiskError: The disk is full, or the folder of models cannot be written to.
        TrainingError: The system cannot start another process.
    """
    check(*requests)
    if any(request.replace for request in requests):
        raise RequestError("Only train.py replaces a model. Choose another name.")
    _check_room(len(requests))
    with _claim():
        process = _launch(requests)
        try:
            job_state.note(requests, Identity.of(process.pid))
        except BaseException:
            process.kill()
            raise


def check(*requests: TrainingRequest) -> None:
    """Check whether a page can start this training, or this sweep, now.

    Raises:
        BusyError: One is running.
        RequestError: A value of the request is not possible.
        ModelError: The name of the model, or the model to start from, is not possible.
        MissingDatasetError: It needs drawings, which cannot be had.
    """
    _refuse_if_another_runs(current())
    for request in requests:
        _check(request)
    if len({request.name for request in requests}) < len(requests):
        raise RequestError("Two of the trainings have the same name.")


def _check(request: TrainingRequest) -> None:
    if request.to_recipe().drawings and (why_not := why_no_drawings()):
        others = ", ".join(name for name, recipe in RECIPES.items() if not recipe.drawings)
        raise MissingDatasetError(
            f"{request.recipe} also trains on drawn digits. {why_not} These recipes need none: "
            f"{others}."
        )
    request.check()


def _launch(requests: Sequence[TrainingRequest]) -> subprocess.Popen[bytes]:
    """Start train.py with the requests as JSON; what it prints goes into the log."""
    listed = json.dumps([asdict(request) for request in requests])
    command = [sys.executable, "-u", str(TRAIN), "--request", listed]
    with (job_state.folder() / "log.txt").open("wb") as log:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={"TF_CPP_MIN_LOG_LEVEL": "3"} | os.environ,  # or its log is TensorFlow's
                start_new_session=True,  # a Ctrl-C that ends the server is not for it
            )
        except OSError as error:
            raise TrainingError(f"The training could not be started: {error}.") from error
    # Somebody must ask how it ended, or the system keeps it as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


@contextmanager
def run(*requests: TrainingRequest, background: bool = False) -> Iterator[ProgressWriter]:
    """In the process that trains: be the one training, and note how it ends.

    Args:
        requests: What is trained: one request, or those of a sweep.
        background: Whether `start` has started it; then all other processes go first.

    Raises:
        BusyError: Another one is running.
    """
    from recognizer.training.progress_writer import ProgressWriter  # pages need none of it

    with _claim(keep_log=background):
        job_state.note(requests, processes.own())
    if background:
        processes.step_back()
    try:
        yield ProgressWriter()
    except KeyboardInterrupt:
        job_state.note_end("cancelled")
        raise
    except BaseException as error:
        job_state.note_end("failed", in_plain_words(error))
        raise
    job_state.note_end("done")


def cancel(process: Identity) -> None:
    """End a training, with all that it has started; nothing of it is left.

    Args:
        process: The one that was seen; one that has begun since continues.

    Raises:
        TrainingError: It cannot be ended.
    """
    with _only_one():
        job = current()
        if job is None or not job.running or not job.process.is_same(process):
            return
        try:
            process.kill()
        except psutil.AccessDenied as error:
            raise TrainingError(
                "The training was started by another user of this computer. Only they can end it."
            ) from error
        if process.alive:
            raise TrainingError("The training does not end. Try again in a moment.")
        if (job := current()) and job.state == "killed":
            job_state.note_end("cancelled")
            _remove_state(job)
        clean_up()


def _remove_state(job: Job) -> None:
    """Remove what the training, or the runs of the sweep, could have been resumed from."""
    states = {job.progress.checkpoint, *(run.progress.checkpoint for run in runs.runs_of(job))}
    for state in registry.models_dir().glob(".unfinished-*"):
        if state.name in states:
            processes.remove(state)


def clean_up() -> None:
    """Remove what killed processes have left, and states that nobody has resumed."""
    publication.sweep()
    mnist.sweep()
    unipen_record.sweep()
    for left in processes.leftovers(job_state.folder()):
        processes.remove(left)
    for state in registry.models_dir().glob(".unfinished-*"):
        with suppress(OSError):  # it may be gone by now
            if time.time() - state.stat().st_mtime > CHECKPOINTS_KEPT:
                processes.remove(state)


def disk_is_full(models: int = 1) -> bool:
    """Whether so many trainings have too little room."""
    return psutil.disk_usage(str(registry.models_dir())).free < models * NEEDED


def in_plain_words(error: BaseException) -> str:
    """Why a training failed, and what to do about it."""
    if isinstance(error, RecognizerError):
        return str(error)
    if _caused_by_full_disk(error):
        return "The disk is full. Free some space and train again; nothing was changed."
    if isinstance(error, MemoryError) or "ResourceExhausted" in type(error).__name__:
        return "There was not enough memory. Try a smaller batch size."
    return f"{type(error).__name__}: {error}. See the log for more."


def _caused_by_full_disk(error: BaseException | None) -> bool:
    """Whether that is the cause of an error; libraries wrap it, or have it in words alone."""
    while error is not None:
        number = getattr(error, "errno", None)
        if number in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def _only_one() -> Iterator[None]:
    """Let one process at a time say which training runs."""
    try:
        job_state.folder().mkdir(parents=True, exist_ok=True)
        with FileLock(job_state.folder() / "lock", timeout=10):
            yield
    except Timeout as error:
        raise BusyError("Somebody else is starting or ending a training. Try again.") from error
    except OSError as error:
        raise _not_writable(job_state.folder(), error) from error


def _not_writable(folder: Path, error: OSError) -> DiskError:
    return DiskError(
        f"Nothing could be written to {folder} ({error}). Free some disk space, or make the "
        "folder writable."
    )


@contextmanager
def _claim(*, keep_log: bool = False) -> Iterator[None]:
    """Make way for a new training, if no other one is running."""
    with _only_one():
        job = current()
        _refuse_if_another_runs(job)
        if not (job and job.running):  # it does if a page has noted this very process already
            clean_up()
            past.keep(job)
            job_state.forget(keep_log=keep_log)
        yield


def _refuse_if_another_runs(job: Job | None) -> None:
    if job and job.running and not job.process.is_same(processes.own()):
        raise BusyError(f"{in_words(job)} One training runs at a time.")


def _check_room(models: int = 1) -> None:
    try:
        registry.models_dir().mkdir(parents=True, exist_ok=True)
        full = disk_is_full(models)
    except OSError as error:
        raise _not_writable(registry.models_dir(), error) from error
    if full:
        raise DiskError(
            f"The disk of {registry.models_dir()} is full: this needs "
            f"{models * NEEDED / 1e6:.0f} MB. Free some space first."
        )
