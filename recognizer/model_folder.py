"""The files of one model: small open ones beside its weights, read and written.

model.keras       the network, without optimiser state
recipe.json       how it was made: every hyper-parameter, seed and package version; "shipped"
in those that came with the app
history.csv       a row per epoch: loss, accuracy, val_loss, val_accuracy, seconds,
and in newer ones learning_rate; may be missing
report.json       accuracy and loss on the 10,000 test images; the milliseconds that a
reading took; where drawings were at hand, what it made of those held back
layers.csv        a row per layer: layer, type, output, parameters; may be missing
confidence.json   slope, shift and threshold; 1, 0 and 0.5 where there is no such file
predictions.npz   labels (n,) uint8, predictions (n,) uint8, probabilities (n, 10) float32
"""

import json
import math
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recognizer import processes
from recognizer.confidence import Confidence
from recognizer.data import DatasetError, read_npz
from recognizer.evaluation import Report
from recognizer.networks import CLASSES

HISTORY_COLUMNS = ["loss", "accuracy", "val_loss", "val_accuracy", "seconds"]
LAYER_COLUMNS = ["layer", "type", "output", "parameters"]
LEARNING_RATE = "learning_rate"  # the column that older histories lack
DRAWN = {"institutions", "digits", "others", "cases", "all"}  # what a report says of drawings


class ModelError(Exception):
    """A model is missing, damaged or misnamed; the message says what to do about it."""


@dataclass(frozen=True, eq=False)
class ModelEntry:
    """One whole model folder, without its weights and its predictions.

    `history` has a row per epoch, indexed from 1, with HISTORY_COLUMNS, and none where the
    folder holds no history; `accuracy` (0 to 1) and `loss` (nats) are on the 10,000 test
    images; `drawn` is what `recognizer.drawn.Judge.judge` reports, empty where no drawings
    were at hand; `reading_ms` is how long one reading took, None where it was not measured;
    `megabytes` is the size of its weights;
    `version` changes whenever the weights or the confidence do: key caches of loaded models on it.
    """

    name: str
    path: Path
    recipe: dict[str, Any]
    history: pd.DataFrame = field(repr=False)
    accuracy: float
    loss: float
    confidence: Confidence
    drawn: dict[str, Any] = field(repr=False)
    reading_ms: float | None
    megabytes: float
    version: str

    @property
    def validation_accuracy(self) -> float:
        """Accuracy on the validation images after the last epoch, 0 to 1; NaN without history."""
        return math.nan if self.history.empty else float(self.history["val_accuracy"].iloc[-1])

    @property
    def trained(self) -> str:
        """When, in words: day, hour and minute, UTC."""
        return str(self.recipe.get("trained_at", "–"))[:16].replace("T", " ")

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
        entry = _read_entry(name, path)
    except FileNotFoundError as error:
        raise damaged(name, f"{Path(error.filename).name} is missing") from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, OSError) as error:
        raise damaged(name, f"its files cannot be read ({error})") from error
    for file in ("model.keras", "predictions.npz"):  # both are zip files, and end in their index
        if not zipfile.is_zipfile(path / file):
            raise damaged(name, f"{file} is truncated or not what its name says")
    return entry


def is_shipped(path: Path) -> bool:
    """Whether a folder holds a model that came with the app, as its recipe.json says."""
    try:
        return _read_json(path / "recipe.json").get("shipped") is True
    except (OSError, ValueError, TypeError):
        return False


def _read_entry(name: str, path: Path) -> ModelEntry:
    recipe, report = _read_json(path / "recipe.json"), _read_json(path / "report.json")
    _check_recipe(recipe)
    accuracy, loss = float(report["accuracy"]), float(report["loss"])
    if not (math.isfinite(accuracy) and math.isfinite(loss)):
        raise ValueError("report.json holds a figure that is not finite")
    drawn = report.get("drawn", {})
    if drawn:
        _check_drawn(drawn)
    reading_ms = report.get("reading_ms")
    if reading_ms is not None and not math.isfinite(reading_ms):
        raise ValueError("report.json holds a figure that is not finite")
    history = _read_history(path, _planned_epochs(recipe))
    confidence = _read_confidence(path / "confidence.json")
    (path / "predictions.npz").stat()
    weights = (path / "model.keras").stat()
    version = f"{name}-{weights.st_mtime_ns}-{weights.st_size}-{confidence}"
    return ModelEntry(
        name=name,
        path=path,
        recipe=recipe,
        history=history,
        accuracy=accuracy,
        loss=loss,
        confidence=confidence,
        drawn=drawn,
        reading_ms=reading_ms,
        megabytes=weights.st_size / 1e6,
        version=version,
    )


def _check_recipe(recipe: dict[str, Any]) -> None:
    """What is shown of a recipe must be what its name says, where it is there at all."""
    if not (isinstance(recipe["recipe"], str) and isinstance(recipe["parameters"], int)):
        raise TypeError("recipe.json does not say which recipe, or how many parameters")
    for name in ("optimizer", "packages", "drawings", "published", "start_from"):
        if not isinstance(recipe.get(name) or {}, dict):
            raise TypeError(f"{name!r} in recipe.json is not an object")
    if published := recipe.get("published"):
        float(published["accuracy"])


