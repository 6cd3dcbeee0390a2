"""Kept drawings as training takes them: which are used, and how often."""

from collections.abc import Sequence

import numpy as np
import pytest

from recognizer.collection.records import KeptDrawing
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import to_mnist
from recognizer.drawings.rasterize import paint, place
from recognizer.errors import RequestError
from recognizer.training import augmentation, kept
from recognizer.training.kept import Kept
from tests.stroke_data import HANDS
from tests.training.sharpness import edges


def drawing(
    label: int | None, contributor: str = "one", number: int = 0, *, held_out: bool = False
) -> KeptDrawing:
    strokes = Drawing.from_strokes(HANDS[label or 0])
    name = f"{number:032x}"
    return KeptDrawing(name, strokes, label, contributor, name * 2, held_out)


def shares(drawings: Sequence[KeptDrawing]) -> dict[str, float]:
    """The share of each contributor."""
    often = kept.weights(drawings)
    assert often.sum() == pytest.approx(1)
    names = [each.contributor for each in drawings]
    return {name: round(float(often[[each == name for each in names]].sum()), 6) for name in names}


def test_every_label_comes_as_often_as_the_others() -> None:
    drawings = [drawing(label) for label in [1] * 30 + [2] * 5 + [None]]
    often = kept.weights(drawings)
    assert [often[:30].sum(), often[30:35].sum(), often[35]] == pytest.approx([1 / 3] * 3)


def test_one_contributor_has_a_third_at_most() -> None:
    many = [drawing(number % 10, "one") for number in range(100)]
    few = [drawing(number, name) for name in ("two", "three", "four") for number in range(3)]
    assert shares(many) == {"one": 1}
    assert shares(many + few[:1]) == {"one": 0.5, "two": 0.5}
    of_four = shares(many + few)
    assert max(of_four.values()) == pytest.approx(1 / 3)
    assert of_four["one"] == pytest.approx(1 / 3)
    assert of_four["two"] == pytest.approx(2 / 9)


def test_nobody_has_more_after_another_was_capped() -> None:
    sizes = {"one": 50, "two": 40, "three": 2, "four": 1}
    drawings = [drawing(1, name) for name, size in sizes.items() for _ in range(size)]
    found = shares(drawings)
    assert found["one"] == found["two"] == pytest.approx(1 / 3, abs=1e-5)
    assert found["three"] == pytest.approx(2 / 9, abs=1e-5)


def test_what_cannot_be_learned_is_left_out() -> None:
    dot = KeptDrawing("0" * 32, Drawing.from_strokes([[[5, 5]]]), 1, "one", "0" * 64, False)
    drawings = [drawing(number % 10) for number in range(10)]
    drawings += [drawing(None), dot, drawing(3, held_out=True)]
    found = {classes: Kept.of(drawings, classes) for classes in (10, 11)}
    assert [found[10].left_out, found[11].left_out] == [2, 1]
    assert [len(found[10].training), len(found[11].training)] == [10, 11]
    assert [len(each.held_out) for each in found.values()] == [1, 1]


def test_of_very_many_some_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 20)
    many = [drawing(1, number=number) for number in range(200)]
    few = [drawing(2, number=200 + number) for number in range(10)]
    used = kept.some(many + few, np.random.default_rng(0))
    assert len({each.id for each in used}) == len(used) == 20
    assert sum(each.label == 2 for each in used) > 5  # as often in a batch as all the others
    assert kept.some(few, np.random.default_rng(0)) is few


def test_too_few_drawings_are_refused() -> None:
    drawings = [drawing(number) for number in range(9)] + [drawing(3, held_out=True)]
    with pytest.raises(RequestError, match="There are 9 kept drawings"):
        Kept.of(drawings, 11)


def test_strokes_and_pictures_are_distorted_differently_each_time() -> None:
    picture = Drawing.from_image(paint(place(HANDS[7], 0.7), 18))
    both = [drawing(7), KeptDrawing("1" * 32, picture, 7, "one", "1" * 64, False)]
    images = kept.versions(both, np.random.default_rng(0))
    assert images.shape == (2, kept.VERSIONS, 28, 28)
    for each, versions in zip(both, images, strict=True):
        assert len(np.unique(versions, axis=0)) > kept.VERSIONS / 2
        near = np.abs(versions.mean(axis=0) - to_mnist(each.drawing)).mean()
        assert near < np.abs(versions.mean(axis=0) - to_mnist(drawing(0).drawing)).mean()


def test_half_of_their_versions_are_blurred(monkeypatch: pytest.MonkeyPatch) -> None:
    drawings = [drawing(label) for label in range(10)]
    blurred = kept.versions(drawings, np.random.default_rng(0))
    monkeypatch.setattr(augmentation, "BLURRED", 0)
    assert edges(blurred) < 0.85 * edges(kept.versions(drawings, np.random.default_rng(0)))


def test_they_are_read_as_the_app_reads_them() -> None:
    split = kept.as_read([drawing(4), drawing(None)])
    np.testing.assert_array_equal(split.images[0], to_mnist(drawing(4).drawing))
    assert split.labels.tolist() == [4, 10]
    assert kept.as_read([]).images.shape == (0, 28, 28)
