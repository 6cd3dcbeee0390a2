"""Which kept drawings are held out: a fifth, to judge by what was learned from the others."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from recognizer.collection.tables import HELD_OUT, TRAINING

SHARE = 5  # one of so many is held out


@dataclass(frozen=True)
class Placed:
    """A drawing, and on which side it is; None as long as that is open."""

    id: str
    contributor: str
    label: int
    digest: str
    split: str | None


def assign(drawings: Iterable[Placed]) -> dict[str, str]:
    """Decide the side of each drawing that has none yet, by its id.

    What was decided stays: a model may have learned from it. From five contributors on, a fifth of
    them is held out, with all that they draw. Fewer are too few for that; then a fifth of each
    one's drawings is, spread over the labels. So it is with one who drew more than half of all:
    without them, too little would be left to learn from.
    """
    of: dict[str, list[Placed]] = defaultdict(list)
    for drawing in drawings:
        of[drawing.contributor].append(drawing)
    half = sum(map(len, of.values())) / 2
    whole = {
        name: theirs for name, theirs in of.items() if len(of) >= SHARE and len(theirs) <= half
    }
    held_out = _held_out_contributors(whole)
    found: dict[str, str] = {}
    for contributor, theirs in of.items():
        unplaced = [drawing for drawing in theirs if drawing.split is None]
        if contributor in whole:
            side = HELD_OUT if contributor in held_out else TRAINING
            found |= dict.fromkeys((drawing.id for drawing in unplaced), side)
        else:
            wanted = len(theirs) // SHARE - sum(each.split == HELD_OUT for each in theirs)
            found |= _spread(unplaced, max(wanted, 0))
    return found


def _held_out_contributors(of: dict[str, list[Placed]]) -> set[str]:
    """Those who are held out already, and as many new ones as make a fifth."""
    sides = {name: {each.split for each in theirs} - {None} for name, theirs in of.items()}
    already = {name for name, known in sides.items() if known == {HELD_OUT}}
    fresh = sorted((name for name, known in sides.items() if not known), key=_scrambled)
    return already | set(fresh[: max(len(of) // SHARE - len(already), 0)])


def _spread(drawings: list[Placed], wanted: int) -> dict[str, str]:
    """Hold out as many as are wanted, evenly over the labels."""
    ordered = sorted(drawings, key=lambda each: (each.label, _scrambled(each.digest)))
    chosen = {ordered[(2 * i + 1) * len(ordered) // (2 * wanted)].id for i in range(wanted)}
    return {each.id: HELD_OUT if each.id in chosen else TRAINING for each in ordered}


def _scrambled(name: str) -> str:
    """A text that orders names by nothing that they mean, always the same."""
    return hashlib.sha256(name.encode()).hexdigest()
