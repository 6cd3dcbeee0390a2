"""numbers.json: how many whole numbers a model reads correctly, and those that it misreads.

It is in the folder of the model. `python -m benchmarks.numbers` makes it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from recognizer import processes
from recognizer.models.checked import damaged, read_json, remembered
from recognizer.models.records import Count, Name, Share, parse

FILE = "numbers.json"
BYTES = 1_000_000  # of the file
Digits = Annotated[str, Field(pattern=r"^[0-9]{0,99}$")]
Coordinate = Annotated[int, Field(ge=-(10**6), le=10**6)]
Stroke = Annotated[tuple[tuple[Coordinate, Coordinate], ...], Field(min_length=1)]


@dataclass(frozen=True)
class Group:
    """Numbers of as many digits that are given in the same way, and how many are read correctly."""

    given: Name  # such as "strokes, gaps of 15 to 50%"
    length: Annotated[int, Field(ge=1, le=99)]
    numbers: Annotated[Count, Field(ge=1)]
    correct: Count


@dataclass(frozen=True)
class Misread:
    """A number that was misread: its text, the reading and its confidence, and the strokes."""

    given: Name
    text: Digits
    reading: Digits
    confidence: Share
    strokes: Annotated[tuple[Stroke, ...], Field(min_length=1)]  # pixels, y down


@dataclass(frozen=True)
class NumberResults:
    """What was measured.

    Attributes:
        model: The model that read the numbers: this one, or one that was trained like it but has
            not seen drawings of their writers.
        groups: In the order in which they are shown.
        misread: Some of those that were misread.
    """

    model: Name
    groups: Annotated[tuple[Group, ...], Field(min_length=1, max_length=1000)]
    misread: Annotated[tuple[Misread, ...], Field(max_length=500)] = ()


def read_results(folder: Path) -> NumberResults | None:
    """Read what was measured of the model in a folder; None where nothing was.

    Raises:
        ModelError: The file is damaged.
    """
    try:
        return _results(folder / FILE)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise damaged(folder.name, f"{FILE} cannot be read ({error})") from error


@remembered(30)
def _results(file: Path) -> NumberResults:
    return parse(NumberResults, read_json(file, BYTES))


def write_results(folder: Path, results: NumberResults) -> None:
    """Write them; the file is there completely or not at all."""
    text = json.dumps(asdict(results), separators=(",", ":")) + "\n"
    processes.write_whole(folder / FILE, text)
