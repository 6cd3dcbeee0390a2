"""Trainings in a process of their own, as tests start and watch them."""

from dataclasses import replace
from pathlib import Path

from recognizer.training import jobs
from recognizer.training.job_state import Job, current
from recognizer.training.request import TrainingRequest
from tests.conftest import SHIPPED
from tests.waiting import wait_until

QUICK = TrainingRequest("mlp-baseline", "mine", epochs=2, batch_size=10_000)
LONG = replace(QUICK, epochs=1000, batch_size=1000)

# As train.py, with the priority of other processes: on a busy machine, a training at low
# priority may get no time at all.
AT_ONCE = f"""
import sys
sys.path.insert(0, {str(SHIPPED.parent)!r})
import train
from recognizer import processes
from recognizer.models import profiling
processes.step_back = lambda: None
profiling.READINGS = 3
sys.exit(train.main())
"""


def now() -> Job:
    """The training that is known at this moment."""
    job = current()
    assert job
    return job


def cancel() -> None:
    if job := current():
        jobs.cancel(job.process)


def visible(models: Path) -> list[str]:
    """What is in the folder of models, but for what is known of the last training."""
    return sorted(path.name for path in models.iterdir() if path.name not in (".training", ".lock"))


def wait_for_batch(at_least: int) -> None:
    wait_until(lambda: now().progress.batch >= at_least or not now().running)
    assert now().running, now().log()
