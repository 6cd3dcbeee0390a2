"""What the Draw page shows of a drawing on demand: how it was prepared, why it was read so."""

import math
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
from recognizer.models.reading import NumberReading
from recognizer.models.registry import active_model, complete_models
from recognizer.ui import canvas, images
from recognizer.ui.loading import read_number, reader_for
from recognizer.ui.model_picker import chosen_model
from recognizer.ui.number_answer import chosen_digit, in_short, ordinal
from recognizer.ui.permission import in_public

STEP_SIDE = 130  # pixels, of the picture of a step
HEAT_SIDE = 252  # pixels, of the heat map
MARGIN = 10  # pixels, beside a drawing that is wider than high


def offer_downloads(drawing: Drawing, number: NumberReading | None) -> None:
    """Offer the drawing, and the image of the chosen digit that the network sees, as PNG."""
    popover = st.popover("Download", icon=":material/download:", disabled=number is None)
    if number is None:
        return
    reading, which = number.digits[chosen_digit(number.digits)], _which(number)
    for label, file, image in (
        ("Drawing", "drawing", partial(picture, drawing)),
        (f"28×28 image{which and f' of {which}'}", "drawing-28x28", lambda: reading.image),
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


def picture(drawing: Drawing) -> Image:
    """A drawing as the canvas shows it, (320, width) uint8: as wide as it needs, if not square."""
    points = np.concatenate(drawing.strokes)
    left, right = points[:, 0].min(), points[:, 0].max()
    width = max(math.ceil(right - left + drawing.pen_width + 2 * MARGIN), canvas.SIDE)
    to_middle = np.array([(width - left - right) / 2, 0])
    strokes = [stroke + to_middle for stroke in drawing.strokes]
    return paint(strokes, drawing.pen_width, canvas.SIDE, width)


def _which(number: NumberReading) -> str:
    """The chosen digit in words, where there are several."""
    several = len(number.digits) > 1
    return f"the {ordinal(chosen_digit(number.digits))} digit" if several else ""


def _as_png(image: Callable[[], Image]) -> bytes:
    return cv2.imencode(".png", image())[1].tobytes()


def show_panels(drawing: Drawing, number: NumberReading | None) -> None:
    """Show the panels; what is in one is only made while it is open."""
    for title, key, show in (
        ("How your drawing is prepared", "steps", _show_steps),
        ("Why this reading", "why", _show_reasons),
        ("What every model reads", "every", _show_every_reading),
    ):
        panel = st.expander(title, on_change="rerun", key=key)
        if panel.open and number:
            with panel:
                show(drawing, number)
        elif panel.open:
            panel.caption("Nothing is drawn yet.")


def _show_steps(_: Drawing, number: NumberReading) -> None:
    """How the drawing became the network's image."""
    _name_digit(number)
    with st.container(horizontal=True):
        for step in steps(number.drawings[chosen_digit(number.digits)]):
            images.show(step.image, step.caption, STEP_SIDE, step.caption)


def _show_reasons(_: Drawing, number: NumberReading) -> None:
    """Which pixels support the digit that was read, rather than the next likely one."""
    # With what only this panel needs, as the page is opened more often than it is.
    from recognizer.ui.explanation import show_heat_map

    _name_digit(number)
    reading = number.digits[chosen_digit(number.digits)]
    first, second = np.argsort(-reading.probabilities, kind="stable")[:2].tolist()
    show_heat_map(reading.image, reader_for(chosen_model())[0], first, second, HEAT_SIDE)


def _name_digit(number: NumberReading) -> None:
    """Say which digit a panel is about, where there are several."""
    if which := _which(number):
        st.caption(f"This is {which}. Choose another one above.")


def _show_every_reading(drawing: Drawing, _: NumberReading) -> None:
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
        number = read_number(model, drawing)
    except ModelError as error:
        return {"reads": "–", "confidence": in_public(error)}
    reads, sure = in_short(number)
    return {"reads": reads, "confidence": sure}
