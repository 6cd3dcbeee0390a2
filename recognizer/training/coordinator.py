"""Train all runs of a sweep, some at a time, and watch how far they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Protocol

from recognizer.errors import TrainingError
from recognizer.training import jobs, runs
from recognizer.training.progress_writer import ProgressWriter
from recognizer.training.request import TrainingRequest
from recognizer.training.runs import Run

EVERY = 1.0  # seconds between two looks at the runs
Show = Callable[[Sequence[Run]], None]


class Place(Protocol):
    """Where runs are trained: on this machine, or on a cluster."""

    at_once: int  # how many

    def train(self, request: TrainingRequest) -> None:
        """Train one until it has ended; its folder says how."""

    def stop(self) -> None:
        """End all that run, at once, and start no other one."""


def train_all(
    requests: Sequence[TrainingRequest], place: Place, progress: ProgressWriter, show: Show
) -> None:
    """Train every request; what some of them fail for does not stop the others.

    Args:
        requests: Each with a name of its own.
        place: Where they are trained.
        progress: Notes how far all of them are.
        show: Is shown the state of every run, about once a second.

    Raises:
        TrainingError: Some have failed.
    """
    with ThreadPoolExecutor(min(place.at_once, len(requests))) as pool:
        waiting = {pool.submit(_train, request, place) for request in requests}
        try:
            while waiting:
                _, waiting = wait(waiting, timeout=EVERY, return_when=FIRST_COMPLETED)
                _look(requests, progress, show)
        except BaseException:
            place.stop()
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            jobs.clean_up()  # what runs that were killed have left
    failed = [run for run in map(runs.read_run, requests) if run.state != "done"]
    if failed:
        first = f"{failed[0].request.name}: {failed[0].reason}"
        raise TrainingError(f"{len(failed)} of {len(requests)} trainings failed. {first}")


def _train(request: TrainingRequest, place: Place) -> None:
    folder = runs.folder_of(request)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place.train(request)
    except Exception as error:
        runs.note_end(folder, "failed", reason=jobs.in_plain_words(error))


def _look(requests: Sequence[TrainingRequest], progress: ProgressWriter, show: Show) -> None:
    states = [runs.read_run(request) for request in requests]
    share = sum(run.share for run in states) / len(states)
    progress.on_runs(sum(run.state == "done" for run in states), len(states), share)
    show(states)
