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
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING

import psutil

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
from recognizer.training.claim import Claim, not_writable, only_one
from recognizer.training.job_state import Job, current, in_words
from recognizer.training.request import TrainingRequest
from recognizer.training.watch import end_elsewhere, watched

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
    claim = Claim(job_state.folder())
    with _claim(claim):
        process = _launch(requests)
        try:
            job_state.note(requests, Identity.of(process.pid))
        except BaseException:
            process.kill()
            raise
        claim.hand_over(lambda: process.poll() is None)


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

    claim = Claim(job_state.folder())
    if background:
        _take_over(claim)
    with _claim(claim, keep_log=background):
        job_state.note(requests, processes.own())
    if background:
        processes.step_back()
    with watched(claim, partial(_note_loss, current())), _noted_end():
        yield ProgressWriter()


def _take_over(claim: Claim) -> None:
    """Take the claim from the server that has started this process."""
    try:
        claim.take_over()
    except RecognizerError as error:
        if (job := current()) and job.process.is_same(processes.own()):
            job_state.note_end("failed", str(error))
        raise


def _note_loss(job: Job | None, reason: str) -> None:
    """Keep why this training has ended; the notes are those of another one by now."""
    with suppress(RecognizerError), only_one(job_state.folder()):
        past.keep(job and replace(job, state="failed", reason=reason, ended=time.time()))


@contextmanager
def _noted_end() -> Iterator[None]:
    """Note how the training ends."""
    try:
        yield
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
    if not process.here and not end_elsewhere(process):
        return
    with only_one(job_state.folder()):
        job = current()
        if job is None or not job.process.is_same(process):
            return
        if process.here and not job.running:
            return
        _kill(process)
        if (job := current()) and job.state in ("killed", "cancelled"):
            job_state.note_end("cancelled")
            _remove_state(job)
        clean_up()


def _kill(process: Identity) -> None:
    """End a process of this machine, with all that it has started."""
    try:
        process.kill()
    except psutil.AccessDenied as error:
        raise TrainingError(
            "The training was started by another user of this computer. Only they can end it."
        ) from error
    if process.alive:
        raise TrainingError("The training does not end. Try again in a moment.")


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
    """Whether so many trainings have too little room, as far as can be known."""
    with suppress(OSError):  # the folder is gone
        return psutil.disk_usage(str(registry.models_dir())).free < models * NEEDED
    return False


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
def _claim(claim: Claim, *, keep_log: bool = False) -> Iterator[None]:
    """Make way for a new training, if no other one is running."""
    with only_one(job_state.folder()), claim.kept_unless_it_fails():
        job = current()
        _refuse_if_another_runs(job)
        claim.take()
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
        raise not_writable(registry.models_dir(), error) from error
    if full:
        raise DiskError(
            f"The disk of {registry.models_dir()} is full: this needs "
            f"{models * NEEDED / 1e6:.0f} MB. Free some space first."
        )
