"""learned.json: what learning from kept drawings has changed, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recognizer import processes
from recognizer.models import records
from recognizer.models.checked import read_json
from recognizer.models.comparison import CHANCE, mcnemar
from recognizer.models.records import Count, Name, Share, StartModel

FILE = "learned.json"
# The names of the measures; all but the last count what is read correctly. Letters and signs are
# where they are rejected.
KEPT = "held-out kept drawings"
TEST = "MNIST test images"
PEN = "held-out pen drawings"
NON_DIGITS = "letters and signs"
CALIBRATION = "calibration error"
BYTES = 4_000_000  # of the file: it names all kept drawings


@dataclass(frozen=True)
class Measure:
    """One measure of a model before and after it learned.

    Attributes:
        name: What was read, in words.
        before, after: The share that is read correctly; of CALIBRATION, the error itself. 0 to 1.
        cases: How many were read.
        fixed: Errors that the new model does not make.
        new: Errors that only the new model makes.
        p: How often mere chance shows this difference; None where cases are not counted.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z -]{1,60}$")]
    before: Share
    after: Share
    cases: Count
    fixed: Count = 0
    new: Count = 0
    p: Share | None = None

    @classmethod
    def of(cls, name: str, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> Measure:
        """Compare which cases (n,), n > 0, are read correctly before and after."""
        fixed, new = int((after & ~before).sum()), int((before & ~after).sum())
        was, now = (round(float(each.mean()), 5) for each in (before, after))
        return cls(name, was, now, len(before), fixed, new, mcnemar(fixed, new))

    @property
    def title(self) -> str:
        """What was read, and how much of it: "390 letters and signs"."""
        return f"{self.cases:,} {self.name}"

    @property
    def more(self) -> int:
        """How many more cases the new model reads correctly; negative where it is fewer."""
        return self.fixed - self.new

    @property
    def beyond_chance(self) -> bool:
        """Whether the difference is more than chance."""
        return self.p is not None and self.p < CHANCE


@dataclass(frozen=True)
class Learned:
    """What a model learned from, and what that changed.

    Attributes:
        start: The model that it started from.
        trained_on, held_out: The kept drawings: the first 16 characters of their digests. What the
            model that it started from had learned from is among those that it was trained on.
        left_out: How many kept drawings were not used: blank, or no digits for a network that
            reads nothing else.
        share: Of each batch, what was kept drawings.
        interpolation: How far the weights went from the old ones to those at the training's end.
        measures: Before and after; those for which there was nothing to read are missing.
    """

    start: StartModel
    trained_on: tuple[Name, ...]
    held_out: tuple[Name, ...]
    left_out: Count
    share: Share
    interpolation: Share
    measures: Annotated[tuple[Measure, ...], Field(max_length=20)]

    def measure(self, name: str) -> Measure | None:
        """The measure of this name, if it was taken."""
        return next((each for each in self.measures if each.name == name), None)


def read_learned(folder: Path) -> Learned | None:
    """Read what a model learned; None for one that was trained another way, or a damaged file."""
    try:
        return records.parse(Learned, read_json(folder / FILE, BYTES))
    except (OSError, ValueError):
        return None


def write_learned(folder: Path, learned: Learned) -> None:
    """Add what a model learned to its folder."""
    processes.write_whole(folder / FILE, records.to_json(learned))


def got_worse(learned: Learned) -> list[str]:
    """The names of the measures that got worse by more than chance."""
    return [each.name for each in learned.measures if each.beyond_chance and each.more < 0]


def verdict(learned: Learned) -> str:
    """Whether the model is better, worse, both, or it cannot be told: one sentence."""
    better = [each for each in learned.measures if each.beyond_chance and each.more > 0]
    gained = f"it {_change(better[0])}" if better else ""
    if worse := [each for each in learned.measures if each.name in got_worse(learned)]:
        lost = " and ".join(_change(each) for each in worse)
        return f"Better and worse: {gained}, but {lost}." if gained else f"Worse: it {lost}."
    if gained:
        return f"Better: {gained}, and nothing got worse by more than chance."
    return f"It cannot be told: {_undecided(learned.measure(KEPT))}."


def _undecided(kept: Measure | None) -> str:
    if kept is None:
        return "no kept drawing was held out to judge by"
    if not kept.more:
        return f"it reads as many of {kept.title} as before"
    return f"it {_change(kept)}, which may be chance"


def _change(measure: Measure) -> str:
    verb = "rejects" if measure.name == NON_DIGITS else "reads"
    more = "more" if measure.more > 0 else "fewer"
    return f"{verb} {abs(measure.more):,} {more} of {measure.title}"
