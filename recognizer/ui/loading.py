"""The models that read, each loaded once for all visitors."""

import time
from functools import lru_cache
from threading import Lock

import streamlit as st

from recognizer.collection.encoding import digest_of
from recognizer.drawings.drawing import Drawing
from recognizer.errors import ModelError
from recognizer.models.folder import ModelEntry
from recognizer.models.reading import NumberReading
from recognizer.models.recognizer import Recognizer
from recognizer.models.registry import in_order

KEPT = 12  # loaded models kept in memory; the least recently used goes first
AGAIN = 30.0  # seconds after which a model that could not be loaded is tried again
READINGS = "readings"  # in the session: which drawing was read, and its reading by each model


class _Place:
    """The place of one version of a model: its recognizer, or why it could not be loaded."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._recognizer: Recognizer | None = None
        self._reason, self._failed = "", 0.0

    def recognizer(self, model: ModelEntry) -> Recognizer:
        with self._lock:  # nobody loads it twice
            if self._reason and time.monotonic() - self._failed < AGAIN:
                raise ModelError(self._reason)
            if self._recognizer is None:
                try:
                    with st.spinner("Loading the model…"):
                        self._recognizer = Recognizer.of(model)
                except ModelError as error:
                    self._reason, self._failed = str(error), time.monotonic()
                    raise
            self._reason = ""
            return self._recognizer


# Not Streamlit's cache, which any visitor's browser can have emptied for everyone.
@lru_cache(maxsize=KEPT)
def _place(version: str) -> _Place:
    return _Place()


def recognizer_of(model: ModelEntry) -> Recognizer:
    """Return a model's recognizer; it is loaded when it is first asked for.

    That takes milliseconds, but seconds, under a spinner, where Keras has to read.

    Raises:
        ModelError: The model is damaged.
    """
    return _place(model.version).recognizer(model)


def reader_for(model: ModelEntry) -> tuple[ModelEntry, str]:
    """Return the model, or the one that reads instead where it cannot be loaded, and why.

    Raises:
        ModelError: No model can be loaded.
    """
    try:
        recognizer_of(model)
    except ModelError as error:
        for other in in_order():
            if other.version != model.version and _can_be_loaded(other):
                return other, f"{error} Until then, {other.name} reads instead."
        raise
    return model, ""


def _can_be_loaded(model: ModelEntry) -> bool:
    try:
        recognizer_of(model)
    except ModelError:
        return False
    return True


def read_number(model: ModelEntry, drawing: Drawing) -> NumberReading:
    """Read a number in strokes; once, however often the page of this visitor runs again.

    Raises:
        ModelError: The model is damaged.
    """
    drawn = digest_of(drawing), drawing.pen_width
    if st.session_state.get(READINGS, (None,))[0] != drawn:
        st.session_state[READINGS] = drawn, {}
    known: dict[str, NumberReading] = st.session_state[READINGS][1]
    if model.version not in known:
        known[model.version] = recognizer_of(model).read_number(drawing)
    return known[model.version]
