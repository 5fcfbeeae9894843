"""Betting against a mean: a test that may be looked at after every case.

Against the claim "the mean is at most m" a gambler bets on each next value x being larger. The
capital is multiplied by 1 + bet * (x - m), where the bet is fixed before x is seen. If the claim is
true no bet gains on average, and the capital, 1 at first, ever reaches 1 / alpha with a chance of
at most alpha (J. Ville 1939, "Etude critique de la notion de collectif"). So one may look at any
time, and stop.

The bets are those of I. Waudby-Smith & A. Ramdas 2024, "Estimating means of bounded random
variables by betting", JRSS B 86, 1-27: sqrt(2 ln(1/alpha) / (n variance)) is best for a decision
after about n cases, with the variance of what was seen before (`lambda_predmix_eb` with a `fixed_n`
in the authors' package confseq). Since n is unknown, the capital is shared among gamblers who aim
at different n.

The values are drawn without replacement from a task's cases, which are themselves a sample of what
might be asked. If the mean over all cases is at most m, then the mean of those still to come is at
most (total * m - sum so far) / (cases left) (I. Waudby-Smith & A. Ramdas 2020, "Confidence
sequences for sampling without replacement", NeurIPS 33). If it is the truth behind the cases that
is at most m, the next value's mean is at most m. Bets are laid against the larger one, so that the
chance of an error holds for either claim.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

GAMBLERS = ((25, 0.05), (100, 0.15), (400, 0.6), (1_600, 0.15), (6_400, 0.05))
"""The cases after which a gambler aims to decide, and the share of the capital. A bet within a
factor of two of the best one gains at least three quarters of its rate."""
AIM = 2 * math.log(20)
"""Twice the log of the capital aimed at, that of an error of 5%."""
BOLDEST = 0.4
"""The most that is lost of a capital in one bet. Bolder ones decide sooner where nothing changes at
all, and later where one case in ten does."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Values that were seen, along the last axis, with what a gambler knew before each."""

    shares: "NDArray[np.float64]"
    """The values, 0 the lowest possible one and 1 the highest."""
    sums: "NDArray[np.float64]"
    """Of the values before."""
    deviations: "NDArray[np.float64]"
    """Standard deviations of the values before, above 0."""


def history(shares: "NDArray[np.float64]") -> History:
    """Return the history of values in [0, 1].

    Deviations are those of Waudby-Smith & Ramdas: as if there had been a value of 1/2 and a squared
    deviation of 1/4 before the first.
    """
    import numpy as np

    sums = np.cumsum(shares, axis=-1)
    counts = np.arange(2, shares.shape[-1] + 2)
    squares = np.cumsum((shares - (sums + 0.5) / counts) ** 2, axis=-1)
    variances = np.full_like(shares, 0.25)
    variances[..., 1:] = ((squares + 0.25) / counts)[..., :-1]
    return History(shares, sums - shares, np.sqrt(variances))


def log_capital(seen: History, mean: float, total: int) -> "NDArray[np.float64]":
    """Return the log of the capital after each value, of betting against a mean of at most `mean`.

    `mean` is in the unit of the shares. The capital falls as `mean` rises. Infinite for a mean
    below 0, which is impossible.
    """
    import numpy as np

    if mean < 0:
        return np.full_like(seen.shares, math.inf)
    capital = np.full_like(seen.shares, -math.inf)
    for share, gains in _gains(seen, mean, total):
        capital = np.logaddexp(capital, math.log(share) + np.cumsum(gains, axis=-1))
    return capital


def final_log_capital(seen: History, mean: float, total: int) -> float:
    """Return the last number of `log_capital` for a single run, in a fraction of its time."""
    import numpy as np

    if mean < 0:
        return math.inf
    capitals = [math.log(share) + gains.sum() for share, gains in _gains(seen, mean, total)]
    return float(np.logaddexp.reduce(capitals))


def _gains(seen: History, mean: float, total: int) -> "Iterator[tuple[float, NDArray[np.float64]]]":
    """Yield each gambler's share of the capital, and the logs of what each bet multiplies it by."""
    import numpy as np

    left = total - np.arange(seen.shares.shape[-1])
    expected = np.maximum(mean, (total * mean - seen.sums) / left)
    surprise = seen.shares - expected
    with np.errstate(divide="ignore", over="ignore"):  # against 0 nothing can be lost
        most = BOLDEST / expected
    for cases, share in GAMBLERS:
        bets = np.minimum(math.sqrt(AIM / cases) / seen.deviations, most)
        yield share, np.log1p(bets * surprise)


def is_above(seen: History, mean: float, total: int, alpha: float) -> "NDArray[np.bool_]":
    """Return after each value whether the values show their true mean to be above `mean`.

    The chance that they ever do if it is not is at most `alpha`. The mean of what was seen must be
    above `mean` too: after large bets that won, a capital can outlast a change for the worse.
    """
    import numpy as np

    counts = np.arange(1, seen.shares.shape[-1] + 1)
    means = (seen.sums + seen.shares) / counts
    rich: NDArray[np.bool_] = log_capital(seen, mean, total) >= -math.log(alpha)
    return rich & (means > mean)
