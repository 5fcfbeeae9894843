"""Holm's adjustment of several p-values."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the adjusted p-values, in the order given, each from 0 to 1.

    Those that are at most alpha can be taken for real together: with a chance of at most alpha is
    any of them mistaken, however the tests depend on each other. S. Holm 1979, "A simple
    sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 65-70.
    Raises ValueError for what is no probability.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError("a p-value lies between 0 and 1")
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
