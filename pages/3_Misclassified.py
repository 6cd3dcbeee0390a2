"""Misclassified: the test images that a model gets wrong, and why, one by one."""

from collections.abc import Collection

import pandas as pd
import streamlit as st

from recognizer.analysis.label_errors import doubtful_labels
from recognizer.analysis.metrics import misclassified
from recognizer.models.registry import reports_like
from recognizer.ui import explanation
from recognizer.ui.gallery import gallery
from recognizer.ui.images import find_images
from recognizer.ui.model_picker import dashboard, report_of
from recognizer.ui.navigation import set_up_page
from recognizer.ui.script import run_script
from recognizer.ui.tables import download
from recognizer.ui.url_state import choice_of, digit_box, one_of, set_in_url, toggle, url_widget

SHOWN = 30  # images at a time
# The worst first: the most confident, the clearest, the costliest.
ORDERS = {"Confidence": "confidence", "Margin": "margin", "Loss": "loss"}

ORDERS_MEAN = (
    "Largest first. Confidence: the probability of the reading. Margin: its lead over the second "
    "digit. "
    "Loss: the cross-entropy, large where the true digit has a low probability."
)

# Brings an image into view that was opened from far down the gallery. The number in it makes
# it run again.
INTO_VIEW = """// image {}
const opened = document.querySelector(".st-key-opened");
opened.tabIndex = -1;
opened.style.outline = "none";
opened.focus();
opened.scrollIntoView();
"""


def filtered(rows: pd.DataFrame, doubtful: Collection[int]) -> tuple[pd.DataFrame, str]:
    """Show the filters and the order; return the rows that pass them, and what was chosen."""
    boxes = st.columns([3, 3, 5, 4], vertical_alignment="bottom")
    with boxes[0]:
        label = digit_box("True digit", "label")
    with boxes[1]:
        reading = digit_box("Read as", "reading")
    with boxes[2]:
        order = choice_of("Sort by", "order", list(ORDERS), help=ORDERS_MEAN)
    with boxes[3]:
        doubtful_only = toggle("Doubtful labels only", "doubtful")
    keep = pd.Series(True, index=rows.index)
    if label is not None:
        keep &= rows["label"] == label
    if reading is not None:
        keep &= rows["reading"] == reading
    if doubtful_only:
        keep &= rows.index.isin(list(doubtful))
    rows = rows[keep].sort_values(ORDERS[order], ascending=False, kind="stable")
    return rows, f"{label}-{reading}-{order}-{doubtful_only}"


def open_image(number: int | None) -> None:
    set_in_url("image", number)


def button(number: int, words: str) -> None:
    """A button that opens all that is known of one image."""
    st.button(words, key=f"open-{number}", on_click=open_image, args=[number], width="stretch")


def steps(number: int, numbers: list[int]) -> None:
    """Buttons to the previous image, to the next one, and back."""
    place = numbers.index(number) if number in numbers else None
    before = numbers[place - 1] if place else None
    after = numbers[place + 1] if place is not None and place + 1 < len(numbers) else None
    row = st.container(horizontal=True, vertical_alignment="center")
    for words, key, to in (("Previous", "before", before), ("Next", "after", after)):
        row.button(words, key=key, on_click=open_image, args=[to], disabled=to is None)
    row.button("Close", key="close", icon=":material/close:", on_click=open_image, args=[None])
    among = f"{place + 1} of {len(numbers)}" if place is not None else "Not in the list below"
    row.caption(among)


set_up_page("Misclassified")
model = dashboard("Misclassified")
report = report_of(model)
reports = {**reports_like(report), model.name: report}
doubtful = doubtful_labels(list(reports.values()))
wrong = misclassified(report)

# The open image is above the filters, but Next goes through what they leave.
opened = st.container(key="opened")
rows, chosen = filtered(wrong, doubtful)
count, number_box = st.columns([3, 1], vertical_alignment="center")
count.markdown(f"**{len(rows)}** of {len(wrong)} misclassified test images.")
with number_box:
    number = url_widget(
        st.number_input,
        "Test image",
        "image",
        one_of(range(len(report.labels))),
        default=None,
        value=None,
        min_value=0,
        max_value=len(report.labels) - 1,
        placeholder="Open by number",
        label_visibility="collapsed",
    )
images = find_images(report)
if number is not None:
    with opened.container(border=True):
        run_script(INTO_VIEW.format(number))
        steps(number, list(rows.index))
        explanation.explain(number, model, reports, images, doubtful)
if rows.empty:
    words = "No misclassified image passes these filters."
    st.info(words, icon=":material/filter_alt_off:")
elif images:
    page = st.pagination(-(-len(rows) // SHOWN), key=f"{model.name}-{chosen}")
    gallery(rows.iloc[(page - 1) * SHOWN : page * SHOWN], images.test.images, doubtful, button)
download(rows.rename_axis("image").reset_index(), f"misclassified-{model.name}")
