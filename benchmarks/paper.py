"""How well digits on real paper are read: a table, a row for each digit.

PAPER_DIGITS=crops.npz python -m benchmarks.paper           of the active model
PAPER_DIGITS=crops.npz python -m benchmarks.paper sgd-cnn   of another one

PAPER_DIGITS names a file of crops of one digit each, with remains of neighbors and printed lines:
JPEG i is jpeg[ends[i - 1]:ends[i]] (from 0 for the first), its digit label[i]. What was chosen for
photographs was chosen on 700 of its crops; the other 300, in the last column, were looked at once.
"""

import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer import Drawing, Recognizer
from recognizer.datasets.npz import read_npz
from recognizer.drawings.picture_files import read_picture

CHOSEN_ON = 700  # of 1,000
ARRAYS = ("jpeg", "ends", "label")


def main() -> None:
    path = os.environ.get("PAPER_DIGITS")
    if not path:
        sys.exit("PAPER_DIGITS names no file of crops: set it to one (see benchmarks/paper.py).")
    arrays = read_npz(Path(path), ARRAYS)
    recognizer = Recognizer.load(*sys.argv[1:2])
    crops, labels = crops_of(arrays["jpeg"], arrays["ends"]), arrays["label"]
    as_photo = _correct(recognizer, [Drawing.from_photo(crop) for crop in crops], labels)
    as_image = _correct(recognizer, [Drawing.from_image(crop) for crop in crops], labels)
    others = np.ones(len(labels), dtype=bool)
    others[np.random.default_rng(0).permutation(len(labels))[:CHOSEN_ON]] = False
    print(f"| digit | crops | `from_photo`, `{recognizer.name}` | `from_image` | other crops |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for digit in range(10):
        _row(str(digit), labels == digit, others, as_photo, as_image)
    _row("all", np.ones_like(others), others, as_photo, as_image)


def crops_of(jpeg: NDArray[np.uint8], ends: NDArray[np.integer]) -> list[NDArray[np.uint8]]:
    """Decode all crops, each (height, width, 3) uint8 RGB."""
    return [read_picture(data.tobytes()) for data in np.split(jpeg, ends[:-1])]


def _correct(
    recognizer: Recognizer, drawings: list[Drawing], labels: NDArray[np.integer]
) -> NDArray[np.bool_]:
    digits = [reading.digit for reading in recognizer.read_many(drawings)]
    return np.array([each == label for each, label in zip(digits, labels, strict=True)])


def _row(
    name: str,
    these: NDArray[np.bool_],
    others: NDArray[np.bool_],
    as_photo: NDArray[np.bool_],
    as_image: NDArray[np.bool_],
) -> None:
    figures = (as_photo[these], as_image[these], as_photo[these & others])
    shares = " | ".join(f"{each.mean():.1%}" for each in figures)
    print(f"| {name} | {these.sum()} | {shares} |")


if __name__ == "__main__":
    main()
