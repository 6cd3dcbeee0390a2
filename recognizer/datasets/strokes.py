"""Characters drawn with a pen, as strokes, and how they are split by who collected them.

The file holds flat arrays with offsets (npz). Drawing i owns the strokes
drawing_offsets[i]:drawing_offsets[i+1], stroke j the points
stroke_offsets[j]:stroke_offsets[j+1] of xy (float32, y down). unipen.py makes one from the
UniPen collection.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recognizer.datasets.npz import read_npz
from recognizer.errors import DamagedDatasetError

# Drawings are kept apart by the institution that collected them, so that no writer
# is on two sides. Choices are made on VALIDATION. HELD_OUT is evaluated once, at the end, under
# a calibration from VALIDATION. Only then are both used: for the calibration that is shipped, and
# to train on.
HELD_OUT = ("art", "cea", "ceb", "ced", "lou")
VALIDATION = ("tos",)

STROKE_ARRAYS = ("xy", "stroke_offsets", "drawing_offsets", "label", "writer")


@dataclass(frozen=True, eq=False)
class StrokeDataset:
    """Characters drawn with a pen, as strokes, with what was drawn and by whom.

    `labels` is (n,) uint8 for digits, str for other characters; `writers` is
    (n,) str, "institution-number": split by it, never by drawing.
    """

    labels: NDArray[Any]
    writers: NDArray[np.str_]
    xy: NDArray[np.float32]
    stroke_offsets: NDArray[np.int32]
    drawing_offsets: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def institutions(self) -> NDArray[np.str_]:
        """The first three letters of each drawing's writer, (n,) str."""
        return self.writers.astype("<U3")

    def strokes(self, index: int | np.integer) -> list[NDArray[np.float32]]:
        """The strokes of one drawing, each (n, 2) in the tablet's own units, y down."""
        first, last = self.drawing_offsets[index : index + 2]
        bounds = self.stroke_offsets[first : last + 1]
        return [self.xy[a:b] for a, b in pairwise(bounds)]

    def subset(self, chosen: NDArray[np.bool_]) -> "StrokeDataset":
        """The drawings that a mask (n,) chooses, in their order."""
        indices = np.flatnonzero(chosen)
        drawings = [self.strokes(index) for index in indices]
        return pack(drawings, self.labels[indices], self.writers[indices])

    def of(self, institutions: Iterable[str]) -> "StrokeDataset":
        """The drawings that these institutions collected."""
        return self.subset(np.isin(self.institutions, list(institutions)))

    def without(self, institutions: Iterable[str]) -> "StrokeDataset":
        """The drawings that other institutions collected."""
        return self.subset(~np.isin(self.institutions, list(institutions)))

    def digests(self) -> list[str]:
        """A text for each drawing, which differs where its strokes or its label do."""
        parts = zip(self, self.labels, strict=True)
        contents = (
            b"".join(s.tobytes() for s in strokes) + str(label).encode() for strokes, label in parts
        )
        return [hashlib.sha256(part).hexdigest()[:16] for part in contents]

    def __iter__(self) -> Iterator[list[NDArray[np.float32]]]:
        return (self.strokes(index) for index in range(len(self)))


def load_strokes(path: Path) -> StrokeDataset:
    """Load a file of pen drawings (flat arrays with offsets, see above).

    Raises:
        MissingDatasetError: There is no such file.
        DamagedDatasetError: It is not a file of drawings, its offsets do not fit, or a
            coordinate is not finite.
    """
    arrays = read_npz(path, STROKE_ARRAYS)
    strokes, drawings = arrays["stroke_offsets"], arrays["drawing_offsets"]
    xy = arrays["xy"]
    fits = (
        xy.ndim == 2
        and xy.shape[1] == 2
        and len(arrays["label"]) == len(arrays["writer"]) == len(drawings) - 1
        and (drawings[0], drawings[-1]) == (0, len(strokes) - 1)
        and (strokes[0], strokes[-1]) == (0, len(xy))
        and np.isfinite(xy).all()
        and (np.diff(strokes) > 0).all()
        and (np.diff(drawings) > 0).all()
    )
    if not fits:
        raise DamagedDatasetError(
            f"{path} is not a valid file of drawings: its arrays do not match, or a coordinate is "
            "not finite. Create the file again."
        )
    return StrokeDataset(arrays["label"], arrays["writer"], xy, strokes, drawings)


@dataclass(frozen=True, eq=False)
class DrawingDataset:
    """Drawn digits, and non-digits: letters and signs."""

    digits: StrokeDataset
    non_digits: StrokeDataset

    def of(self, institutions: Iterable[str]) -> "DrawingDataset":
        """The drawings that these institutions collected."""
        chosen = list(institutions)
        return DrawingDataset(self.digits.of(chosen), self.non_digits.of(chosen))

    def without(self, institutions: Iterable[str]) -> "DrawingDataset":
        """The drawings that other institutions collected."""
        return DrawingDataset(
            self.digits.without(institutions), self.non_digits.without(institutions)
        )

    def digests(self) -> list[str]:
        """Texts that differ where a drawing, its label or its writer does."""
        parts = (self.digits, self.non_digits)
        return [text for part in parts for text in (*part.digests(), *part.writers.tolist())]


def load_drawings(digits: Path, non_digits: Path | None = None) -> DrawingDataset:
    """Load drawn digits and, where there is a file of them, letters and signs.

    Raises:
        MissingDatasetError: A file is not there.
        DamagedDatasetError: A file is not what it should be.
    """
    drawn = load_strokes(digits)
    if not np.isin(drawn.labels, range(10)).all():
        raise DamagedDatasetError(
            f"{digits} contains labels that are not digits. Use another file."
        )
    if non_digits is None:
        return DrawingDataset(drawn, pack([], [], []))
    rest = load_strokes(non_digits)
    if np.isin(rest.labels.astype(str), list("0123456789")).any():
        raise DamagedDatasetError(f"{non_digits} contains digits. Use a file of letters and signs.")
    return DrawingDataset(drawn, rest)


def pack(
    drawings: Sequence[Sequence[NDArray[np.floating]]],
    labels: ArrayLike,
    writers: ArrayLike,
) -> StrokeDataset:
    """Put drawings, each a list of strokes (n, 2), into flat arrays."""
    strokes = [stroke for drawing in drawings for stroke in drawing]
    xy = np.concatenate([np.zeros((0, 2)), *strokes]).astype(np.float32)
    names = np.asarray(writers, dtype=np.str_)
    return StrokeDataset(np.asarray(labels), names, xy, _offsets(strokes), _offsets(drawings))


def _offsets(parts: Sequence[Sequence[Any] | NDArray[Any]]) -> NDArray[np.int32]:
    return np.cumsum([0, *(len(part) for part in parts)]).astype(np.int32)


def save_strokes(path: Path, drawings: StrokeDataset) -> None:
    """Write drawings as `load_strokes` reads them; the file is there completely or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez_compressed(
            file,
            xy=drawings.xy,
            stroke_offsets=drawings.stroke_offsets,
            drawing_offsets=drawings.drawing_offsets,
            label=drawings.labels,
            writer=drawings.writers,
        )
    part.replace(path)
