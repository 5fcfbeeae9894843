"""What lies between two records: found once, written as text or as JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.diff.cases import (
    CaseChanges,
    MovedCases,
    case_changes,
    moved_cases,
    read_answers,
)
from pytest_ftevals.reports.diff.failures import failure_changes
from pytest_ftevals.reports.diff.names import Names
from pytest_ftevals.reports.diff.settings import SettingChange, setting_changes
from pytest_ftevals.reports.diff.values import (
    OutcomeChange,
    ValueChange,
    outcome_changes,
    value_changes,
)
from pytest_ftevals.reports.numbers import count, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Everything that changed from one record to another."""

    before: Record
    """Its candidates have the names of the second record."""
    after: Record
    settings: tuple[SettingChange, ...]
    values: tuple[ValueChange, ...]
    outcomes: tuple[OutcomeChange, ...]
    failures: tuple[SettingChange, ...]
    """Of what the records say of failures: counts by label, patterns, the failure log."""
    cases: tuple[CaseChanges, ...] | None
    """None where one of the two has no samples."""
    moved: MovedCases
    names: Mapping[str, str]
    """What candidates of the first record are called in the second, where that differs."""

    @property
    def is_none(self) -> bool:
        """Whether nothing changed, in what both hold."""
        return not (
            self.settings
            or self.values
            or self.outcomes
            or self.failures
            or self.changed_cases
            or self.single_cases
        )

    @property
    def changed_cases(self) -> int:
        """Cases that some variant answered otherwise."""
        changed = ((one.task, each.case) for one in self.cases or () for each in one.changes)
        return len(set(changed))

    @property
    def single_cases(self) -> int:
        """Cases that only one of the two asked a variant which both have."""
        return sum(one.only_before + one.only_after for one in self.cases or ())

    @property
    def statement(self) -> str:
        """``same settings; 2 of 14 values changed; 14 cases changed``: all in one line."""
        parts = [
            f"{counted(len(self.settings), 'setting')} changed"
            if self.settings
            else "same settings"
        ]
        parts.append(self._values())
        parts += self._outcomes()
        if self.failures:
            parts.append(f"{counted(len(self.failures), 'fact')} about failures changed")
        if self.cases is None:
            parts.append("cases not compared")
        elif self.changed_cases:
            parts.append(f"{counted(self.changed_cases, 'case')} changed")
        else:
            parts.append("no case changed")
        if self.single_cases:
            parts.append(f"{counted(self.single_cases, 'answer')} to cases of one report only")
        text = "; ".join(parts)
        if not self.is_none:
            return text
        return f"{'no difference found' if self.cases is None else 'identical'}: {text}"

    def _outcomes(self) -> list[str]:
        new = sum(one.before is None for one in self.outcomes)
        gone = sum(one.after is None for one in self.outcomes)
        said = ((len(self.outcomes) - new - gone, "changed"), (new, "appeared"), (gone, "vanished"))
        return [f"{counted(n, 'test')} {what}" for n, what in said if n]

    def _values(self) -> str:
        total = counted(len(self.after.comparisons), "value")
        moved = sum(one.moved for one in self.values)
        decided = sum(one.decided for one in self.values)
        gone = sum(one.after is None for one in self.values)
        new = sum(one.before is None for one in self.values)
        others = sum(one.only_spread for one in self.values)
        said = (
            (moved, f"{count(moved)} of {total} changed"),
            (decided, f"{counted(decided, 'verdict')} changed"),
            (others, f"{counted(others, 'value')} with other counts or intervals"),
            (new, f"{counted(new, 'value')} appeared"),
            (gone, f"{counted(gone, 'value')} vanished"),
        )
        return "; ".join(text for n, text in said if n) or "no value changed"


def difference(
    before: tuple[Record, Iterable[Sample] | None],
    after: tuple[Record, Iterable[Sample] | None],
    names: Names,
) -> Difference:
    """Return what changed from one record to another; samples are None where they are not known.

    Samples are taken one by one; what is kept of each is a few hundred bytes.
    """
    old, new = names.record(before[0]), after[0]
    cases: tuple[CaseChanges, ...] | None = None
    moved: MovedCases = {}
    if before[1] is not None and after[1] is not None:
        answers = read_answers(map(names.sample, before[1])), read_answers(after[1])
        cases = case_changes(*answers, new)
        moved = moved_cases(*answers)
    return Difference(
        before=old,
        after=new,
        settings=setting_changes(old, new),
        values=value_changes(old, new),
        outcomes=outcome_changes(old, new),
        failures=failure_changes(old, new),
        cases=cases,
        moved=moved,
        names=names.new,
    )
