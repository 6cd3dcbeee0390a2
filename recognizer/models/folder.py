"""The files of one model, read and written: its weights, and small files in open formats.

model.keras       the network, without optimizer state
recipe.json       how it was made: every hyper-parameter, seed and package version
history.csv       a row per epoch: loss, accuracy, val_loss, val_accuracy, seconds,
                  and in newer ones learning_rate; may be missing
report.json       accuracy and loss on the 10,000 test images; the milliseconds that a
                  reading took; where drawings were available, the scores on held-out ones
layers.csv        a row per layer: layer, type, output, parameters; may be missing
confidence.json   slope, shift and threshold; 1, 0 and 0.5 where there is no such file
predictions.npz   labels (n,) uint8, probabilities (n, 10) float32
model.tflite      the same network for LiteRT, which report.json notes with the hashes of both;
                  may be missing
misclassified.npz numbers (k,) int32, images (k, 28, 28) uint8: the test images that the
                  model misclassifies; may be missing
replay.npz        drawings to repeat while learning: see training/replay.py; may be missing
numbers.json      how whole numbers are read: see number_results.py; may be missing
learned.json      what learning has changed: see learned.py; only where a model did

predictions.py has the other npz files.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from recognizer import processes
from recognizer.errors import ModelError
from recognizer.models import records
from recognizer.models.calibration import Calibration
from recognizer.models.checked import (
    PREDICTIONS_BYTES,
    WEIGHTS_BYTES,
    damaged,
    read_text,
    remembered,
    sha256_of,
    short,
    size_of,
    stamp_of,
)
from recognizer.models.csv_files import (
    HISTORY_COLUMNS,
    LEARNING_RATE,
    check_history,
    read_history,
)
from recognizer.models.evaluation import Report
from recognizer.models.keras_archive import problem_of
from recognizer.models.learned import Learned, read_learned
from recognizer.models.records import BenchmarkResult, LiteRTExport, ReportSummary, TrainedRecipe

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class ModelEntry:
    """One complete model folder, without its weights and its predictions.

    Attributes:
        recipe: How it was made.
        summary: What was measured.
        megabytes: The size of its weights.
        has_litert: Whether there is a model.tflite that report.json notes, so that it is read
            without TensorFlow.
        version: Changes whenever the weights or the calibration do: the key for caches of
            loaded models.
    """

    name: str
    path: Path
    recipe: TrainedRecipe
    summary: ReportSummary = field(repr=False)
    calibration: Calibration
    megabytes: float
    has_litert: bool
    version: str

    @cached_property
    def history(self) -> pd.DataFrame:
        """A row per epoch, indexed from 1, with HISTORY_COLUMNS; no row without a history.csv."""
        return read_history(self.path / "history.csv")

    @property
    def weights(self) -> str:
        """The SHA-256 of its weights.

        Raises:
            ModelError: They are gone.
        """
        try:
            return sha256_of(self.path / "model.keras")
        except OSError as error:
            raise damaged(self.name, f"model.keras cannot be read ({error})") from error

    @cached_property
    def learned(self) -> Learned | None:
        """What learning from kept drawings has changed; None for one trained another way."""
        return read_learned(self.path)

    @property
    def accuracy(self) -> float:
        """On the 10,000 test images, 0 to 1."""
        return self.summary.accuracy

    @property
    def loss(self) -> float:
        """Cross-entropy on the 10,000 test images, in nats."""
        return self.summary.loss

    @property
    def benchmark(self) -> BenchmarkResult | None:
        """The scores on held-out drawings; None where no drawings were available."""
        return self.summary.benchmark

    @property
    def validation_accuracy(self) -> float:
        """Accuracy on the validation images after the last epoch, 0 to 1; NaN without history."""
        return math.nan if self.history.empty else float(self.history["val_accuracy"].iloc[-1])

    @property
    def trained_at(self) -> float:
        """When, in seconds since 1970; 0 where that was not noted."""
        when = self.recipe.trained_at
        return when.timestamp() if when else 0.0

    @property
    def trained(self) -> str:
        """The day, in words: "21 November 2026"."""
        when = self.recipe.trained_at
        return f"{when.day} {when:%B %Y}" if when else "–"

    @property
    def seconds_per_epoch(self) -> float:
        """The median over its epochs; NaN without history."""
        return float(self.history["seconds"].median())


def read(path: Path) -> ModelEntry:
    """Read one model's folder, all but its weights and predictions.

    Raises:
        ModelError: The folder is damaged.
    """
    name = path.name
    try:
        entry = _read_entry(path)
        other = entry.has_litert and entry.summary.litert != _hashes(path, path / "model.tflite")
    except FileNotFoundError as error:
        raise damaged(name, f"{Path(error.filename).name} is missing") from error
    except PermissionError as error:  # nothing that training it again would help
        raise ModelError(
            f"The model {name!r} cannot be read: {short(str(error))}. Make its folder and files "
            "readable for the user that runs the app."
        ) from error
    except (ValueError, OSError) as error:
        raise damaged(name, f"its files cannot be read ({error})") from error
    if other:
        raise damaged(
            name,
            "model.tflite was not exported from its model.keras (remove the file, and Keras reads)",
        )
    return entry


def _read_entry(path: Path) -> ModelEntry:
    recipe = _parsed(path / "recipe.json", records.read_recipe)
    summary = _parsed(path / "report.json", records.read_summary)
    if (path / "history.csv").exists():
        check_history(path / "history.csv", recipe.planned_epochs)
    calibration = _read_calibration(path / "confidence.json")
    size_of(path / "predictions.npz", PREDICTIONS_BYTES)
    if not zipfile.is_zipfile(path / "predictions.npz"):  # it ends in its index
        raise ValueError("predictions.npz is truncated or has the wrong format")
    weights = path / "model.keras"
    file = weights.stat()
    if problem := problem_of(weights):
        raise ValueError(problem)
    exported = path / "model.tflite"
    has_litert = summary.litert is not None and exported.exists()
    if has_litert:
        size_of(exported, WEIGHTS_BYTES)
    key = summary.litert.sha256[:16] if summary.litert and has_litert else ""
    return ModelEntry(
        name=path.name,
        path=path,
        recipe=recipe,
        summary=summary,
        calibration=calibration,
        megabytes=file.st_size / 1e6,
        has_litert=has_litert,
        version=f"{path.name}-{stamp_of(file)}-{calibration}-{key}",
    )


def _read_calibration(path: Path) -> Calibration:
    return _parsed(path, records.read_calibration) if path.exists() else Calibration()


@remembered(300)
def _parsed(path: Path, parse: Callable[[str], T]) -> T:
    """Parse a JSON file; what is wrong with it is said with its name."""
    try:
        return parse(read_text(path))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def write_files(folder: Path, recipe: TrainedRecipe, history: pd.DataFrame, report: Report) -> None:
    """Write how a model was made, and its scores on the test images."""
    _write(folder / "recipe.json", recipe)
    columns = [*HISTORY_COLUMNS, *({LEARNING_RATE} & set(history.columns))]
    history[columns].to_csv(folder / "history.csv", index_label="epoch")
    _write(folder / "report.json", ReportSummary(report.accuracy, report.loss))


def write_benchmark(
    folder: Path, calibration: Calibration, benchmark: BenchmarkResult | None
) -> None:
    """Add the calibration and the scores on drawings to a model folder."""
    _update_report(folder, benchmark=benchmark)
    _write(folder / "confidence.json", calibration)


def write_profile(folder: Path, layers: pd.DataFrame, reading_ms: float) -> None:
    """Add the layers and the reading time to a model folder."""
    _update_report(folder, reading_ms=reading_ms)
    layers.to_csv(folder / "layers.csv", index=False)


def put_litert_export(folder: Path, exported: Path) -> None:
    """Make a file that was exported from a folder's model.keras its model.tflite.

    Until it is there, Keras reads.
    """
    (folder / "model.tflite").unlink(missing_ok=True)
    _update_report(folder, litert=_hashes(folder, exported))
    exported.replace(folder / "model.tflite")


def _hashes(folder: Path, exported: Path) -> LiteRTExport:
    return LiteRTExport(sha256_of(folder / "model.keras"), sha256_of(exported))


def _update_report(folder: Path, **figures: Any) -> None:
    summary = _parsed(folder / "report.json", records.read_summary)
    _write(folder / "report.json", replace(summary, **figures))


def _write(path: Path, record: object) -> None:
    processes.write_whole(path, records.to_json(record))
