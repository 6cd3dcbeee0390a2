"""Kept drawings side by side, and what can be done with them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np
import streamlit as st

from recognizer.collection.browse import Shown
from recognizer.collection.filters import Scope
from recognizer.collection.tables import ACCEPTED, NOT_A_DIGIT, REJECTED, to_label
from recognizer.datasets.mnist import CLASSES
from recognizer.drawings.arrays import Image
from recognizer.errors import CollectionError, RecognizerError
from recognizer.ui.charts.palette import palette
from recognizer.ui.comparison import DONE
from recognizer.ui.gallery import how_sure
from recognizer.ui.images import TILE
from recognizer.ui.keeping import collection, note_failure, try_again
from recognizer.ui.permission import carry_out, in_public, permission
from recognizer.ui.svg import image_tag, strokes_svg
from recognizer.ui.url_state import set_in_url
from recognizer.ui.visitor import contributor, new_contributor

CHANGES = "drawings_changed"  # in the session: how often; a part of keys that start anew then
UNKNOWN = "–"
NO_DIGIT = "Not a digit"


def scope() -> Scope:
    """Whose drawings this visitor may see and delete at this moment."""
    return Scope(permission().given, contributor())


@contextmanager
def problems_shown() -> Iterator[None]:
    """Where the database cannot be used, say so in place of what needs it."""
    try:
        yield
    except CollectionError as error:
        note_failure(error)
        st.error(
            in_public(error), icon=":material/cloud_off:", title="The drawings are not available"
        )
        st.button("Try again", key="again", on_click=try_again)


# Words


def label_in_words(value: int | None) -> str:
    """A label as the database has it."""
    if value is None:
        return "No label"
    return NO_DIGIT if value == NOT_A_DIGIT else str(value)


def in_short(drawing: Shown) -> str:
    """The label and what was read, such as "7 → 1"."""
    label = "?" if drawing.label is None else label_in_words(drawing.label)
    return f"{label} → {UNKNOWN if drawing.digit is None else drawing.digit}"


def in_words(drawing: Shown) -> str:
    """The same for who cannot see it."""
    label = "no label" if drawing.label is None else label_in_words(drawing.label)
    read = "not read" if drawing.digit is None else f"read as {drawing.digit}"
    return f"Drawing: {label}, {read}"


def confidence_in_words(drawing: Shown) -> str:
    """How sure the model was, or that it saw nothing to read; empty if none has read it."""
    if drawing.confidence is None:
        return ""
    return "read as blank" if drawing.digit is None else how_sure(drawing.confidence)


# Images


def picture(drawing: Shown) -> str:
    """A drawing as an image for `st.html`."""
    ink, paper = palette().ink, palette().paper
    of = drawing.drawing
    if of.ink is None:
        return image_tag(strokes_svg(of.strokes, ink), "svg+xml", in_words(drawing))
    return image_tag(_tinted(of.ink, ink, paper), "png", in_words(drawing))


def _tinted(ink: Image, dark: str, light: str) -> bytes:
    """A picture in the middle of a square, in the colors of the theme, as PNG."""
    height, width = ink.shape
    square = np.zeros((max(height, width),) * 2, dtype=np.uint8)
    top, left = (len(square) - height) // 2, (len(square) - width) // 2
    square[top : top + height, left : left + width] = ink
    small = cv2.resize(square, (2 * TILE, 2 * TILE), interpolation=cv2.INTER_AREA)
    full, none = (
        np.array([int(color[i : i + 2], 16) for i in (5, 3, 1)]) for color in (dark, light)
    )
    shades = none + (full - none) * np.arange(256)[:, np.newaxis] / 255
    return cv2.imencode(".png", shades.astype(np.uint8)[small])[1].tobytes()


# The gallery


@st.fragment
def gallery(shown: Sequence[Shown], opened: str | None) -> None:
    """Show drawings that can be chosen, and what can be done with the chosen ones.

    A fragment: a drawing that is chosen needs nothing of the database.
    """
    chosen = [each.id for each in shown if st.session_state.get(_pick(each.id))]
    paper, highlight = palette().paper, palette().highlight
    st.html(
        f"<style>.st-key-bar {{ background: {paper}; }} .st-key-tile-drawing-{opened}, "
        "[class*='st-key-tile-drawing-']:has(input:checked) "
        f"{{ outline: 3px solid {highlight}; outline-offset: 2px; }}</style>"
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bar"):
        st.checkbox("Select all on this page", key=_pick("all"), on_change=_pick_all, args=[shown])
        actions(chosen, "chosen")
        if chosen:
            st.caption(f"{len(chosen)} selected", width="content")
    with st.grid("auto", min_column_width=TILE, gap="xsmall"):
        for drawing in shown:
            _tile(drawing)


def _tile(drawing: Shown) -> None:
    with st.container(gap="xxsmall", key=f"tile-drawing-{drawing.id}"):
        st.html(picture(drawing))
        st.checkbox(
            f"Select {in_short(drawing)}", key=_pick(drawing.id), label_visibility="collapsed"
        )
        if st.button(in_short(drawing), key=f"open-{drawing.id}", width="stretch"):
            set_in_url("drawing", drawing.id)
            st.rerun()
        st.html(f"<small>{confidence_in_words(drawing)} {marks(drawing)}</small>")


def marks(drawing: Shown) -> str:
    """What is to be known of a drawing before models learn from it, for `st.html`."""
    colors = palette()
    found = []
    if drawing.status != ACCEPTED:
        color = colors.quiet if drawing.status == REJECTED else colors.highlight
        found.append((drawing.status, color))
    if drawing.doubtful:
        found.append(("check the label", colors.wrong))
    if drawing.alike:
        found.append(("near-duplicate", colors.quiet))
    return " ".join(f'<span class="mark" style="color: {color}">{x}</span>' for x, color in found)


def _pick(id: str) -> str:
    """The key of a checkbox; another one once something was done with what was chosen."""
    return f"pick-{st.session_state.get(CHANGES, 0)}-{id}"


def _pick_all(shown: Sequence[Shown]) -> None:
    for drawing in shown:
        st.session_state[_pick(drawing.id)] = st.session_state[_pick("all")]


# What can be done


def actions(ids: Sequence[str], key: str) -> None:
    """Offer what this visitor may do with drawings; none: nothing at the moment.

    `key` tells the places of a page apart.
    """
    key, none = f"{key}-{st.session_state.get(CHANGES, 0)}", not ids
    some = "a drawing" if none else counted(len(ids))
    if permission().given:
        with st.popover("Label as", icon=":material/label:", disabled=none, key=f"{key}-label"):
            _offer_labels(ids, key)
        for words, icon, status in (
            ("Accept", "check", ACCEPTED),
            ("Reject", "block", REJECTED),
        ):
            if st.button(words, key=f"{key}-{status}", icon=f":material/{icon}:", disabled=none):
                _review(ids, status)
    with st.popover("Delete", icon=":material/delete:", disabled=none, key=f"{key}-deleting"):
        st.write(f"You cannot get {some} back.")
        if st.button(f"Delete {some}", key=f"{key}-delete", type="primary"):
            _delete(ids)


def _offer_labels(ids: Sequence[str], key: str) -> None:
    with st.grid(5, min_column_width=40, gap="xxsmall"):
        for digit in range(CLASSES):
            if st.button(str(digit), key=f"{key}-label-{digit}", width="stretch"):
                _label(ids, digit)
    if st.button(NO_DIGIT, key=f"{key}-label-none", width="stretch"):
        _label(ids, NOT_A_DIGIT)


def _label(ids: Sequence[str], value: int) -> None:
    name = to_label(value)
    if carry_out(lambda: collection().label(list(ids), name, by=new_contributor())):
        done(f"{counted(len(ids))} labeled: {label_in_words(value)}.")


def _review(ids: Sequence[str], status: str) -> None:
    if carry_out(lambda: collection().review(list(ids), status, by=new_contributor())):
        done(f"{counted(len(ids))} {status}.")


def _delete(ids: Sequence[str]) -> None:
    """Delete drawings, but for those that are not this visitor's, unless they may do everything."""
    allowed = scope()
    owner = None if allowed.everything else allowed.contributor or ""
    delete_and_say(lambda: collection().delete_many(list(ids), contributor=owner))


def delete_and_say(step: Callable[[], int]) -> None:
    """Delete drawings, and say how many there were; or why it could not be done."""
    try:
        number = step()
    except RecognizerError as error:
        st.error(in_public(error), icon=":material/error:")
        return
    set_in_url("drawing", None)
    done(f"{counted(number)} deleted.")


def done(words: str) -> None:
    """Show the page again, with nothing chosen, and say what was done."""
    st.session_state[DONE] = words
    st.session_state[CHANGES] = st.session_state.get(CHANGES, 0) + 1
    st.rerun()


def counted(number: int) -> str:
    return "1 drawing" if number == 1 else f"{number:,} drawings"
