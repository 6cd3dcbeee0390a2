"""How sure a text of several digits is: logistic regression on what speaks for its segmentation.

The probabilities of the digits alone would make two strokes of a letter A a confident "11".
"""

from __future__ import annotations

from math import exp, log

import numpy as np
from numpy.typing import NDArray

from recognizer.drawings.boxes import union
from recognizer.models.lattice import Lattice
from recognizer.models.segmentation import Segmentation, fitted

LEAST = 1e-4  # probabilities are taken to be no nearer to 0 and 1
TEXT_FEATURES = (
    "text",  # each one's
    "log odds",  # of the text, by its segmentations and digits
    "worst digit",  # the logarithm of the least probability of a digit
    "not digits",  # the mean logarithm of one less the probability of no digit
    "worst whole",  # the least log-odds that one is a whole digit
    "overlap",  # the most that two of its digits overlap sideways, in heights
    "covered",  # the most that one of its digits is over or under another, 0 to 1 of its width
    "whole",  # that all of the drawing could be one digit
    "log not whole",  # the logarithm of the probability that this is no digit
    "digits",  # how many there are, after the second
    "cuts",  # how many there are for each digit
)


def text_weights(kind: str) -> NDArray[np.float64]:
    """The weights of TEXT_FEATURES, for "strokes" or for "pictures"."""
    return fitted(kind, "texts", TEXT_FEATURES)


def text_features(known: Lattice, found: Segmentation, share: float) -> list[float]:
    """What speaks for a text, given its segmentation and its probability by that."""
    rows = known.probabilities[list(found.digits)]
    overlap, covered = _overlap(known, found)
    share = min(max(share, LEAST), 1 - LEAST)
    everything = (1 << len(known.line.boxes)) - 1
    whole = [i for i, pieces in enumerate(known.pieces) if pieces == everything]
    no_digit = 1 - float(known.probabilities[whole[0]].sum()) if whole else 1.0
    cuts = sum(known.line.ends_at_cuts(known.pieces[index]) for index in found.digits)
    return [
        1.0,
        log(share / (1 - share)),
        log(max(float(rows.max(axis=1).min()), LEAST)),
        float(np.log(rows.sum(axis=1).clip(LEAST, 1)).mean()),
        float(known.whole[list(found.digits)].min()),
        overlap,
        covered,
        float(bool(whole)),
        log(max(no_digit, LEAST)),
        len(found.digits) - 2.0,
        cuts / len(found.digits),
    ]


def text_confidence(known: Lattice, found: Segmentation, share: float) -> float:
    """The probability that a text of several digits is right, 0 to 1."""
    odds = float(np.dot(text_features(known, found, share), text_weights(known.parts.kind)))
    return 1 / (1 + exp(min(max(-odds, -50.0), 50.0)))


def _overlap(known: Lattice, found: Segmentation) -> tuple[float, float]:
    """The most that two digits overlap: in heights, and as a share of the narrower one."""
    boxes = np.array([union(known.line.boxes, known.pieces[index]) for index in found.digits])
    left, right = boxes[:, 0], boxes[:, 2]
    shared = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    narrow = np.minimum.outer(right - left, right - left).clip(0.05 * known.line.height)
    others: NDArray[np.bool_] = ~np.eye(len(boxes), dtype=bool)
    overlap = shared.max(initial=0.0, where=others) / known.line.height
    return float(overlap), float((shared / narrow).clip(0, 1).max(initial=0.0, where=others))
