"""Drawings: those that visitors let the app keep, what they are, and how well models read them."""

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import streamlit as st

from recognizer.collection import browse
from recognizer.collection.filters import NEWEST, OLDEST, SURPRISING, Filters, Scope
from recognizer.collection.tables import ACCEPTED, NOT_A_DIGIT, PENDING, REJECTED
from recognizer.datasets.mnist import CLASSES
from recognizer.ui.charts.bars import kept_by_label
from recognizer.ui.comparison import say_what_was_done
from recognizer.ui.drawing_details import show_details
from recognizer.ui.drawings import (
    NO_DIGIT,
    counted,
    gallery,
    problems_shown,
    scope,
)
from recognizer.ui.keeping import collection
from recognizer.ui.kept_accuracy import offer_to_read, show_accuracy
from recognizer.ui.kept_files import show_files
from recognizer.ui.navigation import PAGES, set_up_page
from recognizer.ui.permission import permission
from recognizer.ui.script import bring_into_view
from recognizer.ui.url_state import (
    choice_of,
    digit_box,
    one_of,
    page_of,
    say_ignored,
    set_in_url,
    toggle,
    url_widget,
)
from recognizer.ui.visitor import remember

SHOWN = 24  # drawings at a time
DAY = 24 * 3600  # seconds
NO_LABEL = "No label"
LABELS = [*map(str, range(CLASSES)), NO_DIGIT, NO_LABEL]
ORDERS = {"Wrong first": SURPRISING, "Newest": NEWEST, "Oldest": OLDEST}
ORDERS_MEAN = (
    "Wrong first: by the probability that the model gave to the label, the lowest first. So what "
    "it read wrongly and confidently comes first."
)
PERIODS = {"Any time": None, "Last 24 hours": DAY, "Last 7 days": 7 * DAY, "Last 30 days": 30 * DAY}
FOLDED = ("reader", "contributor", "kept")  # filters in the popover, as the address has them
STATUSES = [ACCEPTED, PENDING, REJECTED]
Counts = Counter[tuple[int | None, str]]


def box(label: str, key: str, options: list[str], **more: object) -> str | None:
    """A box for one of several texts, or for none."""
    read: Callable[[str], str | None] = one_of(options)
    return url_widget(
        st.selectbox,
        label,
        key,
        read,
        default=None,
        options=options,
        index=None,
        placeholder="Any",
        **more,
    )


def chosen_filters(allowed: Scope) -> Filters:
    """Show the filters and the order; return them."""
    with st.grid("auto", min_column_width=140, vertical_alignment="bottom", gap="small"):
        label = box("Label", "label", LABELS)
        reading = digit_box("Read as", "reading", placeholder="Any")
        status = box("Status", "status", STATUSES, format_func=str.capitalize)
        with st.popover(more_in_words(), icon=":material/filter_list:", width="stretch"):
            reader, contributor, since = more_filters(allowed)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        order = choice_of("Sort by", "order", list(ORDERS), help=ORDERS_MEAN)
        wrong = toggle("Wrong only", "wrong")
        unsure = toggle("Unsure only", "unsure")
    return Filters(
        label=None if label in (None, NO_LABEL) else LABELS.index(label),
        unlabeled=label == NO_LABEL,
        reading=reading,
        wrong=wrong,
        unsure=unsure,
        reader=reader,
        contributor=contributor,
        since=since,
        status=status,
        order=ORDERS[order],
    )


def more_in_words() -> str:
    """The name of the filters that are folded away, with how many are set."""
    number = sum(key in st.query_params for key in FOLDED)
    return f"More filters ({number})" if number else "More filters"


def clear_filters() -> None:
    for key in ("label", "reading", "status", "wrong", "unsure", *FOLDED):
        set_in_url(key, None)


def more_filters(allowed: Scope) -> tuple[str | None, str | None, float | None]:
    """Show the filters that are needed less often: the model, the contributor, the time."""
    reader = box("Model", "reader", browse.readers(collection()))
    contributor = None
    if allowed.everything:
        numbers = browse.contributors(collection())
        contributor = box(
            "Contributor",
            "contributor",
            list(numbers),
            format_func=lambda name: f"{name[:8]} ({numbers[name]:,})",
        )
    period = choice_of("Kept", "kept", list(PERIODS))
    ago = PERIODS[period]
    return reader, contributor, time.time() - ago if ago else None


