"""One test image: what every model reads, and which pixels explain this model's reading."""

from collections.abc import Mapping

import cv2
import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from recognizer.analysis.attribution import support
from recognizer.datasets.mnist import SIDE
from recognizer.drawings.arrays import Image
from recognizer.errors import ModelError
from recognizer.models.evaluation import Report
from recognizer.models.folder import ModelEntry
from recognizer.ui.answer import show_probabilities
from recognizer.ui.gallery import how_sure
from recognizer.ui.images import show
from recognizer.ui.loading import recognizer_of
from recognizer.ui.permission import show_error
from recognizer.ui.tables import table

LARGE = 336  # pixels: each of the image's own a square of twelve
BARS_HEIGHT = 280  # pixels
FOR, AGAINST = (
    (0, 114, 178),
    (213, 94, 0),
)  # blue and vermilion: color-blind readers can distinguish them
NARROW = {  # all columns fit on a phone
    "model": st.column_config.Column(width=90),
    "reading": st.column_config.Column(width=50),
    "confidence": st.column_config.Column(width=70),
    "probability of the label": st.column_config.Column(
        "for label", width=60, help="The probability that the model gives the label"
    ),
}
BLUR = 0.7  # pixels: shows strokes rather than the noise of single pixels


def explain(
    number: int,
    model: ModelEntry,
    reports: Mapping[str, Report],
    image: Image | None,
    doubtful: Mapping[int, str],
) -> None:
    """Show all that is known of one test image, and the image itself if it is there."""
    report = reports[model.name]
    probabilities, label = report.probabilities[number], int(report.labels[number])
    reading, second = np.argsort(-probabilities, kind="stable")[:2].tolist()
    outcome = "read correctly" if reading == label else f"read as {reading}"
    st.header(f"Test image {number}: {label} {outcome}", anchor=False)
    st.markdown(f"**{model.name}** read it as **{reading}**, {how_sure(probabilities[reading])}.")
    if number in doubtful:
        st.warning(f"The label is doubtful: {doubtful[number]}.", icon=":material/flag:")

    images_side, bars_side = st.columns([6, 4], gap="medium")
    if image is not None:
        with images_side:
            image_side, heat_side = st.columns(2, wrap=False)
        with image_side:
            show(image, f"Test image {number}, {label}, enlarged", LARGE)
        with heat_side:
            show_heat_map(image, model, reading, label if reading != label else second, LARGE)
    with bars_side:
        none = max(1 - float(probabilities.sum()), 0.0) if report.knows_non_digits else None
        show_probabilities(probabilities, none, BARS_HEIGHT)
    table(
        every_reading(number, reports),
        f"image-{number}",
        f"What every model reads in test image {number}",
        dict.fromkeys(["confidence", "probability of the label"], "{:.2%}"),
        column_config=NARROW,
    )


def every_reading(number: int, reports: Mapping[str, Report]) -> pd.DataFrame:
    """What each model reads in one image, its confidence, and the probability of the label."""
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


def show_heat_map(image: Image, model: ModelEntry, digit: int, rather_than: int, side: int) -> None:
    """Show which pixels made a model read one digit rather than another.

    Args:
        image: (28, 28) uint8, a test image or a drawing as the network sees it.
        model: The one that read it.
        digit: What it read, 0 to 9.
        rather_than: What to compare with: the true digit, or the second likeliest.
        side: Of the picture, in pixels.
    """
    try:
        with st.container(key="heat", width=side):
            with st.spinner("Computing the heat map…"):
                heat = _heat(model, model.version, image.tobytes(), digit, rather_than)
            alt = f"in blue what supports {digit}, in orange what supports {rather_than}"
            show(tinted(image, heat), f"Heat map: the image in gray, {alt}", side)
    except ModelError as error:
        show_error(error)
    st.markdown(
        f":small[:blue[**Blue**] supports **{digit}**, :orange[**orange**] supports "
        f"**{rather_than}**. On a stroke the ink matters, beside it the missing ink.]"
    )


@st.cache_data(max_entries=200, show_spinner=False)
def _heat(
    _model: ModelEntry, version: str, pixels: bytes, digit: int, rather_than: int
) -> NDArray[np.float32]:
    # `version` is there for the cache's key: a retrained model is asked again.
    image = np.frombuffer(pixels, dtype=np.uint8).reshape(SIDE, SIDE)
    return support(recognizer_of(_model).network, image, digit, rather_than)


def tinted(image: Image, heat: NDArray[np.float32]) -> Image:
    """An image (28, 28) in light gray ink on white, with `heat` over it in two colors.

    Returns:
        (28, 28, 3) uint8, RGB.
    """
    smooth = cv2.GaussianBlur(heat, (0, 0), BLUR)[..., np.newaxis]
    strength = np.abs(smooth) / max(float(np.abs(smooth).max()), 1e-12)
    paper = 255 - 0.35 * image[..., np.newaxis]
    color = np.where(smooth > 0, FOR, AGAINST)
    return (paper * (1 - strength) + color * strength).astype(np.uint8)
