"""Letting the app keep a drawing, each digit of a number by itself; keep_buttons.py asks for it.

Nothing is kept without a press, or before the switch "Keep my drawings" is on.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from recognizer.collection.encoding import digest_of
from recognizer.collection.records import Limits, Origin
from recognizer.drawings.drawing import Drawing
from recognizer.errors import CollectionError, RecognizerError
from recognizer.models.reading import NumberReading, Reading
from recognizer.ui.permission import in_public, permission
from recognizer.ui.visitor import new_contributor, session

if TYPE_CHECKING:
    from recognizer.collection.collection import Collection

# In the session:
LABELS = "kept_labels"  # what was said of each drawing that is kept, by its id
PROBLEM = "keep_problem"  # why the last press kept nothing, and the id it was for
EXPLAINED = "keep_explained"  # the ids whose press also explained what is kept
EVERYTHING = "keep_all"  # the switch "Keep my drawings"
LAST = "kept_last"  # the drawing that was kept last without a press, and the ids of its digits
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
    canvas: tuple[int, int]  # its width and height, in pixels

    @property
    def id(self) -> str:
        """The same whenever this visit shows the same strokes.

        So a press that is repeated after an interruption keeps the drawing once.
        """
        name = f"{session()} {digest_of(self.drawing)}"
        return hashlib.sha256(name.encode()).hexdigest()[:32]

    @property
    def read_as(self) -> int | None:
        """What it was read as: 0 to 9, or None for "not a digit"."""
        return self.reading.digit if self.reading.looks_like_a_digit else None

    @property
    def is_definite(self) -> bool:
        """Whether the app gave one answer that can be confirmed; not "1 or 7?"."""
        one = self.reading.status == "digit" or len(self.reading.likeliest) == 1
        return one or not self.reading.looks_like_a_digit

    def origin(self, consent: str) -> Origin:
        return Origin("canvas", session(), self.canvas, consent)


def answers_of(number: NumberReading, canvas: tuple[int, int]) -> list[Answer]:
    """Each digit of a number, as a drawing of its own.

    `canvas` is its width and height, in pixels.
    """
    pairs = zip(number.drawings, number.digits, strict=True)
    return [Answer(drawing, reading, canvas) for drawing, reading in pairs]


def kept(answers: Sequence[Answer]) -> set[int]:
    """The positions of those that the visitor has let the app keep."""
    return {at for at, answer in enumerate(answers) if answer.id in labels()}


def labels() -> dict[str, int | None]:
    """What was said in this visit of each drawing that is kept, by its id."""
    return st.session_state.setdefault(LABELS, {})


@st.cache_resource(max_entries=1, show_spinner=False)
def prepare() -> None:
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

    failed, words = st.session_state.get(BROKEN, (-math.inf, ""))
    if time.monotonic() - failed < PAUSE:
        raise CollectionError(words)
    return Collection.open()


def note_failure(error: CollectionError) -> None:
    """Note that the collection cannot be used, so that nobody waits for it for some time."""
    failed, _ = st.session_state.get(BROKEN, (-math.inf, ""))
    if time.monotonic() - failed >= PAUSE:  # else this is what was noted then
        st.session_state[BROKEN] = (time.monotonic(), str(error))


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


def keep(answers: Sequence[tuple[Answer, int | None]]) -> None:
    """Keep drawings with their labels, up to the first that cannot be kept."""
    known = bool(labels()) or EXPLAINED in st.session_state
    for answer, label in answers:
        if not _done(partial(_add, answer, label), answer.id):
            return
        labels()[answer.id] = label
        if not known:
            st.session_state.setdefault(EXPLAINED, []).append(answer.id)


def _add(answer: Answer, label: int | None, collection: Collection) -> None:
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


def forget(ids: Sequence[str]) -> None:
    """Take back that drawings are kept."""
    who = new_contributor()
    if _done(lambda collection: collection.delete_many(list(ids), contributor=who), ids[0]):
        for id in ids:
            labels().pop(id, None)


def keep_unlabeled(drawing: Drawing, answers: Sequence[Answer]) -> None:
    """Keep digits that nobody has labeled, if that is switched on.

    They replace what was kept of the same drawing with fewer strokes, such as half of a digit.
    """
    ids = [answer.id for answer in answers]
    before, kept = st.session_state.get(LAST) or (drawing, [])
    wait = time.monotonic() - st.session_state.get(TRIED, -math.inf) < PAUSE
    if not st.session_state.get(EVERYTHING) or kept == ids or wait:
        return
    kept = kept if _continues(drawing, before) else []
    stale = [id for id in kept if id not in ids]
    for answer in answers:
        if answer.id in kept or answer.id in labels():
            continue
        if not _done(partial(_add_unlabeled, answer, stale), answer.id):
            st.session_state[TRIED] = time.monotonic()
            return
        stale = []
    st.session_state[LAST] = (drawing, ids)


def _add_unlabeled(answer: Answer, instead_of: Sequence[str], collection: Collection) -> None:
    collection.add_unlabeled(
        answer.drawing,
        contributor=new_contributor(),
        reading=answer.reading,
        origin=answer.origin("all"),
        limits=None if permission().given else LIMITS,
        id=answer.id,
        instead_of=instead_of,
    )


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
