"""Which pen drawings there are: files that variables name, else UniPen's, fetched when needed."""

from __future__ import annotations

import os
from pathlib import Path

from recognizer.datasets import unipen_record
from recognizer.datasets.strokes import DrawingDataset, StrokeDataset, load_drawings, load_strokes
from recognizer.datasets.unipen_record import Tell
from recognizer.errors import MissingDatasetError


def find_drawings(
    digits: Path | None = None, non_digits: Path | None = None
) -> DrawingDataset | None:
    """Load drawings, if there are some on this machine.

    Args:
        digits: A file; by default the one that `PEN_DIGITS` names, else UniPen's.
        non_digits: A file; by default the one that `PEN_OTHERS` names, or UniPen's.

    Raises:
        DatasetError: A file that is named is missing or damaged.
    """
    if digits := digits or _named("PEN_DIGITS"):
        return load_drawings(digits, non_digits or _named("PEN_OTHERS"))
    files = unipen_record.files_at_hand()
    if files is None:
        return None
    return load_drawings(files[0], non_digits or _named("PEN_OTHERS") or files[1])


def find_numbers() -> StrokeDataset | None:
    """Load the real numbers in the file that `PEN_NUMBERS` names, if it names one.

    Raises:
        DatasetError: The file is missing or damaged.
    """
    path = _named("PEN_NUMBERS")
    return load_strokes(path) if path else None


def fetch_drawings(tell: Tell) -> None:
    """Have drawings on this machine: fetch UniPen's, unless `PEN_DIGITS` names others.

    Args:
        tell: Is told what is being done, in words.

    Raises:
        DatasetError: They cannot be had.
    """
    if path := _named("PEN_DIGITS"):
        if not path.is_file():
            raise MissingDatasetError(why_no_drawings())
    else:
        unipen_record.fetch(tell)


def drawings_at_hand() -> bool:
    """Whether `PEN_DIGITS` names a file that is there, or UniPen was fetched before."""
    path = _named("PEN_DIGITS")
    return path.is_file() if path else unipen_record.files_at_hand() is not None


def why_no_drawings() -> str:
    """Why a training cannot have drawings now, with what to do; empty if it can."""
    path = _named("PEN_DIGITS")
    if path is None:
        return unipen_record.why_unavailable()
    if path.is_file():
        return ""
    return f"PEN_DIGITS is set to {path}, which does not exist. Correct the variable, or unset it."


def _named(variable: str) -> Path | None:
    path = os.environ.get(variable)
    return Path(path) if path else None
