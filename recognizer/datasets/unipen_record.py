"""UniPen from its public record: downloaded, verified, and converted once into two small files.

I. Guyon and the International Unipen Foundation: UNIPEN train_r01_v07, CC BY 4.0,
https://doi.org/10.5281/zenodo.1195803.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from threading import Lock
from types import SimpleNamespace

import numpy as np
import platformdirs
from filelock import FileLock

from recognizer import processes
from recognizer.datasets import unipen
from recognizer.datasets.archives import unpack
from recognizer.datasets.download import TIMEOUT, PercentProgress, downloader
from recognizer.errors import DamagedDatasetError, MissingDatasetError

DOI = "10.5281/zenodo.1195803"
RECORD_URL = "https://zenodo.org/api/records/1195803"
ARCHIVES = (".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar", ".zip")
DIGITS, OTHERS = "unipen-digits.npz", "unipen-others.npz"
MOST_OTHERS = 4000  # letters and signs that are kept: each is rendered in many versions
QUICK = 3.0  # seconds for which a form waits for the record
CHECKED = 60  # seconds for which it is remembered whether the record can be reached
ADVICE = (
    f"Go online and try again; or fetch the archive by hand (https://doi.org/{DOI}) and name it in "
    "UNIPEN_ARCHIVE; or name a file of drawings in PEN_DIGITS."
)

Tell = Callable[[str], object]
_asking = Lock()


@dataclass(frozen=True)
class Listed:
    """The archive, as the record lists it."""

    name: str
    url: str
    checksum: str  # with the kind in front: "md5:…"
    size: int  # bytes


def folder() -> Path:
    """Where the two files are kept: `UNIPEN_DIR`, else the user's cache."""
    named = os.environ.get("UNIPEN_DIR")
    return Path(named or platformdirs.user_cache_dir("digit-reader", appauthor=False))


def files_at_hand() -> tuple[Path, Path] | None:
    """The files of digits and of letters and signs, if they were made before."""
    digits, others = folder() / DIGITS, folder() / OTHERS
    return (digits, others) if digits.is_file() and others.is_file() else None


def why_unavailable() -> str:
    """Why the drawings are not available now; empty if they are.

    Asks the record, which takes QUICK seconds at most where it does not answer, and remembers
    what it said for a minute.
    """
    try:
        if files_at_hand() or _archive_named():
            return ""
    except MissingDatasetError as error:
        return str(error)
    with _asking:  # one visitor asks, others get the same answer
        return _why_unreachable(int(time.monotonic() / CHECKED), _record_url())


def fetch(tell: Tell) -> tuple[Path, Path]:
    """Return the two files; where they are not there, download and convert the collection.

    Args:
        tell: Is told what is being done, in words.

    Raises:
        MissingDatasetError: The collection could not be downloaded or saved.
        DamagedDatasetError: What was downloaded is not the collection.
    """
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with FileLock(folder() / ".unipen.lock"):
            return files_at_hand() or _make_files(tell)
    except OSError as error:
        raise MissingDatasetError(
            f"The drawings could not be saved in {folder()} ({error}). Free some disk space, or "
            "set UNIPEN_DIR to a writable folder."
        ) from error


def sweep() -> None:
    """Remove what downloads that were killed have left."""
    for left in processes.leftovers(folder()):
        processes.remove(left)


def _make_files(tell: Tell) -> tuple[Path, Path]:
    sweep()
    with tempfile.TemporaryDirectory(prefix=processes.owned("unipen"), dir=folder()) as place:
        temporary = Path(place)
        unpacked = archive = _archive_named() or _download(temporary, tell)
        if not archive.is_dir():
            tell("Unpacking the drawings")
            unpacked = temporary / "unpacked"
            unpack(archive, unpacked, _is_needed)
        root = _root(unpacked)
        tell("Converting the drawings")
        return _convert(root, temporary)


