"""The folder of models: list, find, publish, activate, rename, delete, and clean up.

A folder is written beside its place and renamed into it, so that a reader sees
a whole model or none; one that is replaced is renamed away just before. Which
model is active stands in a file of its own. model_folder.py reads one of the folders.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from recognizer import model_folder, processes
from recognizer.evaluation import Report
from recognizer.model_folder import ModelEntry, ModelError

__all__ = [
    "DEFAULT_MODEL",
    "DamagedModel",
    "ModelEntry",
    "ModelError",
    "activate",
    "active_model",
    "check_free",
    "check_name",
    "delete",
    "find_model",
    "free_name",
    "is_shipped",
    "list_models",
    "load_report",
    "models_dir",
    "publish",
    "rename",
    "reports_like",
    "sweep",
    "whole_models",
]

# The shipped model that reads drawings best, and the validation images
# (python train.py --results says so).
DEFAULT_MODEL = "robust-cnn"

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_ASIDE = ".aside"  # in the folder of a new model: where the one goes that it replaces
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # no folder names on Windows


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
    return model_folder.read(path)


def load_report(name: str) -> Report:
    """Load what a model said of the 10,000 test images.

    Raises:
        ModelError: There is no such model, or its predictions are damaged.
    """
    return model_folder.read_report(find_model(name).path)


def reports_like(report: Report) -> dict[str, Report]:
    """The reports, by name, of every model that was judged on the same images as this one."""
    reports = {}
    for model in whole_models():
        with suppress(ModelError):  # a damaged one says so where it is looked at itself
            reports[model.name] = model_folder.read_report(model.path)
    return {
        name: other
        for name, other in reports.items()
        if np.array_equal(other.labels, report.labels)
    }


def check_free(name: str, *, replace: bool = False) -> str:
    """Return the name if a new model may have it.

    Raises:
        ModelError: It cannot name a model, or is taken and `replace` is not set.
    """
    if (models_dir() / check_name(name)).exists() and not replace:
        raise ModelError(f"There is a model {name!r} already. Choose another name, or replace it.")
    gone = set(processes.leftovers(models_dir()))
    if any(new.parent not in gone for new in models_dir().glob(f".new-*/{name}")):
        raise ModelError(f"{name!r} is being trained. Choose another name.")
    return name


@contextmanager
def publish(name: str, *, replace: bool = False) -> Iterator[Path]:
    """Give a folder to write a model into; when the block ends well it becomes models/<name>.

    When the block fails or is interrupted, nothing is left; when the process is killed,
    nothing but what `sweep` removes.

    Raises:
        ModelError: The name cannot name a model, or is taken and `replace` is not set.
    """
    target = models_dir() / check_free(name, replace=replace)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=processes.owned("new"), dir=target.parent) as folder:
        whole, aside = Path(folder) / name, Path(folder) / _ASIDE
        whole.mkdir()
        aside.mkdir()
        yield whole
        with _changing():
            if target.exists() and not replace:  # put there by hand since
                target = models_dir() / free_name(name)
            _put_in_place(whole, target, aside / name)
    if target.name != name:
        raise ModelError(
            f"Another model was called {name!r} meanwhile. The new one is called {target.name!r}."
        )


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


def sweep() -> None:
    """Remove what killed processes left; a model that was just being replaced comes back."""
    for left in [left for folder in _folders() for left in processes.leftovers(folder)]:
        for aside in left.glob(f"{_ASIDE}/*"):
            target = models_dir() / aside.name
            with suppress(OSError):  # another one sweeps too
                if not target.exists():
                    aside.rename(target)
        processes.remove(left)


def _folders() -> list[Path]:
    """The folder of models, and each one in it."""
    return [models_dir(), *(models_dir() / name for name in _names())]


def free_name(wish: str) -> str:
    """Return the wish, or the first of wish-2, wish-3, … that no folder has."""
    taken, name, number = set(_names()), wish, 1
    while name in taken:
        number += 1
        name = f"{wish}-{number}"
    return name


@contextmanager
def _changing() -> Iterator[None]:
    """Let one visitor after the other change which models there are, and which is active."""
    try:
        with FileLock(models_dir() / ".lock", timeout=10):
            yield
    except Timeout as error:
        raise ModelError("Somebody else is changing the models. Try again.") from error
    except OSError as error:
        raise ModelError(
            f"That could not be written to {models_dir()} ({error}). Make room on the disk, or see "
            "to it that the folder can be written to."
        ) from error


def activate(name: str) -> None:
    """Make a model the one that reads for everyone from their next drawing on.

    Raises:
        ModelError: There is no such model, or it is damaged.
    """
    with _changing():
        find_model(name)
        processes.write_whole(models_dir() / ".active", name + "\n")


def rename(name: str, new: str) -> None:
    """Give a model that is not active another name.

    Raises:
        ModelError: There is no such model, it is shipped or active, or the new name cannot be
            taken.
    """
    with _changing():
        _changeable(name).rename(models_dir() / check_free(new))


def delete(name: str) -> None:
    """Delete a model that is not active, damaged or not.

    Raises:
        ModelError: There is no such model, it is shipped, or it is active.
    """
    with _changing():
        model = _changeable(name)
        gone = models_dir() / f"{processes.owned('gone')}{name}"
        model.rename(gone)  # at once, for every reader
        processes.remove(gone)


def is_shipped(name: str) -> bool:
    """Whether a model of that name is there, and came with the app."""
    return model_folder.is_shipped(models_dir() / check_name(name))


def _changeable(name: str) -> Path:
    """The folder of a model that was trained here and is not active."""
    path = models_dir() / check_name(name)
    if not path.is_dir():
        raise ModelError(f"There is no model {name!r} any more.")
    if is_shipped(name):
        raise ModelError(f"{name!r} is shipped with the app, and stays as it is.")
    if _is_active(name):
        raise ModelError(f"{name!r} is the active model. Use another one first.")
    return path


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


def _is_active(name: str) -> bool:
    try:
        return active_model().name == name
    except ModelError:  # no whole model at all
        return False


def _activated() -> str:
    try:
        return (models_dir() / ".active").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return DEFAULT_MODEL
