"""Data: what MNIST looks like, and how it is split."""

from contextlib import suppress

import numpy as np
import pandas as pd
import streamlit as st

from recognizer.datasets.mnist import CLASSES, MNIST_ARRAYS, TRAINING_IMAGES, Mnist
from recognizer.errors import ModelError
from recognizer.models.registry import complete_models, load_report
from recognizer.ui.charts.bars import samples_by_digit
from recognizer.ui.images import TILE, enlarged, in_a_row, mnist_or_message, show
from recognizer.ui.navigation import set_up_page
from recognizer.ui.tables import download
from recognizer.ui.url_state import choice_of

COLUMNS = 12  # samples of a digit in a row
WIDEST = 900  # pixels: a row of samples
SPLITS = ["training", "validation", "test"]


def splits() -> pd.DataFrame:
    """How many images each of the three splits has, and what they are for."""
    of_training, of_test = MNIST_ARRAYS["x_train"][0], MNIST_ARRAYS["x_test"][0]
    training, rest = TRAINING_IMAGES, of_training[0] - TRAINING_IMAGES
    every = f"MNIST's {of_training[0]:,} training images"
    return pd.DataFrame(
        [
            ("training", training, f"The first of {every}", "To train models"),
            ("validation", rest, f"The last of {every}", "To follow a training"),
            ("test", of_test[0], "MNIST's test images", "To evaluate trained models"),
        ],
        columns=["Split", "Size", "Which", "What for"],
    ).assign(Size=lambda rows: rows["Size"].map("{:,} images".format))


def counts_of(labels: dict[str, np.ndarray]) -> pd.DataFrame:
    """How many images of each digit each split holds."""
    return pd.DataFrame(
        [
            {"split": split, "digit": digit, "images": int(images)}
            for split, digits in labels.items()
            for digit, images in enumerate(np.bincount(digits, minlength=CLASSES))
        ]
    )


def labels_known(data: Mnist | None) -> dict[str, np.ndarray]:
    """The labels of every split; without MNIST those of the test images, from a report."""
    if data:
        return {split: getattr(data, split).labels for split in SPLITS}
    for model in complete_models():
        with suppress(ModelError):
            return {"test": load_report(model.name).labels}
    return {}


set_up_page("Data")
st.title("Data", anchor=False)
st.caption(
    "MNIST (Y. LeCun, C. Cortes, C. Burges): handwritten digits, white ink on black, scaled to "
    "20×20 pixels and centered by their center of mass in 28×28."
)
st.table(splits(), hide_index=True, border="horizontal", alt="The three splits of MNIST")
data = mnist_or_message("data")

st.header("Images of each digit", anchor=False)
counts = counts_of(labels_known(data))
if counts.empty:
    st.info("Nothing to count: there is no MNIST and no model.", icon=":material/info:")
else:
    if not data:
        st.caption("Only the test images are counted. Their labels are stored with the models.")
    least, most = counts["images"].min(), counts["images"].max()
    st.altair_chart(
        samples_by_digit(counts),
        key="counts",
        alt=f"Images of each digit in each split, from {least:,} to {most:,}",
    )
    download(counts, "counts")

if data:
    split = choice_of("Split", "split", SPLITS)
    part = getattr(data, split)
    st.header("Mean image of each digit", anchor=False)
    # Two rows of five on a phone too, and no wider than is good to look at.
    with st.container(width=5 * TILE + 60), st.grid(5, min_column_width=48, gap="xsmall"):
        for digit in range(CLASSES):
            mean = part.images[part.labels == digit].mean(axis=0).astype(np.uint8)
            show(mean, f"The mean of all images of {digit} in {split}", caption=str(digit))
    st.header("Samples", anchor=False)
    st.button("Show other samples", icon=":material/casino:", key="others")
    draw = np.random.default_rng()
    with st.container(width=WIDEST, gap="xsmall"):
        for digit in range(CLASSES):
            of_digit = np.flatnonzero(part.labels == digit)
            images = part.images[draw.choice(of_digit, COLUMNS, replace=False)]
            st.image(
                enlarged(in_a_row(images), 3 * 30 * COLUMNS),
                width="stretch",
                output_format="PNG",
                alt=f"{COLUMNS} images of {digit} from {split}",
            )
