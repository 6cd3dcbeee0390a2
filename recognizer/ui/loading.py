"""Load models in the background, so that a page is usable while TensorFlow is still loading."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import streamlit as st

from recognizer.errors import ModelError
from recognizer.models.folder import ModelEntry
from recognizer.models.recognizer import Recognizer

KEPT = 12  # loaded models kept in memory; the least recently used goes first

# Seconds that the first page has to itself: importing TensorFlow holds up the
# server that is just sending that page.
HEAD_START = 1.5


class Loading:
    """A model that is being loaded into memory, or is there."""

    def __init__(self, name: str, version: str) -> None:
        self._key = (name, version)
        self._needed = Event()
        self._future = _loader().submit(self._load, name)

    def recognizer(self) -> Recognizer:
        """The loaded model; waits for it.

        Raises:
            ModelError: The model is damaged.
        """
        self._needed.set()
        try:
            return self._future.result()
        except ModelError:
            _start.clear(*self._key)  # the next drawing tries again
            raise

    def _load(self, name: str) -> Recognizer:
        if "tensorflow" not in sys.modules:
            self._needed.wait(HEAD_START)
        recognizer = Recognizer.load(name)
        # Streamlit collects garbage after each run of a script, holding up whatever
        # comes next. Among TensorFlow's objects that takes 0.4 s; frozen, they are passed over.
        gc.freeze()
        return recognizer


def start_loading(model: ModelEntry) -> Loading:
    """Start loading a model, or return the load that was started before; never waits."""
    return _start(model.name, model.version)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _start(name: str, version: str) -> Loading:
    # `version` is there for the cache's key: a retrained model is loaded again.
    return Loading(name, version)


@st.cache_resource(show_spinner=False)
def _loader() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="load-model")
