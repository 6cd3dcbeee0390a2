"""The runs of a sweep on this machine: each in a process of its own, some at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import psutil

from recognizer.errors import TrainingError
from recognizer.models.registry import ROOT
from recognizer.processes import Identity
from recognizer.training import notes, runs
from recognizer.training.capacity import at_once
from recognizer.training.jobs import in_plain_words
from recognizer.training.materials import Files, load_materials, train_request
from recognizer.training.progress_writer import ProgressWriter, writer_into
from recognizer.training.request import TrainingRequest

TRAIN = ROOT / "train.py"
KILLED = (
    "Its process was killed, or ran out of memory. Start the same sweep again: it trains only "
    "what is missing."
)


class LocalRuns:
    """Trains requests in processes of their own, from any number of threads.

    Args:
        cores_each: How many cores each may use.
        options: Further arguments for train.py: the files of data.
    """

    def __init__(self, cores_each: int, options: Sequence[str] = ()) -> None:
        self.at_once = at_once(cores_each)
        threads = dict.fromkeys(("INTRAOP", "INTEROP"), str(cores_each))
        self._environment = {f"TF_NUM_{kind}_THREADS": n for kind, n in threads.items()}
        self._options = options
        self._running: set[subprocess.Popen[bytes]] = set()
        self._changing = threading.Lock()
        self._stopped = False

    def train(self, request: TrainingRequest) -> None:
        """Train one, until it has ended; it notes its progress and its end in its folder.

        Raises:
            TrainingError: It was killed.
        """
        folder = runs.folder_of(request)
        process = self._start(request, folder)
        if process is None:
            return
        process.wait()
        with self._changing:
            self._running.discard(process)
        if not notes.read(folder / "outcome.json") and not self._stopped:
            raise TrainingError(KILLED)

    def _start(self, request: TrainingRequest, folder: Path) -> subprocess.Popen[bytes] | None:
        command = [sys.executable, "-u", str(TRAIN), *self._options, "--run-of", str(os.getpid())]
        with self._changing, (folder / "log.txt").open("wb") as log:
            if self._stopped:
                return None
            process = subprocess.Popen(
                [*command, "--request", json.dumps(asdict(request))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={"TF_CPP_MIN_LOG_LEVEL": "3"} | os.environ | self._environment,
                start_new_session=True,  # a Ctrl-C is for the sweep, which then ends them
            )
            self._running.add(process)
            return process

    def stop(self) -> None:
        """End all that run, at once, and start no other one."""
        with self._changing:
            self._stopped = True
            for process in self._running:
                with suppress(psutil.NoSuchProcess):
                    Identity.of(process.pid).kill()


# In the process of one run


def run_here(request: TrainingRequest, files: Files, sweep: int) -> None:
    """Train one run of a sweep in this process, and note how it ends; raises what it fails for.

    Args:
        request: What to train.
        files: Those that a command line names.
        sweep: The number of the process of the sweep; this one ends with it.
    """
    folder = runs.folder_of(request)
    threading.Thread(target=_end_with, args=(sweep,), daemon=True).start()
    try:
        listener = ProgressWriter(writer_into(folder))
        materials = load_materials([request], files, listener.on_phase, terminal=False)
        model = train_request(request, materials, listener)
    except Exception as error:
        runs.note_end(folder, "failed", reason=in_plain_words(error))
        raise
    runs.note_end(folder, "done", model=model.name)


def _end_with(sweep: int) -> None:
    """End this process when its sweep has been killed: nobody waits for the model anymore."""
    if os.getppid() == sweep:  # else it has ended already
        with suppress(psutil.NoSuchProcess):
            psutil.Process(sweep).wait()
    os._exit(1)
