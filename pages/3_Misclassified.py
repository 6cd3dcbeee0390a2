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
from recognizer.ui.script import bring_into_view
from recognizer.ui.tables import download
from recognizer.ui.url_state import (
    choice_of,
    digit_box,
    page_of,
    set_in_url,
    toggle,
    url_widget,
)

SHOWN = 30  # images at a time
LARGEST = 10**9  # number that a visitor may ask for; far more than there are
# The worst first: the most confident, the clearest, the costliest.
ORDERS = {"Confidence": "confidence", "Margin": "margin", "Loss": "loss"}

ORDERS_MEAN = (
    "Largest first. Confidence: the probability of the reading. Margin: its lead over the second "
    "digit. "
    "Loss: the cross-entropy, large where the true digit has a low probability."
)


def filtered(rows: pd.DataFrame, doubtful: Collection[int]) -> tuple[pd.DataFrame, str]:
    """Show the filters and the order; return the rows that pass them, and what was chosen."""
    boxes = st.columns([5, 5, 11, 9], vertical_alignment="bottom")
    with boxes[0]:
        label = digit_box("True digit", "label", placeholder="Any")
    with boxes[1]:
        reading = digit_box("Read as", "reading", placeholder="Any")
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


def open_image(number: int | None, page: int | None = None) -> None:
    """Open an image, or close it; `page` is that of the gallery, if it changes too."""
    set_in_url("image", number)
    if page is not None:
        set_in_url("page", page if page > 1 else None)


def whole_number(text: str) -> int:
    """Read a number from the address that a box for numbers can show."""
    number = int(text)
    if abs(number) > LARGEST:
        raise ValueError(text)
    return number


def steps(number: int, numbers: list[int]) -> None:
    """Buttons to the previous image, to the next one, and back; bring them into view."""
    place = numbers.index(number) if number in numbers else None
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    for words, key, step in (("Previous", "before", -1), ("Next", "after", 1)):
        to = -1 if place is None else place + step
        there = 0 <= to < len(numbers)
        args = [numbers[to], to // SHOWN + 1] if there else []
        row.button(words, key=key, on_click=open_image, args=args, disabled=not there)
    row.button("Close", key="close", icon=":material/close:", on_click=open_image, args=[None])
    among = f"{place + 1} of {len(numbers)}" if place is not None else "Not in the list below"
    row.caption(among, width="content")
    with row:  # where it takes no room
        bring_into_view("opened", str(number))


def show_images(rows: pd.DataFrame, number: int | None) -> None:
    """Show a page of the gallery, with a button under each image that opens it."""
    images = find_images(report, reports, rows.index.to_list(), "gallery")

    def button(number_here: int, words: str) -> None:
        st.button(
            words,
            key=f"open-{number_here}",
            type="primary" if number_here == number else "secondary",
            on_click=open_image,
            args=[number_here],
            width="stretch",
        )

    if images:
        gallery(rows, images, doubtful, button, number)


set_up_page("Misclassified")
model = dashboard("Misclassified")
report = report_of(model)
reports = {**reports_like(report), model.name: report}
doubtful = doubtful_labels(list(reports.values()))
wrong = misclassified(report)

# The open image is above the filters, but Next goes through what they leave.
opened = st.container(key="opened")
rows, chosen = filtered(wrong, doubtful)
count, number_box = st.columns([2, 1], vertical_alignment="center")
count.markdown(f"**{len(rows)}** of {len(wrong)} misclassified test images.")
with number_box:
    number = url_widget(
        st.number_input,
        "Test image",
        "image",
        whole_number,
        default=None,
        value=None,
        step=1,
        placeholder="Open by number",
        label_visibility="collapsed",
    )
last = len(report.labels) - 1
if number is not None and not 0 <= number <= last:
    words = f"There is no test image {number}. They are numbered from 0 to {last:,}."
    opened.warning(words, icon=":material/search_off:")
elif number is not None:
    with opened.container(border=True):
        steps(number, list(rows.index))
        found = find_images(report, reports, [number], "image")
        image = found[number] if found else None
        explanation.explain(number, model, reports, image, doubtful)
if rows.empty:
    words = "No misclassified image passes these filters."
    st.info(words, icon=":material/filter_alt_off:")
else:
    page = page_of("misclassified", len(rows), SHOWN, f"{model.name}-{chosen}")
    show_images(rows.iloc[(page - 1) * SHOWN : page * SHOWN], number)
download(rows.rename_axis("image").reset_index(), f"misclassified-{model.name}")
