"""What a model repeats while it learns, so that it does not forget, and what that is checked on.

Images and labels; the label NON_DIGIT is that of a non-digit. Drawings come from a file of them
where one is on the machine, else from replay.npz in the folder of the model:

images     (n, 28, 28) uint8, drawn digits, letters and signs, rendered
labels     (n,) uint8, 0 to 10
to_check   (n,) bool: those by VALIDATION, which nothing is trained on

Nothing is checked on the institutions of HELD_OUT, and nothing repeats them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer import processes
from recognizer.datasets.mnist import Mnist, Split
from recognizer.datasets.npz import read_npz
from recognizer.datasets.strokes import HELD_OUT, VALIDATION, DrawingDataset, StrokeDataset, pack
from recognizer.drawings.preprocessing import SIDE
from recognizer.errors import DatasetError
from recognizer.models.checked import damaged, size_of
from recognizer.training.augmentation import blur_some, distort_images, draw_again
from recognizer.training.batches import NON_DIGIT, Batch, Mixture

FILE = "replay.npz"
BYTES = 40_000_000  # of it, and of its arrays
SIZE = 24_000  # images to repeat: about as many as are used in a training
BATCH = 256  # images that a `Mixture` makes at a time; each holds MNIST, drawings and non-digits
CHECKS = 8  # versions of each digit that is checked: one alone is too easy to tell errors apart
MOVES = tuple(product((0, 1, -1), repeat=2))[:CHECKS]  # pixels down and to the right
# Drawings in replay.npz, to repeat and to check.
DIGITS, NON_DIGITS = 2400, 800
DIGITS_TO_CHECK, NON_DIGITS_TO_CHECK = 500, 400


@dataclass(frozen=True, eq=False)
class Replay:
    """What is repeated, and what is checked.

    Attributes:
        training: To repeat; labels 0 to 10.
        mnist: MNIST's validation images.
        drawn: Drawn digits and non-digits by others than those in `training`.
    """

    training: Split
    mnist: Split
    drawn: Split


def gather(data: Mnist, drawings: DrawingDataset | None, folder: Path, seed: int) -> Replay:
    """Make what a model repeats and is checked on.

    Args:
        data: MNIST; its test images are not used.
        drawings: Those on this machine.
        folder: Of the model, with its replay.npz; used where there are no drawings, or none by
            VALIDATION.
        seed: Of the choice, and of all distortion.

    Raises:
        ModelError: replay.npz is damaged.
    """
    rng = np.random.default_rng(seed)
    if drawings is not None and len(drawings.of(VALIDATION).digits):  # else nothing to check
        mixture = Mixture(data.training, drawings.without((*VALIDATION, *HELD_OUT)), BATCH)
        batches = islice(mixture.batches(seed), SIZE // BATCH)
        return Replay(_joined(*map(_as_split, batches)), data.validation, _to_check(drawings))
    training, drawn = read_replay(folder)
    parts = (_some(data.training, SIZE // 2, rng), _some(training, SIZE // 3, rng))
    repeated = _joined(*parts, _synthetic(SIZE // 6, data))
    # As in a training: else it learns again to tell by sharpness where an image is from.
    repeated = Split(blur_some(repeated.images, rng), repeated.labels)
    return Replay(repeated, data.validation, _in_versions(drawn))


def _as_split(batch: Batch) -> Split:
    images, labels = batch
    return Split(np.rint(images[..., 0] * 255).astype(np.uint8), labels.astype(np.uint8))


def _joined(*parts: Split) -> Split:
    images = [np.zeros((0, SIDE, SIDE), dtype=np.uint8), *(part.images for part in parts)]
    labels = [np.zeros(0, dtype=np.uint8), *(part.labels for part in parts)]
    return Split(np.concatenate(images), np.concatenate(labels))


def _to_check(drawings: DrawingDataset) -> Split:
    """The drawings of VALIDATION, in CHECKS versions each; always the same."""
    return _rendered(drawings.of(VALIDATION), np.random.default_rng(0), CHECKS)


def _in_versions(checked: Split) -> Split:
    """Rendered drawings, the digits in CHECKS versions: as they are, and moved by a pixel.

    Distorted, they would look as MNIST's, and what is forgotten of drawings would not show.
    """
    is_digit = checked.labels != NON_DIGIT
    digits, labels = checked.images[is_digit], checked.labels[is_digit]
    moved = [Split(np.roll(digits, move, axis=(1, 2)), labels) for move in MOVES]
    return _joined(*moved, Split(checked.images[~is_digit], checked.labels[~is_digit]))


def _rendered(drawings: DrawingDataset, rng: np.random.Generator, versions: int = 1) -> Split:
    """All drawings in so many versions, the digits first."""
    parts = [
        Split(_draw(part, rng), labels.astype(np.uint8))
        for part, labels in (
            (drawings.digits, drawings.digits.labels),
            (drawings.non_digits, np.full(len(drawings.non_digits), NON_DIGIT)),
        )
        for _ in range(versions)
    ]
    return _joined(*parts)


def _draw(drawings: StrokeDataset, rng: np.random.Generator) -> NDArray[np.uint8]:
    images = [draw_again(strokes, rng) for strokes in drawings]
    return np.array(images, dtype=np.uint8).reshape(-1, SIDE, SIDE)


def _some(split: Split, count: int, rng: np.random.Generator) -> Split:
    """So many of the images, distorted; each about equally often."""
    numbers = np.resize(rng.permutation(len(split)), count if len(split) else 0)
    return Split(distort_images(split.images[numbers], rng), split.labels[numbers])


def _synthetic(count: int, data: Mnist) -> Split:
    """Synthetic non-digits."""
    nothing = pack([], [], [])
    pool = Mixture(data.training, DrawingDataset(nothing, nothing), BATCH).synthetic
    return Split(pool.images(np.arange(count)), np.full(count, NON_DIGIT, dtype=np.uint8))


# replay.npz


def write_replay(folder: Path, drawings: DrawingDataset) -> None:
    """Write drawings for those who learn on a machine without any into a model folder."""
    rng = np.random.default_rng(0)
    apart = drawings.without((*VALIDATION, *HELD_OUT))
    training = _rendered(_chosen(apart, DIGITS, NON_DIGITS, rng), rng)
    wanted = (DIGITS_TO_CHECK, NON_DIGITS_TO_CHECK)
    checked = _rendered(_chosen(drawings.of(VALIDATION), *wanted, rng), rng)
    both = _joined(training, checked)
    to_check = np.arange(len(both)) >= len(training)
    part = folder / f"{processes.owned('part')}{FILE}"
    np.savez_compressed(part, images=both.images, labels=both.labels, to_check=to_check)
    part.replace(folder / FILE)


def carry_replay(start: Path, folder: Path) -> None:
    """Give a new model's folder the drawings in the folder of the one that it started from."""
    if (start / FILE).exists():
        shutil.copyfile(start / FILE, folder / FILE)


