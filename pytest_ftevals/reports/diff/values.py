"""The delta tables of two records, row against row, and what became of their tests."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_ftevals.core.record import ComparisonRow, Record
from pytest_ftevals.reports.deltas import condition
from pytest_ftevals.reports.verdicts import Verdicts

_NUMBERS = ("base", "value", "delta", "n", "wins", "losses", "ties", "level", "interval")
_VALUES = ("base", "value")

Key = tuple[str, str, str | None, str, str]
"""(task, metric, slice, candidate, reference)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """A row of the delta table that differs."""

    row: ComparisonRow
    """What is compared: the second record's row where it has one."""
    before: ComparisonRow | None
    """None where only the second record has it."""
    after: ComparisonRow | None
    verdicts_before: tuple[str, ...]
    """``drop <= 3: pass, proven``, one a threshold."""
    verdicts_after: tuple[str, ...]

    @property
    def moved(self) -> bool:
        """Whether both have it, and the base's or the candidate's value is another."""
        old, new = self.before, self.after
        return old is not None and new is not None and not _same(old, new, _VALUES)

    @property
    def in_numbers(self) -> bool:
        """Whether more than the words of its thresholds differs."""
        old, new = self.before, self.after
        return old is None or new is None or not _same(old, new, _NUMBERS)

    @property
    def decided(self) -> bool:
        """Whether both have it, and the words of its thresholds are others."""
        both = self.before is not None and self.after is not None
        return both and self.verdicts_before != self.verdicts_after

    @property
    def only_spread(self) -> bool:
        """Whether both have it with the same values and verdicts: its interval or counts differ."""
        both = self.before is not None and self.after is not None
        return both and not (self.moved or self.decided)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeChange:
    """A test whose outcome differs."""

    nodeid: str
    before: str | None
    """Its outcome; None where only the second record has it."""
    after: str | None


def value_changes(before: Record, after: Record) -> tuple[ValueChange, ...]:
    """Return the rows that differ, appeared or vanished, in the order of the second record."""
    words = Verdicts.of(before), Verdicts.of(after)
    found = []
    for row, old, new in _paired(before.comparisons, after.comparisons):
        change = ValueChange(
            row=row,
            before=old,
            after=new,
            verdicts_before=_words(words[0], old),
            verdicts_after=_words(words[1], new),
        )
        if change.decided or change.in_numbers:
            found.append(change)
    return tuple(found)


def outcome_changes(before: Record, after: Record) -> tuple[OutcomeChange, ...]:
    """Return the tests whose outcome differs, and those that only one record has."""
    old, new = ({test.nodeid: test.outcome for test in one.tests} for one in (before, after))
    return tuple(
        OutcomeChange(nodeid=name, before=old.get(name), after=new.get(name))
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    )


def _words(verdicts: Verdicts, row: ComparisonRow | None) -> tuple[str, ...]:
    if row is None:
        return ()
    return tuple(f"{condition(row, one.threshold)}: {one.text}" for one in verdicts.on(row))


def _paired(
    before: Sequence[ComparisonRow], after: Sequence[ComparisonRow]
) -> Iterator[tuple[ComparisonRow, ComparisonRow | None, ComparisonRow | None]]:
    """Yield rows of the same name, after the one that names them.

    Pass rates of one name go by the tests that stated them.
    """
    old, new = _by_key(before), _by_key(after)
    for key in dict.fromkeys([*new, *old]):
        left = old.get(key, [])
        for row in new.get(key, []):
            match = _match(row, left, alone=len(left) == len(new[key]) == 1)
            if match is not None:
                left = [one for one in left if one is not match]
            yield row, match, row
        yield from ((row, row, None) for row in left)


def _match(
    row: ComparisonRow, left: Sequence[ComparisonRow], *, alone: bool
) -> ComparisonRow | None:
    if alone:
        return left[0]
    tests = {one.test for one in row.thresholds}
    return next((one for one in left if {t.test for t in one.thresholds} == tests), None)


def _by_key(rows: Sequence[ComparisonRow]) -> dict[Key, list[ComparisonRow]]:
    found: dict[Key, list[ComparisonRow]] = defaultdict(list)
    for row in rows:
        found[row.task, row.metric, row.slice, row.candidate, row.reference].append(row)
    return found


def _same(one: ComparisonRow, other: ComparisonRow, names: Sequence[str]) -> bool:
    return all(_equal(getattr(one, name), getattr(other, name)) for name in names)


def _equal(one: object, other: object) -> bool:
    """Return whether two numbers, or pairs of them, are equal; what is not known equals itself."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return all(map(_equal, one, other))
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return one == other
