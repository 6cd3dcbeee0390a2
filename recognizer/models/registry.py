"""The folder of models: list, find, activate, rename and delete.

Which model is active is noted in a file of its own. folder.py reads one of the folders,
publication.py puts a new one there.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from recognizer import processes
from recognizer.errors import BusyError, DiskError, ModelError
from recognizer.models import folder, predictions
from recognizer.models.checked import read_text, short
from recognizer.models.evaluation import Report
from recognizer.models.folder import ModelEntry
from recognizer.models.records import read_recipe

# The shipped model that reads drawings best, and the validation images
# (python train.py --results says so).
DEFAULT_MODEL = "robust-cnn"
ROOT = Path(str(files("recognizer"))).parent  # of the repository

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # no folder names on Windows


@dataclass(frozen=True)
class DamagedModel:
    """A folder that should be a model and is not, with the reason in plain words."""

    name: str
    path: Path
    reason: str


def models_dir() -> Path:
    """The folder of models: `MODELS_DIR`, else models/ in the repository's root."""
    named = os.environ.get("MODELS_DIR")
    return Path(named) if named else ROOT / "models"


def check_name(name: str) -> str:
    """Return the name if it is a valid folder name for a model on any system.

    Raises:
        ModelError: It is not; the message says what a name may be.
    """
    if not _NAME.fullmatch(name) or _DEVICE.fullmatch(name):
        raise ModelError(
            f"{name[:70]!r} is not a valid model name. Use up to 64 lowercase letters a-z, digits "
            "and hyphens, with a letter or digit at both ends."
        )
    return name


def list_models() -> list[ModelEntry | DamagedModel]:
    """Every model folder by name, the damaged ones with their reason. Never raises."""
    return [_entry_or_damage(name) for name in names()]


def names() -> list[str]:
    """The visible folders; what is still being written has a name that starts with a dot."""
    try:
        visible = [path for path in models_dir().iterdir() if not path.name.startswith(".")]
    except OSError:  # not there, or not readable
        return []
    return sorted(path.name for path in visible if _is_dir(path))


