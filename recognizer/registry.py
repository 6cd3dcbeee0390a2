"""The folder of models: list, load, publish and activate.

A model is a folder of small open files beside its weights:

    model.keras       the network, without optimiser state
    recipe.json       how it was made: every hyper-parameter, seed and package version
    history.csv       a row per epoch: loss, accuracy, val_loss, val_accuracy, seconds,
                      and in newer ones learning_rate
    report.json       accuracy and loss on the 10,000 test images; where drawings were
                      at hand, what it made of those held back
    confidence.json   slope, shift and threshold; 1, 0 and 0.5 where there is no such file
    predictions.npz   labels (n,) uint8, predictions (n,) uint8, probabilities (n, 10) float32

A folder is written beside its place and renamed into it, so that a reader sees
a whole model or none; one that is replaced is renamed away just before. Which
model is active stands in a file of its own.
"""

import json
import math
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recognizer.architectures import CLASSES
from recognizer.confidence import Confidence
from recognizer.data import DatasetError, read_npz
from recognizer.evaluation import Report

# The shipped model that reads drawings best, and the validation images
# (python train.py --results says so).
DEFAULT_MODEL = "robust-cnn"

HISTORY_COLUMNS = ["loss", "accuracy", "val_loss", "val_accuracy", "seconds"]
LEARNING_RATE = "learning_rate"  # the column that older histories lack
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # no folder names on Windows


class ModelError(Exception):
    """A model is missing, damaged or misnamed; the message says what to do about it."""