def _chosen(
    drawings: DrawingDataset, digits: int, non_digits: int, rng: np.random.Generator
) -> DrawingDataset:
    def some(part: StrokeDataset, count: int) -> StrokeDataset:
        return part.subset(rng.permutation(len(part)) < count)

    return DrawingDataset(some(drawings.digits, digits), some(drawings.non_digits, non_digits))


def read_replay(folder: Path) -> tuple[Split, Split]:
    """Read the drawings to repeat, and those to check; both are empty without the file.

    Raises:
        ModelError: The file is damaged.
    """
    if not (folder / FILE).exists():
        return _joined(), _joined()
    try:
        size_of(folder / FILE, BYTES)
        arrays = read_npz(folder / FILE, ("images", "labels", "to_check"), BYTES)
    except (DatasetError, ValueError, OSError) as error:
        raise damaged(folder.name, f"{FILE} cannot be read") from error
    images, labels, to_check = arrays["images"], arrays["labels"], arrays["to_check"]
    fits = (
        labels.ndim == 1
        and images.shape == (len(labels), SIDE, SIDE)
        and images.dtype == np.uint8
        and to_check.shape == labels.shape == (len(labels),)
        and to_check.dtype == bool
        and np.isin(labels, range(NON_DIGIT + 1)).all()
    )
    if not fits:
        raise damaged(folder.name, f"the arrays in {FILE} do not fit")
    return Split(images[~to_check], labels[~to_check]), Split(images[to_check], labels[to_check])
