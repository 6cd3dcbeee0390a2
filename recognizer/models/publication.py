"""A new model gets its place: complete or not at all, whatever interrupts it.

A folder is written beside its place and renamed into it, so that a reader sees a complete model
or none; one that is replaced is renamed away just before.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from recognizer import processes
from recognizer.errors import BusyError, DiskError
from recognizer.models.registry import changing, check_free, free_name, models_dir, names

_ASIDE = ".aside"  # in the folder of a new model: where the one goes that it replaces


@dataclass
class NewModel:
    """A model that is being written.

    Attributes:
        folder: Where to write it.
        name: What it is called; once published, maybe not what was asked for.
    """

    folder: Path
    name: str


@contextmanager
def publish(name: str, *, replace: bool = False) -> Iterator[NewModel]:
    """Give a folder to write a model into; when the block succeeds it becomes models/<name>.

    When the block fails or is interrupted, nothing is left; when the process is killed,
    nothing but what `sweep` removes. A model that somebody has put there by hand in the meantime
    keeps the name: the new one then gets a number.

    Raises:
        ModelError: The name is not valid, or is taken and `replace` is not set.
    """
    check_free(name, replace=replace)
    place = models_dir()
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=processes.owned("new"), dir=place) as temporary:
        new, aside = NewModel(Path(temporary) / name, name), Path(temporary) / _ASIDE
        new.folder.mkdir()
        aside.mkdir()
        yield new
        with changing():
            if (place / name).exists() and not replace:
                new.name = free_name(name)
            _put_in_place(new.folder, place / new.name, aside / name)


def _put_in_place(new: Path, target: Path, aside: Path) -> None:
    """Rename `new` to `target`; what was there goes aside, and comes back if that fails."""
    try:
        if target.exists():
            target.rename(aside)
        new.rename(target)
    except BaseException:
        if aside.exists():
            aside.rename(target)
        raise


def sweep() -> None:
    """Remove what killed processes left; a model that was just being replaced comes back."""
    _bring_back()
    for left in [left for place in _folders() for left in processes.leftovers(place)]:
        if not any(_missing(left)):
            processes.remove(left)


def _missing(new: Path) -> Iterator[Path]:
    """What went aside for a new model, and whose place is empty."""
    return (aside for aside in new.glob(f"{_ASIDE}/*") if not (models_dir() / aside.name).exists())


def _bring_back() -> None:
    """Bring back a model that went aside for another one, which then did not take its place.

    Nobody is between the two at this moment: whoever puts a model in place holds the lock.
    """
    for new in models_dir().glob(".new-*"):
        if any(_missing(new)):
            with suppress(BusyError, DiskError), changing():
                for aside in _missing(new):
                    aside.rename(models_dir() / aside.name)


def _folders() -> list[Path]:
    """The folder of models, and each one in it."""
    return [models_dir(), *(models_dir() / name for name in names())]
