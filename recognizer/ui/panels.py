"""What the Draw page shows of a drawing on demand: how it was prepared, why it was read so."""

import cv2
import numpy as np
import pandas as pd
import streamlit as st

from recognizer.drawings.arrays import Image
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import steps
from recognizer.drawings.rasterize import paint
from recognizer.errors import ModelError
from recognizer.models.folder import ModelEntry
from recognizer.models.recognizer import Reading
from recognizer.models.registry import active_model, complete_models
from recognizer.ui import canvas
from recognizer.ui.answer import in_a_word, percent
from recognizer.ui.explanation import show_heat_map
from recognizer.ui.images import enlarged
from recognizer.ui.loading import start_loading
from recognizer.ui.model_picker import chosen_model

STEP_SIDE = 130  # pixels, of the picture of a step
HEAT_SIDE = 252  # pixels, of the heat map
NOTHING = "Nothing is drawn yet."


def offer_downloads(drawing: Drawing, reading: Reading | None) -> None:
    """Offer the drawing, and the image that the network sees, as PNG."""
    popover = st.popover("Download", icon=":material/download:", disabled=reading is None)
    if reading is None:
        return
    picture = paint(drawing.strokes, drawing.pen_width, canvas.SIDE)
    for label, image, file in (
        ("Drawing", picture, "drawing"),
        ("28×28 image", reading.image, "drawing-28x28"),
    ):
        popover.download_button(
            f"{label} (PNG)",
            _as_png(image),
            f"{file}.png",
            "image/png",
            key=file,
            on_click="ignore",  # the page need not run again
            width="stretch",
        )


def _as_png(image: Image) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def show_steps(drawing: Drawing, reading: Reading | None) -> None:
    """Show how the drawing became the network's image."""
    panel = st.expander("How your drawing is prepared", on_change="rerun", key="steps")
    if not panel.open:
        return
    if reading is None:
        panel.caption(NOTHING)
        return
    with panel, st.container(horizontal=True):
        for step in steps(drawing):
            st.image(
                enlarged(step.image, 2 * STEP_SIDE),
                caption=step.caption,
                width=STEP_SIDE,
                alt=step.caption,
                output_format="PNG",
            )


def show_reasons(reading: Reading | None) -> None:
    """Show which pixels support the digit that was read, rather than the next likely one."""
    panel = st.expander("Why this reading", on_change="rerun", key="why")
    if not panel.open:
        return
    with panel:
        if reading is None:
            st.caption(NOTHING)
            return
        first, second = np.argsort(-reading.probabilities, kind="stable")[:2].tolist()
        show_heat_map(reading.image, chosen_model(), first, second, HEAT_SIDE)


def show_every_reading(drawing: Drawing, reading: Reading | None) -> None:
    """Show what each model reads."""
    panel = st.expander("What every model reads", on_change="rerun", key="every")
    if not panel.open:
        return
    with panel:
        if reading is None:
            st.caption(NOTHING)
            return
        with st.spinner("Loading the models…"):
            rows = [_row(model, drawing) for model in complete_models()]
        st.table(pd.DataFrame(rows).set_index("model"), alt="What every model reads")


def _row(model: ModelEntry, drawing: Drawing) -> dict[str, str]:
    name = f"{model.name} (active)" if model.name == active_model().name else model.name
    try:
        reading = start_loading(model).recognizer().read(drawing)
    except ModelError as error:
        return {"model": name, "reads": "–", "confidence": str(error)}
    sure = f"{percent(reading.confidence)} sure" if reading.status == "digit" else "not sure"
    return {"model": name, "reads": in_a_word(reading), "confidence": sure}
