"""Segmentation: the best ways to make digits of the parts of a drawing."""

import json
from itertools import chain, combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer import Drawing, Recognizer
from recognizer.drawings import candidates
from recognizer.drawings.boxes import line_height, members
from recognizer.drawings.parts import parts_of
from recognizer.models import cut_digits
from recognizer.models.lattice import lattice
from recognizer.models.segment_features import FEATURES, SHARED, Line
from recognizer.models.segmentation import segmentations, weights
from recognizer.models.text_confidence import TEXT_FEATURES, text_weights
from tests.numbers import picture, side_by_side

DATA = Path(__file__).resolve().parents[1] / "data"


def line_of(count: int, joints: int = 0) -> Line:
    boxes = np.array([[10.0 * i, 0, 10.0 * i + 8, 20] for i in range(count)]).reshape(-1, 4)
    return Line(boxes, joints, 20.0)


def best_by_trying_all(pieces: list[int], scores: list[float], everything: int) -> float:
    """The best score of candidates that have every part exactly once."""
    chosen = chain.from_iterable(
        combinations(range(len(pieces)), k) for k in range(1, len(pieces) + 1)
    )
    exact = (
        each
        for each in chosen
        if sum(pieces[i] for i in each) == everything
        and not any(pieces[a] & pieces[b] for a, b in combinations(each, 2))
    )
    return max(sum(scores[i] for i in each) for each in exact)


@given(st.data())
def test_the_best_segmentation_is_found(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))
    more = data.draw(st.lists(st.integers(1, 2**count - 1), max_size=5))
    pieces = list(dict.fromkeys([*(1 << i for i in range(count)), *more]))
    scores = [data.draw(st.floats(-5, 5)) for _ in pieces]
    found = segmentations(pieces, np.array(scores), line_of(count), sharing=-100.0)
    assert found[0].score == pytest.approx(best_by_trying_all(pieces, scores, 2**count - 1))
    assert [each.score for each in found] == sorted((s.score for s in found), reverse=True)
    for each in found:
        assert sum(pieces[i] for i in each.digits) == 2**count - 1


def test_a_part_can_be_shared_where_ink_was_cut_and_nowhere_else() -> None:
    pieces, scores = [0b011, 0b110], np.array([2.0, 2.0])
    (shared,) = segmentations(pieces, scores, line_of(3, joints=0b011), sharing=-1.0)
    assert (shared.digits, shared.shared, shared.score) == ((0, 1), 1, 3.0)
    assert segmentations(pieces, scores, line_of(3), sharing=-1.0) == []


def test_there_are_weights_for_all_features() -> None:
    for kind in ("strokes", "pictures"):
        assert weights(kind).shape == (len((*FEATURES, SHARED)),)
        assert text_weights(kind).shape == (len(TEXT_FEATURES),)


def test_features_are_finite_whatever_the_boxes() -> None:
    boxes = np.array([[5.0, 5, 5, 5], [0, 0, 300, 1e-3], [7, 0, 7, 100]])
    line = Line(boxes, 0b01, line_height(boxes))
    probabilities = np.array([np.zeros(10), np.full(10, 0.1), np.eye(10)[3]])
    found = line.features([0b001, 0b110, 0b111], probabilities, np.zeros(3))
    assert found.shape == (3, len(FEATURES))
    assert np.isfinite(found).all()


def test_a_whole_digit_is_told_from_a_part_and_from_two() -> None:
    strokes = side_by_side("38", gap=0.05)
    parts = parts_of(Drawing.from_strokes(strokes))
    half = Drawing.from_strokes([strokes[0][: len(strokes[0]) // 2]])
    images = [parts.prepared(pieces).image for pieces in (0b01, 0b10, 0b11)]
    (whole, other, both, part), digits = cut_digits.judge(
        np.array([*images, parts_of(half).prepared(1).image])
    )
    assert digits[:2].argmax(axis=1).tolist() == [3, 8]
    assert min(whole, other) > max(both, part)
    assert both < 0


@pytest.mark.parametrize("kind", ["strokes", "pictures"])
def test_candidates_are_all_read_once(recognizer: Recognizer, kind: str) -> None:
    strokes = side_by_side("3075", gap=0.0)
    drawn = Drawing.from_strokes(strokes)
    known = lattice(
        parts_of(drawn if kind == "strokes" else Drawing.from_image(picture(strokes))), recognizer
    )
    assert len(set(known.pieces)) == len(known.pieces) == len(known.prepared)
    assert len(known.probabilities) == len(known.whole) == len(known.pieces)
    assert known.text(known.best[0]) == "3075"


def test_a_scribble_whose_cuts_lead_nowhere_is_read(recognizer: Recognizer) -> None:
    strokes = json.loads((DATA / "dead_end.json").read_text())
    assert lattice(parts_of(Drawing.from_strokes(strokes, 1.0)), recognizer).best


@given(st.integers(1, 60))
def test_there_are_never_too_many_candidates(count: int) -> None:
    rng = np.random.default_rng(count)
    low = rng.uniform(0, 300, (count, 2))
    boxes = np.concatenate([low, low + rng.uniform(1, 200, (count, 2))], axis=1)
    found = candidates.whole(boxes, line_height(boxes))
    assert len(found) <= candidates.ENOUGH
    assert {1 << i for i in range(count)} <= set(found)
    assert all(part < count for each in found for part in members(each))
