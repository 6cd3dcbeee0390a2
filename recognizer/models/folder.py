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

import csv
import hashlib
import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from recognizer import processes
from recognizer.errors import ModelError
from recognizer.models import records
from recognizer.models.calibration import Calibration
from recognizer.models.evaluation import Report
from recognizer.models.learned import Learned, read_learned
from recognizer.models.records import BenchmarkResult, LiteRTExport, ReportSummary, TrainedRecipe

if TYPE_CHECKING:
    import pandas as pd

HISTORY_COLUMNS = ["loss", "accuracy", "val_loss", "val_accuracy", "seconds"]
LAYER_COLUMNS = ["layer", "type", "output", "parameters"]
LEARNING_RATE = "learning_rate"  # the column that older histories lack
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
        import pandas as pd  # slow to import; reading needs none of it

        try:
            rows = pd.read_csv(self.path / "history.csv", index_col="epoch")
            return rows[HISTORY_COLUMNS + [LEARNING_RATE] * (LEARNING_RATE in rows)].astype(float)
        except (OSError, ValueError, KeyError):  # it was there, and whole, when this was read
            return pd.DataFrame(columns=HISTORY_COLUMNS, dtype=float)

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


def damaged(name: str, reason: str) -> ModelError:
    """The error to raise for a model whose folder is there but not usable."""
    return ModelError(f"The model {name!r} is damaged: {reason}. Train it again, or delete it.")


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
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise damaged(name, f"its files cannot be read ({error})") from error
    for file in ("model.keras", "predictions.npz"):  # both are zip files, and end in their index
        if not zipfile.is_zipfile(path / file):
            raise damaged(name, f"{file} is truncated or has the wrong format")
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
        _check_history(path / "history.csv", recipe.planned_epochs)
    calibration = _read_calibration(path / "confidence.json")
    (path / "predictions.npz").stat()
    weights = (path / "model.keras").stat()
    has_litert = summary.litert is not None and (path / "model.tflite").exists()
    return ModelEntry(
        name=path.name,
        path=path,
        recipe=recipe,
        summary=summary,
        calibration=calibration,
        megabytes=weights.st_size / 1e6,
        has_litert=has_litert,
        version=f"{path.name}-{weights.st_mtime_ns}-{weights.st_size}-{calibration}-{has_litert}",
    )


def _check_history(file: Path, planned: int | None) -> None:
    """Check the rows of a history; where it is known how many were planned, it must hold them."""
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            rows = csv.DictReader(lines)
            if missing := set(HISTORY_COLUMNS) - set(rows.fieldnames or []):
                raise ValueError(f"lacks {sorted(missing)}")
            epochs = []
            for row in rows:
                epochs.append(int(row["epoch"]))
                for column in (*HISTORY_COLUMNS, LEARNING_RATE):
                    float(row.get(column) or "nan")
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise ValueError(f"history.csv: {error}") from error
    if not epochs:
        raise ValueError("history.csv holds no epoch")
    if epochs != list(range(1, len(epochs) + 1)):
        raise ValueError("history.csv does not count its epochs from 1")
    if len(epochs) != (planned or len(epochs)):
        raise ValueError(f"history.csv holds {len(epochs)} of {planned} epochs")


def _read_calibration(path: Path) -> Calibration:
    return _parsed(path, records.read_calibration) if path.exists() else Calibration()


def _parsed(path: Path, parse: Callable[[str], T]) -> T:
    """Parse a JSON file; what is wrong with it is said with its name."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{path.name}: {error}") from error


def read_layers(path: Path) -> pd.DataFrame:
    """Read the layers of a folder's model, as `layers_of` lists them; no row without the file.

    Raises:
        ModelError: The list is damaged.
    """
    import pandas as pd

    try:
        layers = pd.read_csv(path / "layers.csv", keep_default_na=False)
    except FileNotFoundError:
        return pd.DataFrame(columns=LAYER_COLUMNS)
    except (ValueError, OSError) as error:
        raise damaged(path.name, f"layers.csv cannot be read ({error})") from error
    if missing := set(LAYER_COLUMNS) - set(layers.columns):
        raise damaged(path.name, f"layers.csv lacks {sorted(missing)}")
    if not pd.api.types.is_integer_dtype(layers["parameters"]):
        raise damaged(path.name, "layers.csv is truncated or has the wrong format")
    return layers


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


def sha256_of(path: Path) -> str:
    file = path.stat()
    return _sha256(path, file.st_mtime_ns, file.st_size)


@lru_cache(maxsize=100)  # pages read all folders again and again; files seldom change
def _sha256(path: Path, _modified: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _update_report(folder: Path, **figures: Any) -> None:
    summary = _parsed(folder / "report.json", records.read_summary)
    _write(folder / "report.json", replace(summary, **figures))


def _write(path: Path, record: object) -> None:
    processes.write_whole(path, records.to_json(record))
