"""What was drawn in a session, step by step, for Undo and Redo.

The canvas is in the browser. After Undo it takes a moment until it shows and reports the earlier
drawing; until then it reports what it showed before. `History.take` tells such a report from a
new stroke, so that quick presses of Undo each count.
"""

from dataclasses import dataclass, field
from typing import Any

Objects = list[dict[str, Any]]  # what is on the canvas, as the canvas itself describes it


@dataclass
class History:
    """The drawings of a session; `current` is the one that the canvas shows, or soon will."""

    _drawings: list[Objects] = field(default_factory=lambda: [[]])
    _at: int = 0
    _replaced: list[Objects] = field(default_factory=list)  # that a late report may still hold

    @property
    def current(self) -> Objects:
        return self._drawings[self._at]

    @property
    def can_undo(self) -> bool:
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        return self._at < len(self._drawings) - 1

    def take(self, reported: Objects) -> None:
        """Take what the canvas reports; each new stroke is a step of its own."""
        if any(_same(reported, known) for known in (self.current, *self._replaced)):
            return
        self._replaced = []
        first = len(self.current) if _same(reported[: len(self.current)], self.current) else None
        steps = range(len(reported) if first is None else first + 1, len(reported) + 1)
        self._add([reported[:end] for end in steps])

    def replace(self, drawing: Objects) -> None:
        """Put another drawing on the canvas."""
        self._replaced.append(self.current)
        self._add([drawing])

    def clear(self) -> None:
        self.replace([])

    def undo(self) -> None:
        self._go(-1)

    def redo(self) -> None:
        self._go(+1)

    def _add(self, drawings: list[Objects]) -> None:
        self._drawings[self._at + 1 :] = drawings
        self._at = len(self._drawings) - 1

    def _go(self, steps: int) -> None:
        """Go back or forth, as far as there is something."""
        self._replaced.append(self.current)
        self._at = min(max(self._at + steps, 0), len(self._drawings) - 1)


def _same(one: Objects, other: Objects) -> bool:
    """Whether two drawings have the same strokes; the canvas writes other details anew."""
    return [each.get("path") for each in one] == [each.get("path") for each in other]