def _is_dir(path: Path) -> bool:
    """Whether it is a folder, as far as can be known: who may not search it cannot tell."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _entry_or_damage(name: str) -> ModelEntry | DamagedModel:
    try:
        return find_model(name)
    except ModelError as error:
        return DamagedModel(short(name), models_dir() / name, str(error))


def complete_models() -> list[ModelEntry]:
    """The models that can be used, by name."""
    return [model for model in list_models() if isinstance(model, ModelEntry)]


def find_model(name: str) -> ModelEntry:
    """Read one model's folder, all but its weights and predictions.

    Raises:
        ModelError: There is no such model, or its folder is damaged.
    """
    path = models_dir() / check_name(name)
    if not _is_dir(path):
        raise ModelError(f"There is no model {name!r} in {path.parent}.")
    return folder.read(path)


def load_report(name: str) -> Report:
    """Load a model's predictions on the 10,000 test images.

    Raises:
        ModelError: There is no such model, or its predictions are damaged.
    """
    return predictions.read_report(find_model(name).path)


def reports_like(report: Report) -> dict[str, Report]:
    """The reports, by name, of every model that was evaluated on the same images as this one."""
    reports = {}
    for model in complete_models():
        with suppress(ModelError):  # a damaged one says so on its own page
            reports[model.name] = predictions.read_report(model.path)
    return {
        name: other
        for name, other in reports.items()
        if np.array_equal(other.labels, report.labels)
    }


def check_free(name: str, *, replace: bool = False) -> str:
    """Return the name if a new model may have it.

    Raises:
        ModelError: It is not valid, or is taken and `replace` is not set; or nobody can say.
    """
    place = models_dir() / check_name(name)
    try:
        taken = place.exists()
    except OSError as error:
        raise _unreadable() from error
    if taken and not replace:
        raise ModelError(f"The name {name!r} is taken. Choose another one.")
    owners = (processes.owner_of(new.parent) for new in models_dir().glob(f".new-*/{name}"))
    if any(owner and owner.alive for owner in owners):
        raise ModelError(f"{name!r} is being trained. Choose another name.")
    return name


def free_name(wish: str) -> str:
    """Return the wish, or the first of wish-2, wish-3, … that no folder has."""
    taken, name, number = set(names()), wish, 1
    while name in taken:
        number += 1
        name = f"{wish}-{number}"
    return name


@contextmanager
def changing() -> Iterator[None]:
    """Let one visitor at a time change which models there are, and which one is active.

    Raises:
        ModelError: There is no folder of models. None is made, so that it can be brought back.
        BusyError, DiskError: Somebody else changes them; nothing can be written there.
    """
    if not _is_dir(models_dir()):
        raise _why_there_is_none()
    try:
        with FileLock(models_dir() / ".lock", timeout=10):
            yield
    except Timeout as error:
        raise BusyError("Somebody else is changing the models. Try again.") from error
    except OSError as error:
        raise DiskError(
            f"Nothing could be written to {models_dir()} ({error}). Free some disk space, or "
            "make the folder writable."
        ) from error


def activate(name: str) -> None:
    """Make a model the active one: it reads for everyone, from their next drawing on.

    Raises:
        ModelError: There is no such model, or it is damaged.
    """
    with changing():
        find_model(name)
        processes.write_whole(models_dir() / ".active", name + "\n")


def rename(name: str, new: str) -> None:
    """Give a model that is not active another name.

    Raises:
        ModelError: There is no such model, it is shipped or active, or the new name is not
            valid or taken.
    """
    with changing():
        _changeable(name).rename(models_dir() / check_free(new))


def delete(name: str) -> None:
    """Delete a model that is not active, damaged or not.

    Raises:
        ModelError: There is no such model, it is shipped, or it is active.
    """
    with changing():
        model = _changeable(name)
        gone = models_dir() / f"{processes.owned('gone')}{name}"
        model.rename(gone)  # at once, for every reader
        processes.remove(gone)


def is_shipped(name: str) -> bool:
    """Whether a model of that name is there and came with the app, as its recipe.json says."""
    try:
        return read_recipe(read_text(models_dir() / check_name(name) / "recipe.json")).shipped
    except (ModelError, OSError, ValueError):
        return False


def _changeable(name: str) -> Path:
    """The folder of a model that was trained here and is not active."""
    path = models_dir() / check_name(name)
    if not _is_dir(path):
        raise ModelError(f"There is no model {name!r} anymore.")
    if is_shipped(name):
        raise ModelError(f"{name!r} came with the app and cannot be changed.")
    if _is_active(name):
        raise ModelError(f"{name!r} is the active model. Activate another one first.")
    return path


def active_model() -> ModelEntry:
    """The active model: the one activated, else the default, else any complete one.

    Raises:
        ModelError: There is no complete model at all.
    """
    for model in in_order():
        return model
    raise _why_there_is_none()


def _why_there_is_none() -> ModelError:
    place = models_dir()
    try:
        there = place.is_dir()
    except OSError:  # a folder above it
        return _unreadable()
    train = "python train.py compact-cnn"
    if not there:
        return ModelError(
            f"There is no folder of models at {place}. Bring it back, or train a model: {train}"
        )
    if not os.access(place, os.R_OK | os.X_OK):
        return _unreadable()
    return ModelError(f"There is no usable model in {place}. Train one: {train}")


def _unreadable() -> ModelError:
    return ModelError(
        f"The folder of models, {models_dir()}, cannot be read. Make it readable for the user "
        "that runs the app."
    )


def in_order() -> Iterator[ModelEntry]:
    """The complete models; each reads where those before it cannot be loaded.

    The one activated, the default, and the others by name.
    """
    for name in dict.fromkeys((activated(), DEFAULT_MODEL, *names())):
        with suppress(ModelError):
            yield find_model(name)


def _is_active(name: str) -> bool:
    try:
        return active_model().name == name
    except ModelError:  # no complete model at all
        return False


def activated() -> str:
    """The name of the model that was activated, whether it is there or not."""
    try:
        return read_text(models_dir() / ".active", 1000).strip()
    except (OSError, ValueError):
        return DEFAULT_MODEL
