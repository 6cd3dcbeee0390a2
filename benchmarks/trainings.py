"""How long eight short trainings take on a Ray cluster of one and of two nodes, a core each.

python -m benchmarks.trainings

The nodes are on this machine, so it needs two free cores. It also kills a node in the middle, and
checks that every model is there, once.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.batch import settle
from recognizer.analysis.tables import markdown_table
from recognizer.models import registry
from recognizer.models.registry import ROOT
from tests.clusters import cluster, kill_node

EPOCHS = 6
TRAININGS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    epochs = parser.parse_args().epochs
    one, two = seconds(1, epochs), seconds(2, epochs)
    killed = seconds(2, epochs, kill_after=two / 2)
    rows = [
        ["one node", f"{one:.0f} s", ""],
        ["two nodes", f"{two:.0f} s", f"{two / one:.2f}"],
        ["two nodes, one killed in the middle", f"{killed:.0f} s", f"{killed / one:.2f}"],
    ]
    print(markdown_table([f"{TRAININGS} trainings on", "time", "of one node's"], rows))


def seconds(nodes: int, epochs: int, kill_after: float | None = None) -> float:
    """Train on so many nodes, from the command to its end; check that all models are there."""
    with tempfile.TemporaryDirectory() as folder, cluster(nodes) as started:
        settle()
        if kill_after:
            threading.Timer(kill_after, kill_node, [started]).start()
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "train.py", "mlp-baseline", "--seeds", str(TRAININGS)]
            + ["--epochs", str(epochs), "--cluster", started.address],
            cwd=ROOT,
            env=without_drawings() | {"MODELS_DIR": folder},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        took = time.perf_counter() - began
        check(Path(folder))
        return took


def without_drawings() -> dict[str, str]:
    """To evaluate on drawings takes longer than such a training."""
    return {name: value for name, value in os.environ.items() if name != "PEN_DIGITS"}


def check(folder: Path) -> None:
    os.environ["MODELS_DIR"] = str(folder)
    found = sorted(model.recipe.seed or 0 for model in registry.complete_models())
    if found != list(range(TRAININGS)):
        raise SystemExit(f"The models have the seeds {found}.")


if __name__ == "__main__":
    main()
