"""The models that read, each loaded once for all visitors."""

import streamlit as st

from recognizer.collection.encoding import digest_of
from recognizer.drawings.drawing import Drawing
from recognizer.models.folder import ModelEntry
from recognizer.models.reading import NumberReading
from recognizer.models.recognizer import Recognizer

KEPT = 12  # loaded models kept in memory; the least recently used goes first
READINGS = "readings"  # in the session: which drawing was read, and its reading by each model


def recognizer_of(model: ModelEntry) -> Recognizer:
    """Return a model's recognizer; it is loaded when it is first asked for.

    That takes milliseconds, but seconds, under a spinner, where Keras has to read.

    Raises:
        ModelError: The model is damaged.
    """
    return _load(model, model.version)


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


@st.cache_resource(max_entries=KEPT, show_spinner="Loading the model…")
def _load(_model: ModelEntry, version: str) -> Recognizer:
    # `version` is the cache's key: a retrained model is loaded again.
    return Recognizer.of(_model)