def _convert(root: Path, temporary: Path) -> tuple[Path, Path]:
    """Write the two files beside their places, then put them there, the digits last."""
    skipped: Counter[str] = Counter()
    digits = unipen.read_characters(root, digits=True, skipped=skipped)
    others = unipen.read_characters(root, digits=False, skipped=skipped)
    if len(others) > MOST_OTHERS:
        chosen = np.random.default_rng(0).choice(len(others), MOST_OTHERS, replace=False)
        others = [others[index] for index in sorted(chosen)]
    unipen.save(temporary / OTHERS, others, digits=False)
    unipen.save(temporary / DIGITS, digits, digits=True)
    for name in (OTHERS, DIGITS):
        (temporary / name).replace(folder() / name)
    return folder() / DIGITS, folder() / OTHERS


def _is_needed(path: PurePosixPath) -> bool:
    """Whether a file is in include/, or in a section of isolated characters."""
    sections = {*unipen.DIGIT_SECTIONS, *unipen.OTHER_SECTIONS}
    return "include" in path.parts or ("data" in path.parts and not sections.isdisjoint(path.parts))


def _root(unpacked: Path) -> Path:
    """The folder that holds data/ and include/."""
    for path in (unpacked / "data", *sorted(unpacked.rglob("data"))):
        if (path.parent / "include").is_dir() and path.is_dir():
            return path.parent
    raise DamagedDatasetError(
        f"The archive does not hold UniPen's folders data/ and include/. {ADVICE}"
    )


# The record


def _record_url() -> str:
    return os.environ.get("UNIPEN_URL", RECORD_URL)


def _archive_named() -> Path | None:
    """The archive, or the folder that it was unpacked to, that `UNIPEN_ARCHIVE` names."""
    named = os.environ.get("UNIPEN_ARCHIVE")
    if named and not Path(named).exists():
        raise MissingDatasetError(
            f"UNIPEN_ARCHIVE is set to {named}, which does not exist. Correct the variable, or "
            "unset it to download the collection."
        )
    return Path(named) if named else None


@lru_cache(maxsize=1)
def _why_unreachable(_minute: int, _url: str) -> str:
    try:
        _listed(QUICK)
    except (MissingDatasetError, DamagedDatasetError) as error:
        return str(error)
    return ""


def _listed(timeout: float | tuple[float, float] = TIMEOUT) -> Listed:
    """Ask the record for its archive."""
    import requests
    from pooch.downloaders import ZenodoRepository

    url, found = _record_url(), SimpleNamespace(registry={})
    repository = ZenodoRepository(DOI, url, timeout=timeout)
    repository.base_api_url = url.rpartition("/")[0]
    try:
        repository.populate_registry(found)
        sizes = {
            name: int(file.get("size") or file["filesize"])
            for file in repository.api_response["files"]
            if (name := file.get("key") or file["filename"]).lower().endswith(ARCHIVES)
        }
        name = max(sizes, key=lambda name: sizes[name])
        address = repository.download_url(name)
        return Listed(PurePosixPath(name).name, address, found.registry[name], sizes[name])
    except requests.RequestException as error:
        raise MissingDatasetError(
            f"The drawings of UniPen are not on this machine, and {url} cannot be reached "
            f"({type(error).__name__}). {ADVICE}"
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedDatasetError(f"{url} does not list an archive. {ADVICE}") from error


def _download(place: Path, tell: Tell) -> Path:
    """Download the archive and check it against what the record says."""
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")  # it would say where its temporary file is
    listed = _listed()
    megabytes = f"{listed.size / 1e6:,.0f} MB"
    progress = PercentProgress(
        lambda percent: tell(f"Fetching the drawings: {percent} % of {megabytes}")
    )
    get = downloader(progress)
    try:
        pooch.retrieve(listed.url, listed.checksum, listed.name, place, downloader=get)
    except requests.RequestException as error:
        raise MissingDatasetError(
            f"The drawings could not be downloaded from {listed.url} ({type(error).__name__}). "
            f"{ADVICE}"
        ) from error
    except ValueError as error:  # another hash than the record says
        raise DamagedDatasetError(
            f"What {listed.url} sent is not what the record says; nothing was kept. {ADVICE}"
        ) from error
    return place / listed.name
