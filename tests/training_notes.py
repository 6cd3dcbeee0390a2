"""A training that does not run, noted on disk as if it did: what the pages follow."""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from recognizer.models import registry
from recognizer.processes import Identity
from recognizer.training import job_state, runs
from recognizer.training.notes import Progress
from recognizer.training.request import TrainingRequest
from recognizer.training.sweep import combine

REQUEST = TrainingRequest("mlp-baseline", "mine", epochs=3)


def note_training(process: Identity) -> None:
    """Note a training in its second epoch, run by this process."""
    folder = job_state.folder()
    folder.mkdir(exist_ok=True)
    progress = Progress("Training", None, 2, 3, 125, 250, 0.9, 0.3, 33.0, time.time())
    (folder / "progress.json").write_text(json.dumps(asdict(progress)))
    (folder / "history.csv").write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n1,0.4,0.88,0.2,0.94,2.0\n"
    )
    (folder / "log.txt").write_text("so far, so good")
    job_state.note([REQUEST], process)


LONG = 1000  # seconds that a noted sweep has taken
SWEEP = combine(TrainingRequest("mlp-baseline", "mine"), {"seed": range(4)})
RATES = combine(
    TrainingRequest("mlp-baseline", "mine"),
    {"learning_rate": [0.001, 0.002], "seed": [0, 1]},
)


def note_sweep(process: Identity, requests: Sequence[TrainingRequest] = SWEEP) -> None:
    """Note a sweep of which no run has begun, run by this process."""
    folder = job_state.folder()
    folder.mkdir(exist_ok=True)
    progress = Progress(f"0 of {len(requests)} trained", of_sweep=0.0, updated=time.time())
    (folder / "progress.json").write_text(json.dumps(asdict(progress)))
    (folder / "log.txt").write_text("so far, so good")
    job_state.note(requests, process)
    job = json.loads((folder / "job.json").read_text())
    job_state.write("job.json", job | {"began": time.time() - LONG})


def note_run(request: TrainingRequest, accuracy: float, epoch: int = 2) -> Path:
    """Note a run of it that has finished an epoch with this accuracy; its folder."""
    folder = runs.folder_of(request)
    folder.mkdir(parents=True, exist_ok=True)
    progress = Progress("Training", None, epoch, 10, 125, 250, 0.9, 0.3, 33.0, time.time())
    (folder / "progress.json").write_text(json.dumps(asdict(progress)))
    (folder / "history.csv").write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n"
        f"1,0.4,0.88,0.2,{accuracy - 0.01},2.0\n2,0.4,0.88,0.2,{accuracy},2.0\n"
    )
    return folder


def note_failed_run(request: TrainingRequest, reason: str) -> None:
    """Note a run that has failed."""
    runs.note_end(note_run(request, 0.5, 1), "failed", reason=reason)


def note_trained_run(request: TrainingRequest, accuracy: float, model: Path) -> None:
    """Note a run that is done, and put a copy of a model in its place as what it made."""
    made = Path(shutil.copytree(model, registry.models_dir() / request.name))
    job = job_state.current()
    assert job
    at = datetime.fromtimestamp(int(job.began) + 1 + runs.trained(job), UTC).isoformat()
    recipe = json.loads((made / "recipe.json").read_text())
    recipe |= {"shipped": False, "trained_at": at, "seed": request.seed}
    recipe["optimizer"] = asdict(request.to_recipe().optimizer)
    (made / "recipe.json").write_text(json.dumps(recipe))
    runs.note_end(note_run(request, accuracy, 3), "done", model=request.name)
