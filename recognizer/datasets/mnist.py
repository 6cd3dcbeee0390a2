"""MNIST: find the file, verify it, load it.

Nothing here imports TensorFlow, so that a dashboard can show images at once.
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from recognizer import processes
from recognizer.datasets.download import Progress, downloader
from recognizer.datasets.npz import ADVICE, read_npz
from recognizer.errors import DamagedDatasetError, MissingDatasetError

MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"

# name of the array: its shape, and the SHA-256 of its raw bytes (C order, uint8).
# The bytes of the zip file differ between copies of MNIST; the arrays do not.
MNIST_ARRAYS: dict[str, tuple[tuple[int, ...], str]] = {
    "x_train": (
        (60000, 28, 28),
        "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    ),
    "y_train": (
        (60000,),
        "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    ),
    "x_test": (
        (10000, 28, 28),
        "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    ),
    "y_test": (
        (10000,),
        "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    ),
}

CLASSES = 10  # the digits
SIDE = 28  # pixels, a side of each image
TRAINING_IMAGES = 50_000  # the 10,000 training images after these are for validation


@dataclass(frozen=True, eq=False)
class Split:
    """Images (n, 28, 28) uint8, white ink on black, and their labels (n,) uint8."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Mnist:
    """MNIST, split once for all: 50,000 training, 10,000 validation, 10,000 test images."""

    training: Split
    validation: Split
    test: Split


def load_mnist(path: Path | None = None, progress: Progress | bool = False) -> Mnist:
    """Load and verify MNIST.

    Args:
        path: The file to read; by default what `find_mnist` finds or fetches.
        progress: Where a download reports to, or True for a bar in the terminal.

    Raises:
        MissingDatasetError: There is no file and none could be downloaded.
        DamagedDatasetError: The file is not MNIST as published.
    """
    path = path or find_mnist(progress)
    arrays = _verified_arrays(path)
    images, labels = arrays["x_train"], arrays["y_train"]
    cut = TRAINING_IMAGES
    return Mnist(
        training=Split(images[:cut], labels[:cut]),
        validation=Split(images[cut:], labels[cut:]),
        test=Split(arrays["x_test"], arrays["y_test"]),
    )


def find_mnist(progress: Progress | bool = False) -> Path:
    """Return the MNIST file: `MNIST_NPZ`, else Keras's cache, else a download into that cache.

    Raises:
        MissingDatasetError: `MNIST_NPZ` names no file, or the download failed.
    """
    return mnist_at_hand() or _download(_cached(), progress)


def mnist_at_hand() -> Path | None:
    """Return the MNIST file if it is on this machine: `MNIST_NPZ`, else Keras's cache.

    Raises:
        MissingDatasetError: `MNIST_NPZ` names no file.
    """
    if named := os.environ.get("MNIST_NPZ"):
        if not Path(named).is_file():
            raise MissingDatasetError(
                f"MNIST_NPZ is set to {named}, which does not exist. "
                "Correct the variable, or unset it to download MNIST."
            )
        return Path(named)
    return _cached() if _cached().is_file() else None


def _cached() -> Path:
    return _keras_cache() / "mnist.npz"


def _keras_cache() -> Path:
    """Where Keras keeps its data sets (the rule of keras.src.backend.config, without Keras)."""
    if home := os.environ.get("KERAS_HOME"):
        return Path(home) / "datasets"
    base = Path.home() if os.access(Path.home(), os.W_OK) else Path("/tmp")
    return base / ".keras" / "datasets"


def _download(target: Path, progress: Progress | bool) -> Path:
    """Download MNIST, unless somebody else has done so in the meantime."""
    import requests  # which takes long to import

    url = os.environ.get("MNIST_URL", MNIST_URL)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.parent.with_name(f".{target.name}.lock")):
            if not target.is_file():
                _download_to(target, url, progress)
    except requests.RequestException as error:
        raise MissingDatasetError(
            f"MNIST is not on this machine and could not be downloaded from {url} "
            f"({type(error).__name__}). Go online and try again, or set MNIST_NPZ to a copy of "
            "mnist.npz."
        ) from error
    except DamagedDatasetError as error:
        raise DamagedDatasetError(
            f"What {url} sent is not MNIST; nothing was kept. "
            "Try again, or set MNIST_NPZ to a good copy of mnist.npz."
        ) from error
    except OSError as error:
        raise MissingDatasetError(
            f"MNIST could not be saved in {target.parent} ({error}). "
            "Free some disk space, or set KERAS_HOME to a writable folder."
        ) from error
    return target


def _download_to(target: Path, url: str, progress: Progress | bool) -> None:
    """Download MNIST beside its place, and put it there once its arrays are verified.

    Its arrays, not the file: a mirror may have packed them differently.
    """
    with tempfile.TemporaryDirectory(prefix=processes.owned("mnist"), dir=target.parent) as folder:
        part = Path(folder) / target.name
        downloader(progress)(url, str(part), None)
        _verified_arrays(part)
        part.replace(target)


def sweep() -> None:
    """Remove what downloads that were killed have left."""
    for left in processes.leftovers(_keras_cache()):
        processes.remove(left)


def _verified_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read MNIST's arrays; each must be as published."""
    arrays = read_npz(path, tuple(MNIST_ARRAYS))
    for name, (shape, sha256) in MNIST_ARRAYS.items():
        _verify(arrays[name], shape, sha256, f"{name} in {path}")
    return arrays


def _verify(array: NDArray[Any], shape: tuple[int, ...], sha256: str, what: str) -> None:
    if array.shape != shape or array.dtype != np.uint8:
        raise DamagedDatasetError(
            f"{what} is {array.dtype} {array.shape} rather than uint8 {shape}: not MNIST as "
            f"published. {ADVICE}"
        )
    if hashlib.sha256(np.ascontiguousarray(array).data).hexdigest() != sha256:
        raise DamagedDatasetError(
            f"{what} has the wrong content hash: not MNIST as published. {ADVICE}"
        )
