"""The models that read, each loaded once for all visitors."""

import streamlit as st

from recognizer.models.folder import ModelEntry
from recognizer.models.recognizer import Recognizer

KEPT = 12  # loaded models kept in memory; the least recently used goes first


def recognizer_of(model: ModelEntry) -> Recognizer:
    """Return a model's recognizer; it is loaded when it is first asked for.

    That takes milliseconds, but seconds, under a spinner, where Keras has to read.

    Raises:
        ModelError: The model is damaged.
    """
    return _load(model, model.version)


@st.cache_resource(max_entries=KEPT, show_spinner="Loading the model…")
def _load(_model: ModelEntry, version: str) -> Recognizer:
    # `version` is the cache's key: a retrained model is loaded again.
    return Recognizer.of(_model)
