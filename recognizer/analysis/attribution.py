"""Which pixels made a network read one digit rather than another.

Shapley values of patches (L. Shapley: A value for n-person games, 1953), sampled as by
E. Štrumbelj and I. Kononenko (Explaining prediction models and individual predictions with
feature contributions, Knowledge and Information Systems, 2014): a reference image becomes the
image, patch by patch in random order, and each patch is credited with what it changes. This only
calls the network forward. Missing ink counts as well as ink that is there.

The patches are as large as to hold about the same share of what differs, so that the strokes
have small ones.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.mnist import SIDE
from recognizer.models.evaluation import Network

# Twenty digits, two of each, side by side. `python -m benchmarks.heat_maps --references` made
# them of the drawings that the app has as examples.
REFERENCES = Path(__file__).with_name("references.png")
PATCHES = 64  # of an image
EVEN = (0.4, 0.6)  # how evenly a patch is cut in two
LEAST = 1e-30  # under a probability, so that its logarithm is finite

Patches = NDArray[np.intp]  # (28, 28): the number of each pixel's patch; -1 where nothing differs


@cache
def references() -> NDArray[np.uint8]:
    """The images that others are compared with, (20, 28, 28), all ten digits twice."""
    row = np.asarray(cv2.imread(str(REFERENCES), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    return np.stack(np.split(row, row.shape[1] // SIDE, axis=1))


def support(
    network: Network,
    image: NDArray[np.uint8],
    digit: int,
    rather_than: int,
    against: NDArray[np.uint8] | None = None,
) -> NDArray[np.float32]:
    """How much each pixel supports one digit rather than another.

    Args:
        network: Takes images (n, 28, 28) and gives probabilities (n, 10).
        image: (28, 28).
        digit: What positive values support, 0 to 9.
        rather_than: What negative values support, 0 to 9.
        against: (m, 28, 28), what the image is compared with; by default `references`.

    Returns:
        (28, 28) in nats. The sum is the log-odds of `digit` against `rather_than`, less their
        mean over the references. The values are the same each time.
    """
    walks = list(_walks(image, references() if against is None else against))
    odds = log_odds(network, np.concatenate([steps for steps, *_ in walks]), digit, rather_than)
    ends = np.cumsum([len(steps) for steps, *_ in walks])
    total = np.zeros(image.shape, dtype=np.float64)
    for (_, place, change), each in zip(walks, np.split(odds, ends[:-1]), strict=True):
        total += _shared_out(np.diff(each), place, change)
    return (total / len(walks)).astype(np.float32)


def log_odds(
    network: Network, images: NDArray[np.uint8], digit: int, rather_than: int
) -> NDArray[np.float64]:
    """The log-odds of one digit against another, of images (n, 28, 28): (n,) in nats."""
    logarithms = np.log(network(images).astype(np.float64) + LEAST)
    return logarithms[:, digit] - logarithms[:, rather_than]


def _walks(
    image: NDArray[np.uint8], against: NDArray[np.uint8]
) -> Iterator[tuple[NDArray[np.uint8], Patches, NDArray[np.float64]]]:
    """The way from each reference to the image, one patch at a time, in random order.

    Each is the images on it (k + 1, 28, 28), which step changes which pixel, and by how much.
    """
    draw = np.random.default_rng(0)
    for reference in against:
        change = np.abs(image.astype(np.float64) - reference)
        patches = _patches(change, PATCHES, draw)
        count = int(patches.max()) + 1
        order = np.append(draw.permutation(count), -1)  # the last for what does not differ
        place = order[patches]
        replaced = place < np.arange(count + 1)[:, np.newaxis, np.newaxis]
        yield np.where(replaced, image, reference), place, change


def _shared_out(
    effects: NDArray[np.float64], place: Patches, change: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The effect of each step, shared out among its pixels by how much they change."""
    changing = place >= 0
    heat = np.zeros_like(change)
    if changing.any():
        sums = np.bincount(place[changing], change[changing])
        heat[changing] = (effects / sums)[place[changing]] * change[changing]
    return heat


def _patches(change: NDArray[np.float64], count: int, draw: np.random.Generator) -> Patches:
    """Cut an image into at most `count` rectangles with about the same sum of `change` each."""
    patches = np.full(change.shape, -1)
    parts = [(0, 0, change, count)]
    number = 0
    while parts:
        top, left, part, wanted = parts.pop()
        rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if not len(rows):
            continue
        top, left = top + rows[0], left + columns[0]
        part = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        if wanted > 1 and part.size > 1:
            parts += _halves(top, left, part, wanted, draw)
        else:
            patches[top : top + part.shape[0], left : left + part.shape[1]] = number
            number += 1
    return patches


def _halves(
    top: int, left: int, part: NDArray[np.float64], count: int, draw: np.random.Generator
) -> list[tuple[int, int, NDArray[np.float64], int]]:
    """Cut a rectangle across its longer side; each half is to have its share of `count`."""
    tall = part.shape[0] > part.shape[1]
    share = part.sum(axis=1 if tall else 0).cumsum() / part.sum()
    cut = int(np.clip(np.searchsorted(share, draw.uniform(*EVEN)) + 1, 1, len(share) - 1))
    first = int(np.clip(round(count * share[cut - 1]), 1, count - 1))
    if tall:
        return [(top, left, part[:cut], first), (top + cut, left, part[cut:], count - first)]
    return [(top, left, part[:, :cut], first), (top, left + cut, part[:, cut:], count - first)]
