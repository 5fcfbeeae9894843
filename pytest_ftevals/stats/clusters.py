"""The interval of a mean over cases that come in clusters: several questions of one passage."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.student_t import t_quantile
from pytest_ftevals.stats.unanimous import unanimous

ROUNDING = 1e-12


def clustered(
    values: Sequence[float],
    clusters: Sequence[int],
    independent: Interval,
    *,
    limits: tuple[float, float],
) -> Interval:
    """Return the interval of the mean of `values`, each of the cluster of its number.

    At the level of `independent`, the interval that takes all cases for independent, and never
    narrower than that: where hardly a cluster differs, as with rare changes, the spread between
    clusters tells too little. J. D. Angrist & J.-S. Pischke 2009, "Mostly harmless
    econometrics", chapter 8, take the larger of both standard errors for that reason. Without
    spread between clusters, also where the cases of each cancel out, they are cases that are all
    alike: see `unanimous`. Raises ValueError where there is not one cluster number a value.
    """
    above = sums_above_mean(values, clusters)
    if len(above) == 1 or _negligible(above, values):
        interval = unanimous(fmean(values), len(above), independent.level, limits)
    else:
        interval = cluster_student(values, clusters, independent.level)
    return replace(
        interval,
        low=min(interval.low, independent.low),
        high=max(interval.high, independent.high),
    )


def cluster_student(values: Sequence[float], clusters: Sequence[int], level: float) -> Interval:
    """Return Student's interval of the mean with the standard error robust to clusters.

    Of two or more clusters. The mean over all cases is a ratio of what the clusters add up to and
    how many cases they have, since clusters differ in size; its standard error is that of leaving
    out one cluster at a time. E. Miller 2024, "Adding error bars to evals", arXiv 2411.00640,
    section 2.2; A. C. Cameron & D. L. Miller 2015, "A practitioner's guide to cluster-robust
    inference", Journal of Human Resources 50, 317-372; the jackknife, CV3, as advised by J. G.
    MacKinnon, M. O. Nielsen & M. D. Webb 2023, "Cluster-robust inference: a guide to empirical
    practice", Journal of Econometrics 232, 272-299. For clusters of one size it is the usual
    sandwich with the factor G / (G - 1), and for clusters of one case Student's interval.
    """
    above, sizes = sums_above_mean(values, clusters), list(Counter(clusters).values())
    n, mean = len(values), fmean(values)
    squares = math.fsum((one / (n - size)) ** 2 for one, size in zip(above, sizes, strict=True))
    error = math.sqrt((len(sizes) - 1) / len(sizes) * squares)
    reach = t_quantile(level, whole_freedom(sizes)) * error
    return Interval(low=mean - reach, high=mean + reach, level=level, method="cluster t")


def whole_freedom(sizes: Sequence[int]) -> int:
    """Return the `freedom` of two or more clusters as a whole number, 1 or more."""
    # Rounding must not cost a whole degree where all clusters are of one size.
    return max(1, math.floor(round(freedom(sizes), 6)))


def freedom(sizes: Sequence[int]) -> float:
    """Return the degrees of freedom of the standard error over two or more clusters.

    Their number less 1 where all are of one size, and fewer the more a few large ones weigh.
    Satterthwaite's, of a sum of squares whose parts differ in variance and correlate: R. M. Bell &
    D. F. McCaffrey 2002, "Bias reduction in standard errors for linear regression with multi-stage
    samples", Survey Methodology 28, 169-181; here for clusters whose cases are all alike, the
    worst that they can be.
    """
    n = sum(sizes)
    weights = [1 / (n - size) ** 2 for size in sizes]
    spread = sum(size**2 for size in sizes)
    # Of the sums above the mean: covariance[i][j] = own[i] (only where i is j) + shared[i][j],
    # shared[i][j] = -sizes[i] * sizes[j] * (sizes[i] + sizes[j] - spread / n) / n.
    second, third, fourth = (
        math.fsum(weight * size**power for weight, size in zip(weights, sizes, strict=True))
        for power in (2, 3, 4)
    )
    shared_squares = (2 * second * fourth + 2 * third**2 - 4 * spread / n * second * third) + (
        spread / n * second
    ) ** 2
    squares, total = shared_squares / n**2, 0.0
    for weight, size in zip(weights, sizes, strict=True):
        shared = -(size**2) * (2 * size - spread / n) / n
        variance = size**2 + shared
        total += weight * variance
        squares += weight**2 * (variance**2 - shared**2)
    return total**2 / squares


def sums_above_mean(values: Sequence[float], clusters: Sequence[int]) -> list[float]:
    """Return how far each cluster's values lie above the mean of all values, summed."""
    mean = fmean(values)
    sums: dict[int, float] = {}
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] = sums.get(cluster, 0.0) + (value - mean)
    return list(sums.values())


def _negligible(above: Sequence[float], values: Sequence[float]) -> bool:
    largest = max(1.0, *map(abs, values))
    return max(map(abs, above)) <= ROUNDING * largest * len(values)
