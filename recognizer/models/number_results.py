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
from recognizer.models.folder import damaged
from recognizer.models.records import Share, parse

FILE = "numbers.json"
Count = Annotated[int, Field(ge=0)]
Coordinate = Annotated[int, Field(ge=-(10**6), le=10**6)]


@dataclass(frozen=True)
class Group:
    """Numbers of as many digits that are given in the same way, and how many are read correctly."""

    given: str  # such as "strokes, gaps of 15 to 50%"
    length: Annotated[int, Field(ge=1, le=99)]
    numbers: Annotated[int, Field(ge=1)]
    correct: Count


@dataclass(frozen=True)
class Misread:
    """A number that was misread: its text, the reading and its confidence, and the strokes."""

    given: str
    text: str
    reading: str
    confidence: Share
    strokes: tuple[tuple[tuple[Coordinate, Coordinate], ...], ...]  # pixels, y down


@dataclass(frozen=True)
class NumberResults:
    """What was measured.

    Attributes:
        model: The model that read the numbers: this one, or one that was trained like it but has
            not seen drawings of their writers.
        groups: In the order in which they are shown.
        misread: Some of those that were misread.
    """

    model: str
    groups: tuple[Group, ...]
    misread: tuple[Misread, ...] = ()


def read_results(folder: Path) -> NumberResults | None:
    """Read what was measured of the model in a folder; None where nothing was.

    Raises:
        ModelError: The file is damaged.
    """
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return parse(NumberResults, content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(folder.name, f"{FILE} cannot be read ({error})") from error


def write_results(folder: Path, results: NumberResults) -> None:
    """Write them; the file is there completely or not at all."""
    text = json.dumps(asdict(results), separators=(",", ":")) + "\n"
    processes.write_whole(folder / FILE, text)
