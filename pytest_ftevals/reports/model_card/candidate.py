"""What a record says of one candidate: what its card is made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import ComparisonRow, Record, TestRow, VariantRow
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports.candidates import by_candidate
from pytest_ftevals.reports.headline import RED
from pytest_ftevals.reports.node_ids import named_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A candidate, or the group of seeds that is compared as one."""

    name: str
    variants: tuple[VariantRow, ...]
    """One, or every seed of the group."""
    base: VariantRow | None
    record: Record
    """Without other candidates and their tests; command and options are those of the whole run."""

    @property
    def rows(self) -> tuple[ComparisonRow, ...]:
        """Its comparisons with the base on whole tasks."""
        return tuple(
            row
            for row in self.record.comparisons
            if row.candidate == self.name and row.slice is None and row.reference == BASE
        )


def candidates(record: Record) -> tuple[Candidate, ...]:
    """Return the candidates of a run in their order, a group of seeds as one."""
    base = next((one for one in record.variants if one.kind == "base"), None)
    found = by_candidate(record.variants)
    return tuple(_of(record, name, tuple(own), base) for name, own in found.items())


def _of(
    record: Record, name: str, variants: tuple[VariantRow, ...], base: VariantRow | None
) -> Candidate:
    own = {name, *(one.name for one in variants)}
    others = {one.name for one in record.variants if one.kind != "base"} - own
    only = replace(
        record,
        run=_without(_explained(record), others),
        variants=variants if base is None else (base, *variants),
        comparisons=tuple(row for row in record.comparisons if row.candidate in own),
        tests=tuple(_tests(record, own)),
        failures=tuple(row for row in record.failures if row.candidate in own),
        patterns=tuple(row for row in record.patterns if row.candidate in own),
        failure_log=tuple(row for row in record.failure_log if row.candidate in own),
    )
    return Candidate(name=name, variants=variants, base=base, record=only)


def _tests(record: Record, own: set[str]) -> Iterator[TestRow]:
    """Yield the tests of a candidate, and those of none: without what is another's alone.

    A test is of whom it states thresholds on; one that states none of whom its node id names.
    """
    judged: dict[str, set[str]] = {}
    for row in record.comparisons:
        for one in row.thresholds:
            judged.setdefault(one.test, set()).add(row.candidate)
    groups = {one.group for one in record.variants if one.group is not None}
    names = {one.name for one in record.variants if one.kind != "base"} | groups
    for test in record.tests:
        named = named_in(test.nodeid, names)
        of = judged.get(test.nodeid) or ({named} if named is not None else own)
        if of & own:
            yield test


def _explained(record: Record) -> Mapping[str, JSON]:
    """Return a run's facts, pytest's exit status only where no test that is known explains it."""
    if not any(test.outcome in RED for test in record.tests):
        return record.run
    return {key: value for key, value in record.run.items() if key != "exitstatus"}


def _without(run: Mapping[str, JSON], others: set[str]) -> Mapping[str, JSON]:
    """Return a run's facts without the self-check of other candidates."""
    checked = run.get("self_check")
    if not isinstance(checked, dict):
        return run
    variants, calls = checked.get("variants"), checked.get("close_calls")
    own: dict[str, JSON] = dict(checked)
    if isinstance(variants, dict):
        own["variants"] = {name: one for name, one in variants.items() if name not in others}
    if isinstance(calls, list):
        # ``task case variant``
        ends = tuple(f" {name}" for name in others)
        own["close_calls"] = [call for call in calls if not str(call).endswith(ends)]
    return {**run, "self_check": own}
