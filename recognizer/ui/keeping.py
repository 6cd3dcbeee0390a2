"""Letting the app keep a drawing: confirm its reading or correct it, with one press.

Nothing is kept without a press, or before the switch "Keep my drawings" is on.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from recognizer.collection.encoding import digest_of
from recognizer.collection.records import Limits, Origin
from recognizer.datasets.mnist import CLASSES
from recognizer.drawings.drawing import Drawing
from recognizer.errors import CollectionError, RecognizerError
from recognizer.models.reading import Reading
from recognizer.ui.permission import permission
from recognizer.ui.visitor import new_contributor, remember, session

if TYPE_CHECKING:
    from recognizer.collection.collection import Collection

# In the session:
LABELS = "kept_labels"  # what was said of each drawing that is kept, by its id
PROBLEM = "keep_problem"  # why the last press kept nothing, and the id it was for
EXPLAINED = "keep_explained"  # the id whose press also explained what is kept
EVERYTHING = "keep_all"  # the switch "Keep my drawings"
LAST = "kept_last"  # what was kept last without a press
TRIED = "keep_tried"  # when that failed last
BROKEN = "database_broken"  # when the database could not be used, and why

LIMITS = Limits()
PAUSE = 30  # seconds until it is tried again
WHAT_IS_KEPT = (
    "The app keeps the drawing, its label and what was read in it, so that models can learn from "
    "it. It is kept under a random name, not yours."
)


@dataclass(frozen=True, eq=False)
class Answer:
    """A drawing with its reading, as the visitor sees them."""

    drawing: Drawing
    reading: Reading
    side: int  # of the canvas, in pixels

    @property
    def id(self) -> str:
        """The same whenever this visit shows the same strokes.

        So a press that is repeated after an interruption keeps the drawing once.
        """
        name = f"{session()} {digest_of(self.drawing)}"
        return hashlib.sha256(name.encode()).hexdigest()[:32]

    @property
    def is_definite(self) -> bool:
        """Whether the app gave one answer that can be confirmed; not "1 or 7?"."""
        one = self.reading.status == "digit" or len(self.reading.likeliest) == 1
        return one or not self.reading.looks_like_a_digit

    def origin(self, consent: str) -> Origin:
        return Origin("canvas", session(), (self.side, self.side), consent)


def offer_to_keep(drawing: Drawing, reading: Reading | None, side: int) -> None:
    """Show the buttons that confirm or correct a reading, or what was kept of this drawing.

    `side` is that of the canvas, in pixels.
    """
    with st.container(key="keep", gap="xsmall"):
        if reading is None:
            return
        _prepare()
        answer = Answer(drawing, reading, side)
        labels = st.session_state.setdefault(LABELS, {})
        if answer.id in labels:
            _show_kept(answer.id, labels[answer.id])
        else:
            _show_buttons(answer)
            if st.session_state.get(EVERYTHING):
                _keep_unlabeled(answer)
        _show_problem(answer.id)
        remember()


@st.cache_resource(max_entries=1, show_spinner=False)
def _prepare() -> None:
    """Open the collection beside all else, once per server: else the first press would wait."""
    threading.Thread(target=_open, daemon=True).start()


def _open() -> None:
    from recognizer.collection.collection import Collection

    with suppress(RecognizerError):  # which a press will say
        Collection.open()


def collection() -> Collection:
    """Open the collection.

    Raises:
        CollectionError: It cannot be opened, or could not be used a moment ago: a server that does
            not answer would keep the visitor waiting again and again.
    """
    from recognizer.collection.collection import Collection  # a drawing needs none of it

    failed, words = st.session_state.get(BROKEN, (0.0, ""))
    if time.time() - failed < PAUSE:
        raise CollectionError(words)
    return Collection.open()


def note_failure(error: CollectionError) -> None:
    """Note that the collection cannot be used, so that nobody waits for it for some time."""
    failed, _ = st.session_state.get(BROKEN, (0.0, ""))
    if time.time() - failed >= PAUSE:  # else this is what was noted then
        st.session_state[BROKEN] = (time.time(), str(error))


def try_again() -> None:
    """Forget that the collection could not be used."""
    st.session_state.pop(BROKEN, None)


def switch() -> None:
    """Show the switch that keeps every drawing."""
    st.toggle(
        "Keep my drawings",
        key=EVERYTHING,
        persist_state="session",
        help="From now on, every drawing is kept as soon as it is read, without a label, for "
        f"whoever collects drawings. {WHAT_IS_KEPT}",
    )


def _show_buttons(answer: Answer) -> None:
    reading = answer.reading
    read = reading.digit if reading.looks_like_a_digit else None
    with st.container(horizontal=True, gap="xxsmall", key="labels"):
        _button("Correct", "correct", "Y", answer, read, disabled=not answer.is_definite)
        for digit in range(CLASSES):
            _button(str(digit), f"label-{digit}", str(digit), answer, digit)
        _button("Not a digit", "label-none", "N", answer, None)


def _button(  # noqa: PLR0913 - all of them are of the button
    words: str,
    key: str,
    shortcut: str,
    answer: Answer,
    label: int | None,
    *,
    disabled: bool = False,
) -> None:
    """A button that keeps a drawing with a label."""
    st.button(
        words,
        key=key,
        icon=":material/check:" if key == "correct" else None,
        shortcut=shortcut,
        on_click=_keep,
        args=[answer, label],
        disabled=disabled,
    )


def _show_kept(id: str, label: int | None) -> None:
    """Say that a drawing is kept, and offer to take that back."""
    what = "as no digit" if label is None else f"as {'an' if label == 8 else 'a'} {label}"
    with st.container(horizontal=True, vertical_alignment="center", key="kept"):
        st.markdown(f":material/check_circle: **Kept {what}.**", width="content")
        st.button("Undo", key="undo-keep", on_click=_forget, args=[id])
    if not permission().given:
        st.caption("Models learn from it once somebody has reviewed it.")
    if st.session_state.get(EXPLAINED) == id:
        st.caption(WHAT_IS_KEPT)


def _show_problem(id: str) -> None:
    failed, words = st.session_state.get(PROBLEM, ("", ""))
    if failed == id:
        st.warning(words, icon=":material/cloud_off:")


def _keep(answer: Answer, label: int | None) -> None:
    """Keep a drawing with a label."""
    known = bool(st.session_state[LABELS]) or EXPLAINED in st.session_state

    def add(collection: Collection) -> None:
        trusted = permission().given
        collection.add(
            answer.drawing,
            label,
            contributor=new_contributor(),
            reading=answer.reading,
            accepted=trusted,
            origin=answer.origin("press"),
            limits=None if trusted else LIMITS,
            id=answer.id,
        )

    if _done(add, answer.id):
        st.session_state[LABELS][answer.id] = label
        if not known:
            st.session_state[EXPLAINED] = answer.id


def _forget(id: str) -> None:
    """Take back that a drawing is kept."""
    if _done(lambda collection: collection.delete(id, contributor=new_contributor()), id):
        st.session_state[LABELS].pop(id, None)


def _keep_unlabeled(answer: Answer) -> None:
    """Keep a drawing that nobody has labeled, instead of the same one with fewer strokes."""
    last: Answer | None = st.session_state.get(LAST)
    if (last and last.id == answer.id) or time.time() - st.session_state.get(TRIED, 0) < PAUSE:
        return

    def add(collection: Collection) -> None:
        collection.add_unlabeled(
            answer.drawing,
            contributor=new_contributor(),
            reading=answer.reading,
            origin=answer.origin("all"),
            limits=None if permission().given else LIMITS,
            id=answer.id,
            instead_of=last.id if last and _continues(answer.drawing, last.drawing) else None,
        )

    if _done(add, answer.id):
        st.session_state[LAST] = answer
    else:
        st.session_state[TRIED] = time.time()


def _continues(drawing: Drawing, last: Drawing) -> bool:
    """Whether a drawing is another one with more strokes."""
    start = Drawing(drawing.strokes[: len(last.strokes)])
    return digest_of(start) == digest_of(Drawing(last.strokes))


def _done(step: Callable[[Collection], object], id: str) -> bool:
    """Do something with the collection; note why where that cannot be done."""
    st.session_state.pop(PROBLEM, None)
    try_again()
    try:
        step(collection())
    except RecognizerError as error:
        gone = isinstance(error, CollectionError)  # else it is this drawing, or one too many
        words = "Nothing can be kept at the moment." if gone else "Not kept."
        st.session_state[PROBLEM] = (id, f"{words} {in_public(error)}")
        return False
    return True


def in_public(error: RecognizerError) -> str:
    """What an error says, to this visitor: that of a database names servers and files."""
    if isinstance(error, CollectionError) and not permission().given:
        return "The database of drawings cannot be used."
    return str(error)
