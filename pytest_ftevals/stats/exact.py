"""The exact McNemar test: could wins and losses be the tosses of a fair coin?"""


def mcnemar_p(wins: int, losses: int) -> float:
    """Return the two-sided exact p-value of `wins` against `losses`; 1 without either.

    Q. McNemar 1947, Psychometrika 12, 153-157, in its exact form: the binomial test of wins among
    the cases that differ. For scores other than 0 and 1 it is the sign test.
    """
    differing = wins + losses
    # Whole numbers throughout: 0.5 ** 2000 is 0 in floating point.
    ways, tail = 1, 1
    for k in range(min(wins, losses)):
        ways = ways * (differing - k) // (k + 1)  # the next binomial coefficient
        tail += ways
    return min(1.0, 2 * tail / (1 << differing))
