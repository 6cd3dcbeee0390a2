"""Batches of training images: what is in them, how often, and the same for a seed."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from recognizer.datasets.mnist import Mnist
from recognizer.datasets.strokes import DrawingDataset, StrokeDataset, pack
from recognizer.drawings.arrays import Image, Points
from recognizer.training import handwriting, negatives
from recognizer.training.batches import (
    NON_DIGIT,
    VERSIONS,
    Mixture,
    Pool,
    distorted,
    shares,
)
from tests.stroke_data import HANDS, crosses, digits

NO_LETTERS = crosses(())


def mixture_of(tiny: Mnist, letters: StrokeDataset) -> Mixture:
    return Mixture(tiny.training, DrawingDataset(digits(["syn"]), letters), batch_size=64)


@pytest.fixture
def mixture(tiny: Mnist) -> Mixture:
    return mixture_of(tiny, pack([HANDS[4]], ["A"], ["x-1"]))


def test_every_epoch_of_mnist_shows_every_image_once(tiny: Mnist) -> None:
    batches = distorted(tiny.training, batch_size=64, seed=0)
    for _ in range(2):
        epoch = list(islice(batches, 7))
        assert [len(labels) for _, labels in epoch] == [64] * 6 + [16]
        labels = np.concatenate([labels for _, labels in epoch])
        assert Counter(labels.tolist()) == Counter(tiny.training.labels.tolist())


# Pools


def test_an_image_is_the_same_whenever_it_is_first_needed() -> None:
    def noise(number: int, rng: np.random.Generator) -> Image:
        return rng.integers(0, 256, (28, 28), dtype=np.uint8)

    one, other, another = Pool(5, noise, seed=1), Pool(5, noise, seed=1), Pool(5, noise, seed=2)
    at_once = one.images(np.array([3, 0, 3]))
    np.testing.assert_array_equal(at_once[0], at_once[2])
    assert not np.array_equal(at_once[0], at_once[1])
    other.images(np.array([4, 1, 0]))
    np.testing.assert_array_equal(other.images(np.array([3, 0, 3])), at_once)
    assert not np.array_equal(another.images(np.array([3]))[0], at_once[0])


def test_an_image_is_rendered_once() -> None:
    rendered: list[int] = []

    def note(number: int, rng: np.random.Generator) -> Image:
        rendered.append(number)
        return np.full((28, 28), number, np.uint8)

    pool = Pool(5, note, seed=0)
    assert pool.images(np.array([2, 2, 4]))[:, 0, 0].tolist() == [2, 2, 4]
    assert pool.images(np.array([4, 1]))[:, 0, 0].tolist() == [4, 1]
    assert rendered == [2, 4, 1]
    assert pool.ready.tolist() == [False, True, True, False, True]
    assert pool.images(np.array([], dtype=int)).shape == (0, 28, 28)


def test_every_version_of_a_drawing_has_its_label(mixture: Mixture) -> None:
    """Where nothing is distorted, the versions of a drawing look alike."""
    plain = Mixture(mixture.images, mixture.drawings, mixture.batch_size, distortion=False)
    versions = plain.digits.images(np.array([3 * VERSIONS, 4 * VERSIONS - 1, 4 * VERSIONS]))
    three, same, four = versions.astype(int)
    assert np.abs(three - same).mean() < np.abs(three - four).mean() / 2
    assert len(plain.digits) == 10 * VERSIONS
    assert len(plain.letters) == VERSIONS


# Mixtures


def test_a_batch_holds_images_digits_and_non_digits(mixture: Mixture) -> None:
    assert mixture.steps == 400 // 32
    inputs, labels = next(mixture.batches(seed=1))
    assert inputs.shape == (64, 28, 28, 1)
    assert inputs.dtype == np.float32
    assert 0 <= inputs.min() <= inputs.max() <= 1
    assert (labels[:52] < NON_DIGIT).all()
    assert (labels[52:] == NON_DIGIT).all()


def test_the_labels_fit_the_images(mixture: Mixture) -> None:
    """Of drawn digits; those of MNIST are tested where some are not distorted."""
    plain = Mixture(mixture.images, mixture.drawings, mixture.batch_size, distortion=False)
    inputs, labels = next(plain.batches(seed=1))
    known = plain.digits.images(np.arange(10 * VERSIONS)) / np.float32(255)
    for image, label in zip(inputs[32:52, ..., 0], labels[32:52], strict=True):
        version = np.flatnonzero((known == image).all(axis=(1, 2)))
        assert label in version // VERSIONS


def test_a_writer_with_four_times_as_many_drawings_is_shown_twice_as_often() -> None:
    drawings = pack([HANDS[number] for number in range(5)], list(range(5)), ["a"] + 4 * ["b"])
    often = shares(drawings)
    assert often.sum() == pytest.approx(1)
    assert often[1:].sum() == pytest.approx(2 * often[0])


def test_most_versions_are_drawn_by_another_hand(
    mixture: Mixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels: list[int] = []

    def vary(strokes: list[Points], rng: np.random.Generator, label: int) -> list[Points]:
        labels.append(label)
        return strokes

    monkeypatch.setattr(handwriting, "vary", vary)
    mixture.digits.images(np.arange(10 * VERSIONS))
    assert len(labels) == pytest.approx(0.7 * 10 * VERSIONS, rel=0.15)
    assert labels == sorted(labels)  # as the drawings are
    assert set(labels) == set(range(10))


def test_every_source_is_used(mixture: Mixture, monkeypatch: pytest.MonkeyPatch) -> None:
    used: Counter[str] = Counter()
    for name in ("side_by_side", "crossed_out"):
        monkeypatch.setattr(negatives, name, _counted(name, used))
    for _ in islice(mixture.batches(seed=0), 25):
        pass
    assert mixture.digits.ready.mean() > 0.9
    assert mixture.letters.ready.all()
    assert 0.2 < mixture.synthetic.ready.sum() / (25 * 12) < 0.4  # the rest are letters
    assert set(used) == {"side_by_side", "crossed_out"}
    assert sum(used.values()) < mixture.synthetic.ready.sum()  # others are scribbles and such


def _counted(name: str, used: Counter[str]) -> object:
    original = getattr(negatives, name)

    def count(*arguments: object) -> object:
        used[name] += 1
        return original(*arguments)

    return count


def test_without_letters_all_non_digits_are_synthetic(tiny: Mnist) -> None:
    mixture = mixture_of(tiny, NO_LETTERS)
    _, labels = next(mixture.batches(seed=0))
    assert (labels == NON_DIGIT).sum() == 12
    assert mixture.synthetic.ready.sum() == 12
    assert len(mixture.letters) == 0


def test_an_epoch_shows_every_image_once_with_its_label(tiny: Mnist) -> None:
    """The images that are not distorted are found again, each of them once."""
    mixture = mixture_of(tiny, NO_LETTERS)
    known = {image.tobytes(): index for index, image in enumerate(tiny.training.images)}
    seen = []
    for inputs, labels in islice(mixture.batches(seed=0), mixture.steps):
        images = np.rint(inputs[:32, ..., 0] * 255).astype(np.uint8)
        for image, label in zip(images, labels[:32], strict=True):
            if (index := known.get(image.tobytes())) is not None:
                seen.append(index)
                assert tiny.training.labels[index] == label
    assert len(seen) > 20
    assert len(seen) == len(set(seen))


def test_a_seed_gives_the_same_batches_from_any_epoch(tiny: Mnist, mixture: Mixture) -> None:
    steps = mixture.steps
    from_first = list(islice(mixture.batches(seed=5, epoch=1), steps, steps + 2))
    fresh = mixture_of(tiny, mixture.drawings.non_digits)
    from_second = list(islice(fresh.batches(seed=5, epoch=2), 2))
    for (one, labels), (other, same) in zip(from_first, from_second, strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(labels, same)
    assert not np.array_equal(next(mixture.batches(seed=6, epoch=2))[0], from_second[0][0])
