"""What was drawn in a session, step by step, for Undo and Redo.

The canvas is in the browser. After Undo it takes a moment until it shows the earlier drawing;
until then it reports what it showed before. So every drawing that it is given has a number, and a
report says which one it started from: a late one is not taken for new strokes.
"""

from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

# The memory of a server is limited: the last drawings of a session are kept, so many, and so long.
KEPT = 200  # drawings
LENGTH = 150_000  # commands of all their paths, some 25 MB
OBJECT = 10  # commands that take as much memory as all else of an object
Objects = list[dict[str, Any]]  # what is on the canvas, as the canvas itself describes it


@dataclass
class History:
    """The drawings of a session; `current` is the one that the canvas shows, or soon will.

    Attributes:
        number: Of the drawing that the canvas was given last.
    """

    number: int = 0
    _drawings: list[Objects] = field(default_factory=lambda: [[]])
    _at: int = 0
    _last: tuple[Objects, int | None] | None = None  # report

    @property
    def current(self) -> Objects:
        return self._drawings[self._at]

    @property
    def can_undo(self) -> bool:
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        return self._at < len(self._drawings) - 1

    def give(self) -> Objects:
        """The drawing to give the canvas, under a new number."""
        self.number += 1
        return self.current

    def take(self, reported: Objects, number: int | None) -> None:
        """Take what the canvas reports; each new stroke is a step of its own.

        Args:
            reported: What it shows.
            number: Of the drawing that it was given before; None if it does not say.
        """
        known, self._last = self._last == (reported, number), (reported, number)
        if known or number not in (self.number, None) or _same(reported, self.current):
            return
        first = len(self.current) if _same(reported[: len(self.current)], self.current) else None
        steps = range(len(reported) if first is None else first + 1, len(reported) + 1)
        self._add([reported[:end] for end in steps[-KEPT:]])

    def replace(self, drawing: Objects) -> None:
        """Put another drawing on the canvas."""
        self._add([drawing])

    def clear(self) -> None:
        self.replace([])

    def undo(self) -> None:
        self._go(-1)

    def redo(self) -> None:
        self._go(+1)

    def _add(self, drawings: list[Objects]) -> None:
        kept = [*self._drawings[: self._at + 1], *drawings][-KEPT:]
        lengths = accumulate(map(_length, reversed(kept)))
        fit = sum(length <= LENGTH for length in lengths)
        self._drawings = kept[-max(fit, 1) :]
        self._at = len(self._drawings) - 1

    def _go(self, steps: int) -> None:
        """Go back or forth, as far as there is something."""
        self._at = min(max(self._at + steps, 0), len(self._drawings) - 1)


def _length(drawing: Objects) -> int:
    return sum(OBJECT + len(each.get("path") or ()) for each in drawing)


def _same(one: Objects, other: Objects) -> bool:
    """Whether two drawings have the same strokes; the canvas writes other details anew."""
    return [each.get("path") for each in one] == [each.get("path") for each in other]
