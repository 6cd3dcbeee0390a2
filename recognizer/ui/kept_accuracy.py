"""How well every model reads the kept drawings, beside MNIST and the held-out drawings."""

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from recognizer.analysis.tables import UNKNOWN, markdown_table
from recognizer.collection import accuracy
from recognizer.collection.accuracy import Score
from recognizer.errors import ModelError
from recognizer.models.folder import ModelEntry
from recognizer.models.registry import active_model, complete_models
from recognizer.ui.drawings import counted, done
from recognizer.ui.keeping import collection
from recognizer.ui.loading import recognizer_of
from recognizer.ui.permission import carry_out, permission

COLUMNS = ["Model", "On kept drawings", "On drawings", "On MNIST"]
Known = tuple[tuple[str, frozenset[str]], ...]  # weights, and the digests they were trained on


def show_accuracy() -> bool:
    """Show how well every model reads the accepted digits; return whether there are any.

    Raises:
        CollectionError: The database cannot be used.
    """
    models = _known()
    scores = _scores_of(models)
    if not any(score.number or score.unread for score in scores.values()):
        return False
    ordered = sorted(models, key=lambda model: _rank(scores[model.weights]), reverse=True)
    rows = [_row(model, scores[model.weights]) for model in ordered]
    st.header("Accuracy on kept drawings", anchor=False)
    # Not `st.table`, for which the browser would load much more: this page is to open quickly.
    st.markdown(markdown_table(COLUMNS, rows))
    st.caption(
        "On kept drawings: the accepted digits, but for those that the model was trained on; in "
        "parentheses the 95% confidence interval. On drawings: digits by writers whom no model was "
        "trained on."
    )
    return True


def offer_to_read() -> None:
    """Offer those who may to read what models have not read yet; raises CollectionError."""
    if not permission().given:
        return
    models = _known()
    number = sum(score.unread for score in _scores_of(models).values())
    if not number:
        return
    st.caption(f"{number:,} readings of accepted drawings are missing.")
    if st.button("Read them with every model", key="read-all", icon=":material/play_arrow:"):
        read = list[int]()
        if carry_out(_read_all, list(models), number, read):
            done(f"{counted(sum(read))} read by {len(models)} models.")


def _read_all(models: list[ModelEntry], number: int, read: list[int]) -> None:
    """Read what is missing, under a progress bar; the active model first."""
    name = active_model().name
    bar = st.progress(0.0, "Reading…")
    for model in sorted(models, key=lambda model: model.name != name):
        for part in accuracy.read_missing(collection(), recognizer_of(model)):
            read.append(part)
            bar.progress(min(sum(read) / number, 1.0), f"Reading with {model.name}…")


def _scores_of(known: Mapping[ModelEntry, frozenset[str]]) -> Mapping[str, Score]:
    kept = collection()
    by_weights = tuple((model.weights, digests) for model, digests in known.items())
    return _scores(by_weights, str(kept.engine.url), accuracy.version(kept))


@st.cache_data(max_entries=4, show_spinner=False)
def _scores(known: Known, url: str, version: tuple[object, ...]) -> dict[str, Score]:
    return accuracy.scores(collection(), dict(known))


def _known() -> dict[ModelEntry, frozenset[str]]:
    """The digests of the drawings that each model was trained on, where that can be told."""
    weights = dict[ModelEntry, str]()
    for model in complete_models():
        with suppress(ModelError):  # its weights are gone
            weights[model] = model.weights
    by_weights = {each: model for model, each in weights.items()}
    found = {model: _learned(model, by_weights) for model in weights}
    return {model: digests for model, digests in found.items() if digests is not None}


def _learned(model: ModelEntry, by_weights: Mapping[str, ModelEntry]) -> frozenset[str] | None:
    """What a model learned, or the one that it started from; None if that one is gone."""
    for _ in by_weights:
        if model.learned:
            return frozenset(model.learned.trained_on)
        start = model.recipe.start_from
        if start is None or start.sha256 not in by_weights:
            return None if start else frozenset()
        model = by_weights[start.sha256]
    return None


def _rank(score: Score) -> float:
    return score.share if score.number else -1.0


def _row(model: ModelEntry, score: Score) -> list[str]:
    benchmark = model.benchmark
    return [
        model.name,
        _together(score.words) if score.number else UNKNOWN,
        f"{benchmark.overall.accuracy:.2%}" if benchmark else UNKNOWN,
        f"{model.accuracy:.2%}",
    ]


def _together(words: str) -> str:
    """Words whose interval is not broken into two lines."""
    return words.replace("–", "\u2060–\u2060")
