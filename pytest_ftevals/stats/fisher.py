"""Fisher's exact test: do cases that have something fail more often than chance explains?"""

import math


def fisher_p(failed_having: int, having: int, failed: int, total: int) -> float:
    """Return the one-sided p-value of so many failures or more among the cases `having` something.

    Of `total` cases `failed` did, and `failed_having` of the `having`; if failures fell on cases at
    random, their number there would be hypergeometric. R. A. Fisher 1935, "The logic of inductive
    inference", Journal of the Royal Statistical Society 98, 39-82. Raises ValueError for counts
    that no table has.
    """
    least = max(0, having + failed - total)
    most = min(having, failed)
    if not (0 <= having <= total and 0 <= failed <= total and least <= failed_having <= most):
        message = f"no table has {failed_having} of {having}, {failed} and {total}"
        raise ValueError(message)
    # The shorter tail is summed: it falls from its first term on, so that nothing is lost.
    if failed_having * total > having * failed:
        return _tail(failed_having, having, failed, total, most)
    return 1.0 - _tail(having - failed_having + 1, having, total - failed, total, having - least)


def _tail(first: int, having: int, failed: int, total: int, most: int) -> float:
    """Return the chance of `first` failures or more, up to `most`, among those having it."""
    if first > most:
        return 0.0
    # Whole numbers: logarithms of factorials lose digits, and powers vanish in floating point.
    ways = math.comb(failed, first) * math.comb(total - failed, having - first)
    term = summed = ways / math.comb(total, having)
    for count in range(first, most):
        term *= (failed - count) * (having - count)
        term /= (count + 1) * (total - failed - having + count + 1)
        if term < summed * 1e-18:
            break
        summed += term
    return min(1.0, summed)
