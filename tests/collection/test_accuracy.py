"""Accuracy of models on kept drawings."""

from collections.abc import Callable

import pytest

from recognizer import Collection, Recognizer
from recognizer.collection import accuracy, browse
from recognizer.collection.accuracy import Score
from recognizer.collection.filters import Filters, Scope
from tests.collection.samples import drawing, reading

A, B = "a" * 64, "b" * 64
EVERYTHING = Scope(everything=True)


@pytest.fixture
def kept(collection: Collection) -> Collection:
    """Three accepted digits, read 3; one accepted non-digit, and one that is pending."""
    for number, label in enumerate((3, 3, 4, None)):
        collection.add(drawing(number), label, contributor="ada", reading=reading(3), accepted=True)
    collection.add(drawing(4), 3, contributor="ada", reading=reading(3))
    return collection


def test_accepted_digits_count(kept: Collection) -> None:
    scores = accuracy.scores(kept, {A: frozenset(), B: frozenset()})
    assert scores == {A: Score(2, 3, 0), B: Score(0, 0, 4)}


def test_what_a_model_was_trained_on_does_not_count(kept: Collection) -> None:
    digests = frozenset(each.digest[:16] for each in kept.drawings()[:1])
    assert accuracy.scores(kept, {A: digests}) == {A: Score(1, 2, 0)}


def test_a_share_has_its_interval() -> None:
    assert Score(384, 412, 0).words == "93.2% (90.3–95.4%) of 412"
    assert Score(5, 5, 0).interval == pytest.approx((0.478, 1), abs=0.001)
    assert Score(0, 5, 0).interval == pytest.approx((0, 0.522), abs=0.001)


def test_the_version_changes_with_whatever_changes_a_score(kept: Collection) -> None:
    (shown, *_) = browse.find(kept, EVERYTHING, Filters(), 0, 1)
    versions = {accuracy.version(kept)}
    steps: list[Callable[[], object]] = [
        lambda: kept.label([shown.id], 9, by="bob"),
        lambda: kept.review([shown.id], "rejected", by="bob"),
        lambda: kept.delete(shown.id),
    ]
    for step in steps:
        assert accuracy.version(kept) in versions
        step()
        assert accuracy.version(kept) not in versions
        versions.add(accuracy.version(kept))


def test_what_is_missing_is_read_once(kept: Collection, recognizer: Recognizer) -> None:
    kept.add(drawing(7), 5, contributor="bob", accepted=True)  # as one that was imported
    assert list(accuracy.read_missing(kept, recognizer)) == [5]
    assert list(accuracy.read_missing(kept, recognizer)) == []
    score = accuracy.scores(kept, {recognizer.weights: frozenset()})[recognizer.weights]
    assert (score.number, score.unread) == (4, 0)


def test_the_first_reading_of_an_imported_drawing_decides_its_place(
    collection: Collection, recognizer: Recognizer
) -> None:
    id = collection.add(drawing(3), 9, contributor="bob", accepted=True)
    assert sum(accuracy.read_missing(collection, recognizer)) == 1
    (shown,) = browse.find_by_id(collection, EVERYTHING, [id])
    read = recognizer.read(drawing(3))
    assert shown.digit == read.digit
    assert shown.confidence == pytest.approx(read.confidence)
    assert browse.find(collection, EVERYTHING, Filters(wrong=True), 0, 1)[0].id == id
