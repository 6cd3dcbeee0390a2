"""MNIST's images on the screen, and MNIST downloaded where it is missing."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import numpy as np
import streamlit as st

from recognizer.datasets.mnist import Mnist, load_mnist, mnist_at_hand
from recognizer.drawings.arrays import Image
from recognizer.errors import DatasetError
from recognizer.models.evaluation import Report

TILE = 112  # pixels: an image in a gallery, each of its pixels a square of four


def mnist_or_offer() -> Mnist | None:
    """Return MNIST if it is on this machine; else say so, and offer to download it."""
    try:
        if path := mnist_at_hand():
            file = path.stat()
            return _load(path, file.st_mtime_ns, file.st_size)
    except DatasetError as error:
        st.error(str(error), title="No images", icon=":material/error:")
        return None
    st.info(
        "MNIST's images are not on this machine. Everything that does not need them is shown.",
        title="No images yet",
        icon=":material/image:",
    )
    if st.button("Fetch MNIST (11 MB)", icon=":material/download:", key="fetch"):
        _fetch()
    return None


def find_images(report: Report) -> Mnist | None:
    """Return MNIST if the report is of its test images; else say why not."""
    mnist = mnist_or_offer()
    if mnist and not np.array_equal(mnist.test.labels, report.labels):
        st.info(
            "This model was evaluated on images other than MNIST's 10,000 test images. They are "
            "not available.",
            icon=":material/image:",
        )
        return None
    return mnist


@st.cache_resource(max_entries=1, show_spinner=False)
def _load(path: Path, modified: int, size: int) -> Mnist:
    return load_mnist(path)


def _fetch() -> None:
    """Download MNIST under a progress bar, then run the page again with it."""
    try:
        with closing(_Bar()) as bar:
            load_mnist(progress=bar)
    except DatasetError as error:
        st.error(str(error), title="MNIST was not fetched", icon=":material/error:")
    else:
        st.rerun()


class _Bar:
    """A progress bar with the part of tqdm's interface that a download reports to."""

    def __init__(self) -> None:
        self.total = 0
        self._done = self._percent = 0
        self._bar = st.progress(0, "Fetching MNIST…")

    def update(self, n: int, /) -> None:
        self._done += n
        percent = min(100 * self._done // max(self.total, 1), 100)
        if percent != self._percent:  # it is called for every kilobyte
            self._percent = percent
            self._bar.progress(percent, "Fetching MNIST…")

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        self._bar.empty()


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