def _planned_epochs(recipe: dict[str, Any]) -> int | None:
    """How many epochs the recipe has over all its stages; None where it does not say."""
    stages = (recipe.get("drawings") or {}).get("last_epochs")
    return stages[-1] if stages else recipe.get("epochs")


def _check_drawn(drawn: dict[str, Any]) -> None:
    if not set(drawn) >= DRAWN:
        raise KeyError("report.json does not say all of what drawings showed")
    for figures in (drawn["all"], *drawn["cases"]):
        float(figures["accuracy"]), float(figures["calibration_error"])


def _read_history(path: Path, planned: int | None) -> pd.DataFrame:
    """Read the history; where it is known how many epochs were planned, it must hold them all."""
    if not (path / "history.csv").exists():
        return pd.DataFrame(columns=HISTORY_COLUMNS, dtype=float)
    history = pd.read_csv(path / "history.csv", index_col="epoch").astype(float)
    if missing := set(HISTORY_COLUMNS) - set(history.columns):
        raise KeyError(f"history.csv lacks {sorted(missing)}")
    if history.empty:
        raise ValueError("history.csv holds no epoch")
    if history.index.to_list() != list(range(1, len(history) + 1)):
        raise ValueError("history.csv does not count its epochs from 1")
    if len(history) != (planned or len(history)):
        raise ValueError(f"history.csv holds {len(history)} of {planned} epochs")
    return history


def _read_confidence(path: Path) -> Confidence:
    if not path.exists():
        return Confidence()
    content = _read_json(path)
    confidence = Confidence(*(float(content[name]) for name in ("slope", "shift", "threshold")))
    whole = 0 < confidence.slope < math.inf and math.isfinite(confidence.shift)
    if not (whole and 0 <= confidence.threshold <= 1):
        raise ValueError("confidence.json holds a figure that cannot be")
    return confidence


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    if not isinstance(content, dict):
        raise TypeError(f"{path.name} is not an object")
    return content


def read_report(path: Path) -> Report:
    """Read what the model of a folder said of the 10,000 test images.

    Raises:
        ModelError: Its predictions are damaged.
    """
    try:
        arrays = read_npz(path / "predictions.npz", ("labels", "probabilities"))
    except DatasetError as error:
        raise damaged(path.name, "predictions.npz cannot be read") from error
    labels, probabilities = arrays["labels"], arrays["probabilities"]
    if not labels.size or probabilities.shape != (*labels.shape, CLASSES):
        raise damaged(path.name, "the arrays in predictions.npz do not fit each other")
    if not (np.isin(labels, range(CLASSES)).all() and _are_probabilities(probabilities)):
        raise damaged(path.name, "predictions.npz holds what is no digit or no probability")
    return Report(labels, probabilities)


def _are_probabilities(values: NDArray[Any]) -> bool:
    """Rounding may bring a probability, or the sum of ten, a little above 1."""
    inside = np.issubdtype(values.dtype, np.floating) and values.min() >= 0
    return bool(inside and values.sum(axis=1).max() <= 1 + 1e-3)


def read_layers(path: Path) -> pd.DataFrame:
    """Read the layers of a folder's model, as `layers_of` lists them; no row if they are not told.

    Raises:
        ModelError: The list is damaged.
    """
    try:
        layers = pd.read_csv(path / "layers.csv", keep_default_na=False)
    except FileNotFoundError:
        return pd.DataFrame(columns=LAYER_COLUMNS)
    except (ValueError, OSError) as error:
        raise damaged(path.name, f"layers.csv cannot be read ({error})") from error
    if missing := set(LAYER_COLUMNS) - set(layers.columns):
        raise damaged(path.name, f"layers.csv lacks {sorted(missing)}")
    if not pd.api.types.is_integer_dtype(layers["parameters"]):
        raise damaged(path.name, "layers.csv is truncated, or not what its name says")
    return layers


def write_files(
    folder: Path, recipe: dict[str, Any], history: pd.DataFrame, report: Report
) -> None:
    """Write all of a model's files but its weights."""
    _write_json(folder / "recipe.json", recipe)
    columns = [*HISTORY_COLUMNS, *({LEARNING_RATE} & set(history.columns))]
    history[columns].to_csv(folder / "history.csv", index_label="epoch")
    _write_json(folder / "report.json", {"accuracy": report.accuracy, "loss": report.loss})
    np.savez_compressed(
        folder / "predictions.npz",
        labels=report.labels,
        predictions=report.predictions,
        probabilities=report.probabilities,
    )


def write_drawn(folder: Path, confidence: Confidence, drawn: dict[str, Any]) -> None:
    """Write, or write anew, what drawings showed of a model whose other files are there."""
    report = _read_json(folder / "report.json")
    _write_json(folder / "report.json", report | {"drawn": drawn})
    _write_json(folder / "confidence.json", asdict(confidence))


def write_measured(folder: Path, layers: pd.DataFrame, reading_ms: float) -> None:
    """Write, or write anew, what the network of a model whose other files are there costs."""
    report = _read_json(folder / "report.json")
    _write_json(folder / "report.json", report | {"reading_ms": reading_ms})
    layers.to_csv(folder / "layers.csv", index=False)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    processes.write_whole(path, json.dumps(content, indent=2) + "\n")