def show_gallery(allowed: Scope, counts: Counts) -> None:
    """The filters, and a page of what they leave; above them, the drawing that is open."""
    opened = st.container(key="opened")
    filters = chosen_filters(allowed)
    number = browse.count_of(collection(), allowed, filters)
    st.markdown(f"**{number:,}** of {counted(counts.total())}. 4 → 9: labeled 4, read as 9.")
    chosen = f"{replace(filters, since=None)} {st.query_params.get('kept')}"  # `since` goes on
    page = page_of("drawings", number, SHOWN, chosen) if number else 1
    shown = browse.find(collection(), allowed, filters, (page - 1) * SHOWN, SHOWN)
    if id := drawing_in_url():
        with opened.container(border=True):
            show_opened(allowed, id, [each.id for each in shown])
    if shown:
        gallery(shown, id)
    else:
        st.info("No drawing passes these filters.", icon=":material/filter_alt_off:")
        st.button("Clear filters", key="clear-filters", on_click=clear_filters)


def drawing_in_url() -> str | None:
    """The id of the drawing that is open; what is no id never gets into the page."""
    id = st.query_params.get("drawing")
    if id is None or re.fullmatch("[0-9a-f]{32}", id):
        return id
    set_in_url("drawing", None)
    say_ignored("drawing", id)
    return None


def open_drawing(id: str | None) -> None:
    """Open a drawing, or close it."""
    set_in_url("drawing", id)


def show_opened(allowed: Scope, id: str, ids: list[str]) -> None:
    """One drawing, with buttons to those beside it; bring it into view."""
    place = ids.index(id) if id in ids else None
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    for words, key, step in (("Previous", "before", -1), ("Next", "after", 1)):
        to = -1 if place is None else place + step
        there = 0 <= to < len(ids)
        args = [ids[to] if there else None]
        row.button(words, key=key, on_click=open_drawing, args=args, disabled=not there)
    row.button("Close", key="close", icon=":material/close:", on_click=open_drawing, args=[None])
    with row:  # where it takes no room
        bring_into_view("opened", id)
    if found := browse.find_by_id(collection(), allowed, [id]):
        show_details(allowed, found[0])
    else:
        words = "There is no such drawing. It may have been deleted."
        st.warning(words, icon=":material/search_off:")


def in_short(counts: Counts) -> str:
    """How many drawings there are of each status, and without a label."""
    numbers = {each: sum(counts[key] for key in counts if key[1] == each) for each in STATUSES}
    numbers["without a label"] = sum(counts[key] for key in counts if key[0] is None)
    return ", ".join(f"{number:,} {what}" for what, number in numbers.items())


def say_how_to_begin(allowed: Scope) -> None:
    """Say how drawings get here."""
    whose = "No drawing is" if allowed.everything else "No drawing of yours is"
    st.info(
        f"{whose} kept yet. Draw a digit, then press **Correct**, or the digit that it is.",
        icon=":material/draw:",
    )
    file, icon = PAGES["Draw"]
    st.page_link(file, label="Draw a digit", icon=icon)


def show_counts(counts: Counts) -> None:
    """How many drawings there are of each label."""
    values = [*range(CLASSES), NOT_A_DIGIT]
    names = {value: str(value) for value in values} | {NOT_A_DIGIT: "not|a digit"}
    rows = pd.DataFrame(
        [
            {"label": names[value], "status": status, "drawings": counts[value, status]}
            for value in values
            for status in (ACCEPTED, PENDING)
        ]
    )
    st.altair_chart(
        kept_by_label(rows),
        key="counts",
        alt=f"{counted(int(rows['drawings'].sum()))} by label, accepted and pending",
    )


set_up_page("Drawings", uploads=permission().given)
say_what_was_done()
st.title("Drawings", anchor=False)
allowed = scope()
if allowed.everything:
    st.caption("What visitors let the app keep. Models can learn from accepted drawings.")
else:
    st.caption(
        "Your drawings that the app keeps. Models can learn from them once somebody has accepted "
        "them. You see and delete only your own."
    )
with problems_shown():
    counts = browse.count_by_label(collection(), allowed)
    if counts:
        show_gallery(allowed, counts)
        # What is folded away is not made: the page is there sooner.
        words = f"Drawings per label: {in_short(counts)}"
        panel = st.expander(words, on_change="rerun", key="show-counts")
        if panel.open:
            with panel:
                show_counts(counts)
    else:
        say_how_to_begin(allowed)
    if show_accuracy():
        offer_to_read()
    if counts or allowed.everything:
        words = "Export and import" if allowed.everything else "Export or delete all"
        panel = st.expander(words, on_change="rerun", key="show-files")
        if panel.open:
            with panel:
                show_files(allowed, counts)
remember()
