"""Near-duplicates among real drawings: the same one at another size and with another pen."""

import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer import Drawing
from recognizer.collection.duplicates import alike, look_of, near, thumbnail_of
from recognizer.datasets.strokes import StrokeDataset
from recognizer.drawings.preprocessing import to_mnist
from recognizer.models.drawing_benchmark import TYPICAL, Case
from tests.collection.samples import EMPTY, THREE, drawing

NUMBER = 300
Looks = list[int]
Thumbnails = list[bytes]


def seen(drawings: list[Drawing]) -> tuple[Looks, Thumbnails]:
    images = [to_mnist(each) for each in drawings]
    return [look_of(image) for image in images], [thumbnail_of(image) for image in images]


@pytest.fixture(scope="module")
def chosen(pen_digits: StrokeDataset) -> NDArray[np.int64]:
    return np.random.default_rng(0).choice(len(pen_digits), NUMBER, replace=False)


@pytest.fixture(scope="module")
def typical(pen_digits: StrokeDataset, chosen: NDArray[np.int64]) -> tuple[Looks, Thumbnails]:
    return seen([TYPICAL.draw(pen_digits.strokes(index)) for index in chosen])


@pytest.mark.parametrize(
    ("case", "least"),
    [
        (Case("strokes", 0.95, 4), 0.95),
        (Case("strokes", 0.3, 30), 0.95),
        (Case("picture", 0.65, 18), 0.75),
    ],
    ids=str,
)
def test_the_same_drawing_is_found(
    pen_digits: StrokeDataset,
    chosen: NDArray[np.int64],
    typical: tuple[Looks, Thumbnails],
    case: Case,
    least: float,
) -> None:
    looks, thumbnails = typical
    other = seen([case.draw(pen_digits.strokes(index)) for index in chosen])
    found = 0
    for number, (look, thumbnail) in enumerate(zip(*other, strict=True)):
        places = near(look, looks).tolist()
        similar = alike(thumbnail, [thumbnails[place] for place in places]).tolist()
        found += (number, True) in zip(places, similar, strict=True)
    assert found >= least * NUMBER


def test_different_drawings_are_not_alike(typical: tuple[Looks, Thumbnails]) -> None:
    looks, thumbnails = typical
    pairs = NUMBER * (NUMBER - 1)
    called_alike = sum(int(alike(each, thumbnails).sum()) - 1 for each in thumbnails)
    compared = sum(len(near(each, looks)) - 1 for each in looks)
    assert called_alike < 0.001 * pairs
    assert compared < 0.01 * pairs


def test_a_look_fits_in_the_database() -> None:
    looks, thumbnails = seen([THREE, drawing(1), EMPTY])
    assert all(-(2**63) <= look < 2**63 for look in looks)
    assert {len(thumbnail) for thumbnail in thumbnails} == {14 * 14}


def test_looks_at_both_ends_of_the_numbers_are_compared() -> None:
    assert near(-1, [-1, 0, 2**63 - 1, -(2**63), 1, -8]).tolist() == [0, 2]
    assert near(0, [-(2**63), 3, 7]).tolist() == [0, 1]
    assert near(0, []).tolist() == []
    assert alike(bytes(196), []).tolist() == []
    assert alike(bytes(196), [bytes([9]) * 196]).tolist() == [False]  # nothing drawn
