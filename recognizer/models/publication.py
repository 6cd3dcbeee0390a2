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
    for left in [left for place in _folders() for left in processes.leftovers(place)]:
        for aside in left.glob(f"{_ASIDE}/*"):
            target = models_dir() / aside.name
            with suppress(OSError):  # another one sweeps too
                if not target.exists():
                    aside.rename(target)
        processes.remove(left)


def _folders() -> list[Path]:
    """The folder of models, and each one in it."""
    return [models_dir(), *(models_dir() / name for name in names())]
