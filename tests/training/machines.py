"""Other machines that share a folder of models: processes with process numbers of their own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from tests.conftest import SHIPPED, lack

APART = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"]

# A training that trains nothing: it notes progress, and lasts until it is told to finish.
TRAINING = f"""
import json, sys, time
sys.path.insert(0, {str(SHIPPED.parent)!r})
from recognizer.models import registry
from recognizer.training import claim, jobs
from recognizer.training.request import TrainingRequest
(request,) = map(TrainingRequest.from_json, json.loads(sys.argv[-1]))
finish = registry.models_dir().parent / "finish"
with jobs.run(request, background=True) as listener:
    listener.on_begin(3)
    (registry.models_dir().parent / f"began-{{request.name}}-{{time.time_ns()}}").touch()
    while not finish.exists():
        time.sleep(0.02)
"""

# What a server does when a visitor presses a button, a line of JSON each.
SERVER = """
import json, sys
from contextlib import nullcontext
from pathlib import Path
from recognizer.errors import RecognizerError
from recognizer.training import claim, job_state, jobs
from recognizer.training.request import TrainingRequest
jobs.TRAIN = Path(sys.argv[1])
claim.BRIEFLY = claim.LONG = 3  # seconds
if sys.argv[2] == "no file locks":
    claim.FileLock = lambda *_, **__: nullcontext()

def state():
    job = job_state.current()
    return job and [job.request.name, job.state, job.progress.phase]

def cancel():
    jobs.cancel(job_state.current().process)

def start(name):
    jobs.start(TrainingRequest("mlp-baseline", name))

print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    command, *arguments = json.loads(line)
    try:
        answer = globals()[command](*arguments)
    except RecognizerError as error:
        answer = f"{type(error).__name__}: {error}"
    print(json.dumps(answer), flush=True)
"""


class Machine:
    """A server on a machine of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def send(self, command: str, *arguments: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps([command, *arguments]) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def ask(self, command: str, *arguments: str) -> Any:
        self.send(command, *arguments)
        return self.answer()

    def fail(self) -> None:
        """Lose power: every process ends at this instant."""
        self._process.kill()  # and with it the first process of its namespace, so all others
        self._process.wait()

    def trainings(self) -> list[psutil.Process]:
        """The processes of its trainings, as this machine numbers them."""
        family = psutil.Process(self._process.pid).children(recursive=True)
        return [each for each in family if _trains(each)]


def _trains(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):  # nor a zombie
        return "--request" in process.cmdline()
    return False


@contextmanager
def machine(folder: Path, *, file_locks: bool = True) -> Iterator[Machine]:
    """A machine with a server, which ends with the block.

    Args:
        folder: For the script that trains.
        file_locks: Whether its file system locks files, as some between machines do not.
    """
    if not shutil.which("unshare") or os.geteuid():
        lack("only root can start processes with numbers of their own (unshare)")
    (folder / "training.py").write_text(TRAINING)
    locks = "file locks" if file_locks else "no file locks"
    arguments = [str(folder / "training.py"), locks]
    with subprocess.Popen(
        [*APART, sys.executable, "-c", SERVER, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=SHIPPED.parent,
        text=True,
    ) as process:
        server = Machine(process)
        try:
            assert server.answer() == "ready"
            yield server
        finally:
            server.fail()
