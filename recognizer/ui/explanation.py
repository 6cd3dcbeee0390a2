"""One test image: what every model makes of it, and what made this one read it so."""

from collections.abc import Mapping

import cv2
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from recognizer.analysis.attribution import baselines, expected_gradients, log_odds
from recognizer.datasets.mnist import Mnist
from recognizer.drawings.arrays import Image
from recognizer.errors import ModelError
from recognizer.models.evaluation import Report
from recognizer.models.folder import ModelEntry
from recognizer.ui.answer import show_probabilities
from recognizer.ui.images import show
from recognizer.ui.loading import start_loading
from recognizer.ui.tables import table
from recognizer.ui.url_state import toggle

LARGE = 280  # pixels: each of the image's own a square of ten
FOR, AGAINST = (0, 114, 178), (213, 94, 0)  # blue and vermilion: told apart by everyone
BLUR = 0.7  # pixels: strokes are to be seen, rather than how single pixels flicker


def explain(
    number: int,
    model: ModelEntry,
    reports: Mapping[str, Report],
    images: Mnist | None,
    doubts: Mapping[int, str],
) -> None:
    """Show all that is known of one test image; the image itself only where MNIST is there."""
    report = reports[model.name]
    probabilities, label = report.probabilities[number], int(report.labels[number])
    reading, second = np.argsort(-probabilities, kind="stable")[:2].tolist()
    said = "read rightly" if reading == label else f"read as {reading}"
    st.subheader(f"Test image {number}: {label} {said}", anchor=False)
    if number in doubts:
        st.warning(f"The label is in doubt: {doubts[number]}.", icon=":material/flag:")

    # Above the images, so that these stand side by side.
    asked = images is not None and toggle("Heat map: what spoke for this reading", "heat")
    image_side, heat_side, bars_side = st.columns([3, 3, 4], gap="medium")
    if images:
        with image_side:
            show(images.test.images[number], f"Test image {number}, {label}, enlarged", LARGE)
    if images and asked:
        with heat_side:
            other = label if reading != label else second
            _show_heat_map(number, model, images, reading, other)
    with bars_side:
        none = max(1 - float(probabilities.sum()), 0.0) if report.tells_no_digit else None
        show_probabilities(probabilities, none, LARGE)
    table(
        every_reading(number, reports),
        f"image-{number}",
        f"What every model reads in test image {number}",
        dict.fromkeys(["confidence", "probability of the label"], "{:.2%}"),
    )


def every_reading(number: int, reports: Mapping[str, Report]) -> pd.DataFrame:
    """What each model reads in one image, how sure it is, and what it gives the label."""
    return pd.DataFrame(
        [
            {
                "model": name,
                "reading": int(report.predictions[number]),
                "confidence": float(report.confidence[number]),
                "probability of the label": float(report.of_label[number]),
            }
            for name, report in reports.items()
        ]
    )


def _show_heat_map(
    number: int, model: ModelEntry, images: Mnist, digit: int, rather_than: int
) -> None:
    """Show what spoke for one digit rather than another: this takes TensorFlow."""
    try:
        with st.spinner("Asking the network…"):
            heat, odds = _heat(images, model, model.version, number, digit, rather_than)
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
        return
    show(
        tinted(images.test.images[number], heat),
        f"The image in grey; in blue what speaks for {digit}, in orange for {rather_than}",
        LARGE,
    )
    st.caption(
        f":blue[Blue] speaks for **{digit}**, :orange[orange] for **{rather_than}**, the strongest "
        "pixel in full colour. On a stroke it is the ink that speaks, beside one that there is "
        f"none. In all, {digit} is ahead by {odds:.1f} nats of log-odds (expected gradients)."
    )


@st.cache_data(max_entries=200, show_spinner=False)
def _heat(
    _images: Mnist, _model: ModelEntry, version: str, number: int, digit: int, rather_than: int
) -> tuple[NDArray[np.float32], float]:
    # `version` is there for the cache's key: a retrained model is asked anew.
    network = start_loading(_model).recognizer().network
    image, references = _images.test.images[number], baselines(_images.training)
    odds = log_odds(network, image[np.newaxis], digit, rather_than)
    return expected_gradients(network, image, references, digit, rather_than), float(odds[0])


def tinted(image: Image, heat: NDArray[np.float32]) -> Image:
    """An image (28, 28) in light grey ink on white, what `heat` says laid over it in two colours.

    Returns:
        (28, 28, 3) uint8, RGB.
    """
    smooth = cv2.GaussianBlur(heat, (0, 0), BLUR)[..., np.newaxis]
    strength = np.abs(smooth) / max(float(np.abs(smooth).max()), 1e-12)
    paper = 255 - 0.35 * image[..., np.newaxis]
    colour = np.where(smooth > 0, FOR, AGAINST)
    return (paper * (1 - strength) + colour * strength).astype(np.uint8)