@dataclass(frozen=True, eq=False)
class ModelEntry:
    """One whole model folder, without its weights and its predictions.

    `history` has a row per epoch, indexed from 1, with HISTORY_COLUMNS;
    `accuracy` (0 to 1) and `loss` (nats) are on the 10,000 test images; `drawn` is what
    `recognizer.drawn.Judge.judge` reports, empty where no drawings were at hand;
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
    version: str

    @property
    def validation_accuracy(self) -> float:
        """Accuracy on the validation images after the last epoch, 0 to 1."""
        return float(self.history["val_accuracy"].iloc[-1])


@dataclass(frozen=True)
class DamagedModel:
    """A folder that should be a model and is not, with the reason in plain words."""

    name: str
    path: Path
    reason: str


def models_dir() -> Path:
    """The folder of models: `MODELS_DIR`, else models/ beside this package."""
    named = os.environ.get("MODELS_DIR")
    return Path(named) if named else Path(__file__).resolve().parent.parent / "models"


def check_name(name: str) -> str:
    """Return the name if it can name a model's folder on any system.

    Raises:
        ModelError: It cannot; the message says what a name may be.
    """
    if not _NAME.fullmatch(name) or _DEVICE.fullmatch(name):
        raise ModelError(
            f"{name[:70]!r} cannot name a model. Use up to 64 small letters a-z, digits and "
            "hyphens, with a letter or digit at both ends."
        )
    return name


def list_models() -> list[ModelEntry | DamagedModel]:
    """Every model folder by name, the damaged ones with their reason. Never raises."""
    return [_entry_or_damage(name) for name in _names()]


def _names() -> list[str]:
    """The visible folders; what is still being written has a name that starts with a dot."""
    try:
        folders = [path for path in models_dir().iterdir() if path.is_dir()]
    except OSError:  # not there, or not to be read
        return []
    return sorted(path.name for path in folders if not path.name.startswith("."))


def _entry_or_damage(name: str) -> ModelEntry | DamagedModel:
    try:
        return find_model(name)
    except ModelError as error:
        return DamagedModel(name, models_dir() / name, str(error))


def whole_models() -> list[ModelEntry]:
    """The models that can be used, by name."""
    return [model for model in list_models() if isinstance(model, ModelEntry)]


def find_model(name: str) -> ModelEntry:
    """Read one model's folder, all but its weights and predictions.

    Raises:
        ModelError: There is no such model, or its folder is damaged.
    """
    path = models_dir() / check_name(name)
    if not path.is_dir():
        raise ModelError(f"There is no model {name!r} in {path.parent}.")
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


def _read_entry(name: str, path: Path) -> ModelEntry:
    recipe, report = _read_json(path / "recipe.json"), _read_json(path / "report.json")
    history = pd.read_csv(path / "history.csv", index_col="epoch").astype(float)
    if missing := set(HISTORY_COLUMNS) - set(history.columns):
        raise KeyError(f"history.csv lacks {sorted(missing)}")
    accuracy, loss = float(report["accuracy"]), float(report["loss"])
    if history.empty:
        raise ValueError("history.csv holds no epoch")
    if not (math.isfinite(accuracy) and math.isfinite(loss)):
        raise ValueError("report.json holds a figure that is not finite")
    if not (isinstance(recipe["recipe"], str) and isinstance(recipe["parameters"], int)):
        raise TypeError("recipe.json does not say which recipe, or how many parameters")
    (path / "predictions.npz").stat()
    weights = (path / "model.keras").stat()
    version = f"{name}-{weights.st_mtime_ns}-{weights.st_size}"
    drawn = report.get("drawn", {})
    if drawn and not {"institutions", "digits", "others", "cases", "all"} <= set(drawn):
        raise KeyError("report.json does not say all of what drawings showed")
    confidence = _read_confidence(path / "confidence.json")
    version += f"-{confidence}"
    return ModelEntry(name, path, recipe, history, accuracy, loss, confidence, drawn, version)


def _read_confidence(path: Path) -> Confidence:
    if not path.exists():
        return Confidence()
    content = _read_json(path)
    confidence = Confidence(*(float(content[name]) for name in ("slope", "shift", "threshold")))
    whole = 0 < confidence.slope < math.inf and math.isfinite(confidence.shift)
    if not (whole and 0 <= confidence.threshold <= 1):
        raise ValueError("confidence.json holds a figure that cannot be")
    return confidence


def damaged(name: str, reason: str) -> ModelError:
    """The error to raise for a model whose folder is there but not usable."""
    return ModelError(f"The model {name!r} is damaged: {reason}. Train it again, or delete it.")


def _read_json(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise TypeError(f"{path.name} is not an object")
    return content


def load_report(name: str) -> Report:
    """Load what a model said of the 10,000 test images.

    Raises:
        ModelError: There is no such model, or its predictions are damaged.
    """
    path = find_model(name).path / "predictions.npz"
    try:
        arrays = read_npz(path, ("labels", "probabilities"))
    except DatasetError as error:
        raise damaged(name, str(error)) from error
    if arrays["probabilities"].shape != (*arrays["labels"].shape, CLASSES):
        raise damaged(name, "the arrays in predictions.npz do not fit each other")
    return Report(arrays["labels"], arrays["probabilities"])


@contextmanager
def publish(name: str, *, replace: bool = False) -> Iterator[Path]:
    """Give a folder to write a model into; when the block ends well it becomes models/<name>.

    When the block fails or is interrupted, nothing is left.

    Raises:
        ModelError: The name cannot name a model, or is taken and `replace` is not set.
    """
    target = models_dir() / check_name(name)
    if target.exists() and not replace:
        raise ModelError(f"There is a model {name!r} already. Choose another name, or replace it.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as folder:
        whole = Path(folder) / name
        whole.mkdir()
        yield whole
        _put_in_place(whole, target, aside=Path(folder) / "replaced")


def _put_in_place(whole: Path, target: Path, aside: Path) -> None:
    """Rename `whole` to `target`; what stood there goes aside, and comes back if that fails."""
    try:
        if target.exists():
            target.rename(aside)
        whole.rename(target)
    except BaseException:
        if aside.exists():
            aside.rename(target)
        raise


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


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file that a reader sees as it was or as it is now, never cut short."""
    part = path.with_name(f".{path.name}-{os.getpid()}")
    part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def free_name(wish: str) -> str:
    """Return the wish, or the first of wish-2, wish-3, … that no folder has."""
    taken, name, number = set(_names()), wish, 1
    while name in taken:
        number += 1
        name = f"{wish}-{number}"
    return name


def activate(name: str) -> None:
    """Make a model the one that reads for everyone from their next drawing on.

    Raises:
        ModelError: There is no such model, or it is damaged.
    """
    find_model(name)
    part = models_dir() / f".active-{os.getpid()}"
    part.write_text(name + "\n", encoding="utf-8")
    part.replace(models_dir() / ".active")


def active_model() -> ModelEntry:
    """The model that reads: the one activated, else the default, else any whole one.

    Raises:
        ModelError: There is no whole model at all.
    """
    for name in (_activated(), DEFAULT_MODEL, *_names()):
        try:
            return find_model(name)
        except ModelError:
            continue
    raise ModelError(f"There is no usable model in {models_dir()}. Train one: python train.py")


def _activated() -> str:
    try:
        return (models_dir() / ".active").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return DEFAULT_MODEL
