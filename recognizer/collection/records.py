"""What goes into the collection with a drawing, and what it gives to whoever learns from it."""

from __future__ import annotations

from dataclasses import dataclass, field

from recognizer.drawings.arrays import Image, Points
from recognizer.drawings.drawing import Drawing


@dataclass(frozen=True, eq=False)
class KeptDrawing:
    """A drawing that somebody let the app keep, with what it is said to be.

    Attributes:
        id: Its key in the collection, 32 hexadecimal characters.
        drawing: Its strokes or its picture.
        label: 0 to 9, or None for "not a digit".
        contributor: Who drew it: a pseudonym.
        digest: SHA-256 of its strokes or its picture, in hexadecimal characters.
        time: When it was kept, in seconds since 1970.
        read_as: The digit that a model read when it was drawn; None if it read nothing.
        held_out: Whether it is for judging alone; None as long as nobody has learned from the
            collection.
    """

    id: str
    drawing: Drawing = field(repr=False)
    label: int | None
    contributor: str
    digest: str
    held_out: bool | None = None
    time: float = 0.0
    read_as: int | None = None

    @property
    def strokes(self) -> tuple[Points, ...]:
        """Each (n, 2) float64 in pixels, y down; empty for a picture."""
        return self.drawing.strokes

    @property
    def picture(self) -> Image | None:
        """(height, width) uint8, ink 255 on paper 0; None for strokes."""
        return self.drawing.ink


@dataclass(frozen=True)
class Origin:
    """Where a drawing comes from, and what its author agreed to.

    Attributes:
        source: "canvas", "program" or "import".
        session: Of the visit, a random text.
        canvas: Width and height in pixels; None if that is not known.
        consent: "press" (kept by a press), "all" (everything is to be kept), "program" or "import".
    """

    source: str = "program"
    session: str = ""
    canvas: tuple[int, int] | None = None
    consent: str = "program"


@dataclass(frozen=True)
class Limits:
    """How many drawings are taken from visitors who are not trusted."""

    per_minute: int = 60  # of one contributor
    per_contributor: int = 2000  # in all
    # Of all of them together, as another name costs a visitor nothing:
    of_all_per_minute: int = 600
    of_all: int = 20_000  # that nobody has reviewed: 1 GB at most
    size: int = 50_000  # bytes of a drawing; a digit has some 1,000
