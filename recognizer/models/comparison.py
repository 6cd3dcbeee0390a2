"""Whether one model reads better than another, or it may be chance."""

CHANCE = 0.05  # p values from this on: a difference may be chance


def mcnemar(ours: int, theirs: int) -> float:
    """The p of McNemar's exact test (Q. McNemar, Psychometrika, 1947).

    Args:
        ours: Cases that only the first of two models reads correctly.
        theirs: Cases that only the second does.

    Returns:
        How often mere chance shows at least this difference, above 0 to 1.
    """
    if ours == theirs:
        return 1.0
    from scipy.special import bdtr  # of the binomial distribution; slow to import

    return min(1.0, 2 * float(bdtr(min(ours, theirs), ours + theirs, 0.5)))
