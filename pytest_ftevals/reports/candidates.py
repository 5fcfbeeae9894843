"""Candidates as reports speak of them: the seeds of one recipe are one."""

from collections.abc import Iterable

from pytest_ftevals.core.record import Record, VariantRow


def by_candidate(variants: Iterable[VariantRow]) -> dict[str, list[VariantRow]]:
    """Return the candidates in their order, each with its variant, or a group with its seeds."""
    found: dict[str, list[VariantRow]] = {}
    for one in variants:
        if one.kind != "base":
            found.setdefault(one.name if one.group is None else one.group, []).append(one)
    return found


def single_seeds(record: Record) -> frozenset[str]:
    """Return the names of the variants that are one seed of a group."""
    return frozenset(one.name for one in record.variants if one.group is not None)
