"""The score interval of the difference of two proportions measured on the same cases."""

import math
from collections.abc import Callable

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.wilson import z_quantile

HALVINGS = 55
"""Of a range of at most 2: down to rounding."""
TINY = 1e-14


def tango(wins: float, losses: float, n: float, level: float) -> Interval:
    """Return the interval of candidate's minus base's proportion, within [-1, 1].

    `wins` of the `n` >= 1 pairs are right in the candidate only, `losses` in the base only. The
    interval holds every difference that a test of it would not reject: T. Tango 1998,
    "Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design", Statistics in Medicine 17, 891-908, with the corrections of P. J. Laud
    for skewness (2017, "Equal-tailed confidence intervals for comparison of rates",
    Pharmaceutical Statistics 16, 334-348, after Gart and Nam) and of the variance by n / (n - 1),
    as in his R package ratesci ("SCAS"). It leaves out 0 where McNemar's test without continuity
    correction, its statistic times (n - 1) / n, rejects. Without any change see `unchanged`.
    """
    if wins == losses == 0:
        return unchanged(n, level)
    z = z_quantile(level)
    difference = (wins - losses) / n
    return Interval(
        low=_crossing(lambda d: score(wins, losses, n, d) > z, -1.0, difference),
        high=_crossing(lambda d: score(wins, losses, n, d) >= -z, difference, 1.0),
        level=level,
        method="tango",
    )


def unchanged(n: float, level: float) -> Interval:
    """Return the interval of `n` >= 1 pairs that are all alike: the exact one.

    As many losses, and no wins, as would leave no trace with the chance of one tail. The score is
    too sure there: its one-sided 95% bound errs in 12%. J. A. Hanley & A. Lippman-Hand 1983, "If
    nothing goes wrong, is everything all right?", JAMA 249, 1743-1745, the rule of three.
    """
    unseen = 1 - math.pow((1 - level) / 2, 1 / n)
    return Interval(low=-unseen, high=unseen, level=level, method="tango")


def score(wins: float, losses: float, n: float, difference: float) -> float:
    """Return how many standard errors the counts lie above a true `difference` in [-1, 1].

    Nearly standard normal if that is the true difference; decreasing in it on either side of the
    observed difference.
    """
    if difference < 0:
        return -score(losses, wins, n, -difference)
    off = (wins - losses) / n - difference
    changed = difference + 2 * likeliest_losses(wins, losses, n, difference)
    variance = changed - difference * difference
    if variance <= TINY:
        return 0.0 if off == 0 else math.copysign(math.inf, off)
    shrunk = math.sqrt((n - 1) / n)
    plain = shrunk * off / math.sqrt(variance / n)
    third_moment = difference - 3 * difference * changed + 2 * difference**3
    return unskewed(plain, shrunk**3 * third_moment / (variance**1.5 * math.sqrt(n)))


def likeliest_losses(wins: float, losses: float, n: float, difference: float) -> float:
    """Return the likeliest share of losses where wins exceed them by `difference` >= 0.

    Tango's equation for it, 2 n q^2 + b q + c = 0.
    """
    b = (2 * n - wins + losses) * difference - wins - losses
    c = -losses * difference * (1 - difference)
    root = math.sqrt(b * b - 8 * n * c)
    # Two forms of the same: neither subtracts nearly equal numbers.
    return (root - b) / (4 * n) if b <= 0 else -2 * c / (root + b)


def unskewed(score: float, skewness: float) -> float:
    """Return the normal score z that solves z + (z^2 - 1) * skewness / 6 = `score`.

    The first term of the Cornish-Fisher expansion. Where no z solves it, the turning point.
    """
    bend = skewness / 6
    if abs(bend) < TINY:
        return score
    root = math.sqrt(max(0.0, 1 + 4 * bend * (score + bend)))
    # As above, for a small bend.
    return 2 * (score + bend) / (1 + root) if root > 0 else -1 / (2 * bend)


def _crossing(before: Callable[[float], bool], low: float, high: float) -> float:
    """Return where `before`, true from some point downwards, turns false between two numbers."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if before(middle) else (low, middle)
    return (low + high) / 2
