"""A training that does not run, noted on disk as if it did: what the pages follow."""

import json
import time
from dataclasses import asdict

from recognizer.processes import Identity
from recognizer.training import job_state
from recognizer.training.notes import Progress
from recognizer.training.request import TrainingRequest

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
