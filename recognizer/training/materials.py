"""What a training needs beside its request: MNIST, pen drawings, kept drawings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recognizer.datasets.download import PercentProgress
from recognizer.datasets.mnist import Mnist, load_mnist
from recognizer.datasets.pen_files import fetch_drawings, find_drawings
from recognizer.datasets.strokes import DrawingDataset
from recognizer.models.folder import ModelEntry
from recognizer.training.learning import learn
from recognizer.training.listener import ProgressListener
from recognizer.training.pipeline import train
from recognizer.training.request import TrainingRequest

if TYPE_CHECKING:
    from recognizer.collection.records import KeptDrawing


@dataclass(frozen=True)
class Files:
    """Files of data that a command line names; None for those that are found."""

    data: Path | None = None
    drawings: Path | None = None
    others: Path | None = None

    def arguments(self) -> list[str]:
        """The same on the command line of train.py."""
        named = {"--data": self.data, "--drawings": self.drawings, "--others": self.others}
        return [part for option, path in named.items() if path for part in (option, str(path))]


@dataclass(frozen=True, eq=False)
class Materials:
    """What trainings need, loaded.

    Attributes:
        data: MNIST.
        drawings: What to evaluate on and, if the recipe says so, to train on.
        kept: What to learn from, if a request asks for that.
    """

    data: Mnist
    drawings: DrawingDataset | None
    kept: Sequence[KeptDrawing] = ()


def load_materials(
    requests: Iterable[TrainingRequest],
    files: Files,
    say: Callable[[str], None],
    *,
    terminal: bool,
) -> Materials:
    """Load what these requests need, and fetch it first where that has to be.

    Args:
        requests: What is to be trained.
        files: Those that a command line names.
        say: Is told what is being done, in words.
        terminal: Whether a person watches: a download then shows a progress bar.

    Raises:
        DatasetError: Something cannot be had.
        CollectionError: The kept drawings cannot be read.
    """
    requests = list(requests)
    if any(request.to_recipe().drawings for request in requests) and not files.drawings:
        fetch_drawings(say)
    progress = PercentProgress(lambda percent: say(f"Fetching MNIST: {percent} %"))
    data = load_mnist(files.data, True if terminal else progress)
    kept = _kept_drawings() if any(request.learn for request in requests) else ()
    return Materials(data, find_drawings(files.drawings, files.others), kept)


def _kept_drawings() -> Sequence[KeptDrawing]:
    from recognizer.collection.collection import Collection  # a training needs no database

    return Collection.open().for_learning()


def train_request(
    request: TrainingRequest, materials: Materials, listener: ProgressListener
) -> ModelEntry:
    """Train the recipe of a request, or let its model learn; raises as `train` and `learn`."""
    recipe, start = request.to_recipe(), request.start_model()
    options: dict[str, Any] = {"seed": request.seed, "replace": request.replace}
    options["listener"] = listener
    data, drawings = materials.data, materials.drawings
    if request.learn and start:
        options |= {"data": data, "pen": drawings, "recipe": recipe}
        return learn(start, materials.kept, request.name, **options)
    return train(recipe, data, request.name, drawings=drawings, start=start, **options)
