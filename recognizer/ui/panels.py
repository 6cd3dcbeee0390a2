"""What the Draw page shows of a drawing on demand: how it was prepared, why it was read so."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import streamlit as st

from recognizer.drawings.arrays import Image
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import steps
from recognizer.drawings.rasterize import paint
from recognizer.errors import ModelError
from recognizer.models.folder import ModelEntry
from recognizer.models.reading import Reading
from recognizer.models.registry import active_model, complete_models
from recognizer.ui import canvas
from recognizer.ui.answer import in_a_word, percent
from recognizer.ui.images import enlarged
from recognizer.ui.loading import recognizer_of
from recognizer.ui.model_picker import chosen_model

STEP_SIDE = 130  # pixels, of the picture of a step
HEAT_SIDE = 252  # pixels, of the heat map


def offer_downloads(drawing: Drawing, reading: Reading | None) -> None:
    """Offer the drawing, and the image that the network sees, as PNG."""
    popover = st.popover("Download", icon=":material/download:", disabled=reading is None)
    if reading is None:
        return
    for label, file, image in (
        ("Drawing", "drawing", partial(paint, drawing.strokes, drawing.pen_width, canvas.SIDE)),
        ("28×28 image", "drawing-28x28", lambda: reading.image),
    ):
        popover.download_button(
            f"{label} (PNG)",
            partial(_as_png, image),  # made when it is asked for
            f"{file}.png",
            "image/png",
            key=file,
            on_click="ignore",  # the page need not run again
            width="stretch",
        )


def _as_png(image: Callable[[], Image]) -> bytes:
    return cv2.imencode(".png", image())[1].tobytes()


def show_panels(drawing: Drawing, reading: Reading | None) -> None:
    """Show the panels; what is in one is only made while it is open."""
    for title, key, show in (
        ("How your drawing is prepared", "steps", _show_steps),
        ("Why this reading", "why", _show_reasons),
        ("What every model reads", "every", _show_every_reading),
    ):
        panel = st.expander(title, on_change="rerun", key=key)
        if panel.open and reading:
            with panel:
                show(drawing, reading)
        elif panel.open:
            panel.caption("Nothing is drawn yet.")


def _show_steps(drawing: Drawing, _: Reading) -> None:
    """How the drawing became the network's image."""
    with st.container(horizontal=True):
        for step in steps(drawing):
            st.image(
                enlarged(step.image, 2 * STEP_SIDE),
                caption=step.caption,
                width=STEP_SIDE,
                alt=step.caption,
                output_format="PNG",
            )


def _show_reasons(_: Drawing, reading: Reading) -> None:
    """Which pixels support the digit that was read, rather than the next likely one."""
    # With what only this panel needs, as the page is opened more often than it is.
    from recognizer.ui.explanation import show_heat_map

    first, second = np.argsort(-reading.probabilities, kind="stable")[:2].tolist()
    show_heat_map(reading.image, chosen_model(), first, second, HEAT_SIDE)


def _show_every_reading(drawing: Drawing, _: Reading) -> None:
    """What each model reads."""
    active = active_model().name
    rows = {
        f"{model.name} (active)" if model.name == active else model.name: _row(model, drawing)
        for model in complete_models()
    }
    import pandas as pd  # which only this panel needs

    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
    st.table(table, alt="What every model reads")


def _row(model: ModelEntry, drawing: Drawing) -> dict[str, str]:
    try:
        reading = recognizer_of(model).read(drawing)
    except ModelError as error:
        return {"reads": "–", "confidence": str(error)}
    sure = f"{percent(reading.confidence)} sure" if reading.status == "digit" else "not sure"
    return {"reads": in_a_word(reading), "confidence": sure}
