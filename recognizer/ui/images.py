"""MNIST's images on the screen, and MNIST downloaded where it is missing and needed."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import streamlit as st

from recognizer.datasets.download import PercentProgress
from recognizer.datasets.mnist import Mnist, find_mnist, load_mnist, mnist_at_hand
from recognizer.drawings.arrays import Image
from recognizer.errors import DatasetError, MissingDatasetError, ModelError
from recognizer.models.evaluation import Report
from recognizer.models.predictions import MISCLASSIFIED, read_misclassified
from recognizer.models.registry import models_dir
from recognizer.ui.permission import in_public, permission

FAILED = "mnist_failed"  # in the session: why MNIST could not be had
NOT_FETCHED = "It is not on the server. Whoever may retrain can fetch it: they open this page."
TILE = 112  # pixels: an image in a gallery, each of its pixels a square of four

_fetching = threading.Lock()


def mnist_or_message(key: str) -> Mnist | None:
    """Return MNIST, fetched first where it is not on this machine; else say why there is none.

    Only who may retrain has the server fetch something. `key` tells the places of a page apart
    that may say so.
    """
    try:
        path = mnist_at_hand()
        if not path and not permission().given:
            raise MissingDatasetError(NOT_FETCHED)
        if not path and FAILED not in st.session_state:
            path = _fetch()
        if path:
            file = path.stat()
            return _load(path, file.st_mtime_ns, file.st_size)
    except (DatasetError, OSError) as error:  # it may be removed at any moment
        st.session_state[FAILED] = str(error)
    words = in_public(st.session_state[FAILED])
    st.error(words, title="MNIST is not available", icon=":material/error:")
    retry = st.session_state.pop
    st.button("Try again", key=f"fetch-{key}", on_click=retry, args=[FAILED, None])
    return None


def find_images(
    report: Report, names: Iterable[str], numbers: Sequence[int], key: str
) -> Mapping[int, Image] | None:
    """Return test images by their numbers; where they cannot be had, None and a message.

    Args:
        report: Of the images that are meant.
        names: The models that were evaluated on these images. Their folders have the images that
            they misclassify; only for others, MNIST is needed.
        numbers: Of the images.
        key: Tells the places of a page apart that show images.
    """
    kept = _kept(names)
    if all(number in kept for number in numbers):
        return kept
    if not (mnist := mnist_or_message(key)):
        return None
    if not np.array_equal(mnist.test.labels, report.labels):
        st.info(
            "This model was evaluated on images other than MNIST's 10,000 test images. They are "
            "not available.",
            icon=":material/image:",
        )
        return None
    return {number: mnist.test.images[number] for number in numbers}


def _kept(names: Iterable[str]) -> dict[int, Image]:
    """All test images that are in the folders of these models."""
    images = dict[int, Image]()
    for name in names:
        with suppress(ModelError, OSError):  # then MNIST has them
            path = models_dir() / name
            images |= _misclassified(path, (path / MISCLASSIFIED).stat().st_mtime_ns)
    return images


@st.cache_resource(max_entries=50, show_spinner=False)
def _misclassified(path: Path, modified: int) -> dict[int, Image]:
    return read_misclassified(path)


@st.cache_resource(max_entries=1, show_spinner=False)
def _load(path: Path, modified: int, size: int) -> Mnist:
    return load_mnist(path)


def _fetch() -> Path:
    """Download MNIST under a progress bar, for one visitor at a time."""
    words = "Fetching MNIST (11 MB), once…"
    with _alone():
        bar = st.progress(0, words)
        try:
            return find_mnist(PercentProgress(lambda percent: bar.progress(percent, words)))
        finally:
            bar.empty()


@contextmanager
def _alone() -> Iterator[None]:
    """Others do not wait: the server has a thread for each of them."""
    if not _fetching.acquire(blocking=False):
        raise MissingDatasetError("It is being fetched. Try again in a moment.")
    try:
        yield
    finally:
        _fetching.release()


def enlarged(image: Image, side: int) -> Image:
    """Enlarge an image to at most `side` pixels without smoothing, so that pixels can be seen."""
    scale = max(side // max(image.shape[:2]), 1)
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def show(image: Image, alt: str, side: int | None = None, caption: str | None = None) -> None:
    """Show one image, its pixels as squares, `side` pixels wide or as wide as there is room."""
    # Twice as many pixels as it takes, for sharp screens; PNG, as JPEG would blur them.
    large = enlarged(image, 2 * (side or TILE))
    st.image(large, caption, width=side or "stretch", output_format="PNG", alt=alt)


def in_a_row(images: Iterable[Image]) -> Image:
    """Images side by side, in a dark frame each."""
    return np.hstack([np.pad(image, 1) for image in images])
