"""The models that come with the app, brought into a folder of models elsewhere.

A container has them in its image, and the folder of models on a volume, which outlives it. A newer
image brings newer ones. A model that was trained there stays as it is, whatever its name.

python -m recognizer.models.shipping     bring them into MODELS_DIR
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from recognizer import processes
from recognizer.errors import BusyError, DiskError, RecognizerError
from recognizer.models import registry
from recognizer.models.checked import read_json, sha256_of
from recognizer.models.publication import publish

NOTES = ".shipped.json"  # by model: the digests of the folder that was brought, and of its weights
LOCK = ".shipping.lock"
PATIENCE = 120  # seconds that another server is given to bring them


def bring_shipped(source: Path | None = None) -> Iterator[str]:
    """Bring each shipped model that is missing, or has changed in the image since.

    Args:
        source: A folder of models; by default that of the repository.

    Yields:
        The name of each one, once it is there.

    Raises:
        BusyError: Another server is still bringing them.
        DiskError: The folder of models cannot be written to.
    """
    source, target = source or registry.ROOT / "models", registry.models_dir()
    try:
        target.mkdir(parents=True, exist_ok=True)
        if target.samefile(source):
            return
        with FileLock(target / LOCK, timeout=PATIENCE):
            for folder in sorted(source.glob("*/recipe.json")):
                if _bring(folder.parent, target):
                    yield folder.parent.name
    except Timeout as error:
        raise BusyError("Another server is bringing the shipped models. Try again.") from error
    except OSError as error:
        raise DiskError(
            f"Nothing could be written to {target} ({error}). Free some disk space, or make the "
            "folder writable for the user that runs the app."
        ) from error


def _bring(folder: Path, target: Path) -> bool:
    """Bring one model; whether it was needed, and its place not somebody else's."""
    name, known, digest = folder.name, _read_notes(target), _digest_of(folder)
    brought, weights = known.get(name, (None, None))
    place = target / name
    if place.exists() and (brought == digest or _weights_of(place) != weights):
        return False  # it is this one, or was trained here
    with publish(name, replace=True) as new:
        # With the time of now, by which servers notice that a model has changed.
        shutil.copytree(folder, new.folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    known[name] = (digest, _weights_of(place))
    processes.write_whole(target / NOTES, json.dumps(known))
    return True


def _read_notes(target: Path) -> dict[str, tuple[str, str]]:
    """What was brought; nothing where the notes are missing or damaged."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        noted = read_json(target / NOTES)
        return {name: (str(digest), str(weights)) for name, (digest, weights) in noted.items()}
    return {}


def _digest_of(folder: Path) -> str:
    """The SHA-256 of all files of a model, with their names."""
    total = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        total.update(f"{file.name}\0{sha256_of(file)}\0".encode())
    return total.hexdigest()


def _weights_of(model: Path) -> str:
    with suppress(OSError):
        return sha256_of(model / "model.keras")
    return ""


def main() -> int:
    try:
        for name in bring_shipped():
            print(f"{registry.models_dir() / name}: brought from the image", flush=True)
    except RecognizerError as error:
        print(f"shipping: {error}", file=sys.stderr)
        return 0 if registry.complete_models() else 1  # those that are there can read
    return 0


if __name__ == "__main__":
    sys.exit(main())
