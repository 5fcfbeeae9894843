"""Which candidate of one record is compared with which of the other."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.failures import FailureLogRow, FailureRow, PatternRow
from pytest_ftevals.core.record import ComparisonRow, Record, Sample
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports.node_ids import named_in, renamed, without

OPTION = "--candidate"
_Row = TypeVar("_Row", FailureRow, PatternRow, FailureLogRow)


@dataclass(frozen=True, slots=True)
class Names:
    """What candidates and tests of the first report are called in the second."""

    new: Mapping[str, str]
    """Candidates of other names."""
    ids: Mapping[str, str] = field(default_factory=dict)
    """Tests of other node ids: those of the only candidate have no name in them."""

    @classmethod
    def of(cls, pairs: Mapping[str, str], before: Record, after: Record) -> "Names":
        """Return the names for two records; a group's seeds follow the group.

        Raises FtevalsError for a candidate that its record does not have, and where two of the
        first report's would have one name.
        """
        known = _candidates(before), _candidates(after)
        for (old, new), where in ((pair, "=".join(pair)) for pair in pairs.items()):
            for name, names, which in ((old, known[0], "first"), (new, known[1], "second")):
                if name not in names:
                    raise FtevalsError(
                        f"the {which} report has no candidate {name!r}; "
                        f"it has: {', '.join(names) or 'none'}",
                        where=f"{OPTION} {where}",
                        fix=did_you_mean(name, names) + "Write FIRST=SECOND, as in the reports.",
                    )
        made = {
            **pairs,
            **{
                one.name: new + one.name.removeprefix(old)
                for old, new in pairs.items()
                for one in before.variants
                if one.group == old
            },
        }
        called = [made.get(one, one) for one in known[0]]
        for name in called:
            if called.count(name) > 1:
                raise FtevalsError(
                    f"two candidates of the first report would be compared with {name!r}",
                    where=OPTION,
                    fix=f"Say what {name!r} of the first report is in the second, too.",
                )
        return cls(made, _paired(before, after, made))

    def record(self, before: Record) -> Record:
        """Return the first report with the names of the second."""
        if not (self.new or self.ids):
            return before
        return replace(
            before,
            variants=tuple(
                replace(
                    one,
                    name=self._of(one.name),
                    group=None if one.group is None else self._of(one.group),
                )
                for one in before.variants
            ),
            comparisons=tuple(map(self._row, before.comparisons)),
            failures=tuple(map(self._of_candidate, before.failures)),
            patterns=tuple(map(self._of_candidate, before.patterns)),
            failure_log=tuple(map(self._of_candidate, before.failure_log)),
            tests=tuple(replace(one, nodeid=self._nodeid(one.nodeid)) for one in before.tests),
        )

    def sample(self, before: Sample) -> Sample:
        """Return a sample of the first report with the names of the second."""
        if before.variant not in self.new:
            return before
        return replace(before, variant=self.new[before.variant])

    def _of(self, name: str) -> str:
        return self.new.get(name, name)

    def _of_candidate(self, row: _Row) -> _Row:
        return replace(row, candidate=self._of(row.candidate))

    def _row(self, row: ComparisonRow) -> ComparisonRow:
        stated = (replace(one, test=self._nodeid(one.test)) for one in row.thresholds)
        return replace(
            row,
            candidate=self._of(row.candidate),
            reference=self._of(row.reference),
            thresholds=tuple(stated),
        )

    def _nodeid(self, nodeid: str) -> str:
        """Return a node id as the second report has it."""
        if nodeid in self.ids:
            return self.ids[nodeid]
        old = named_in(nodeid, self.new)
        return nodeid if old is None else renamed(nodeid, old, self.new[old])


def _paired(before: Record, after: Record, new: Mapping[str, str]) -> dict[str, str]:
    """Return the node ids of tests that one run's number of candidates alone calls otherwise.

    Of several candidates a test's id has the name, of a single one it has not.
    """
    old, now = ({test.nodeid for test in one.tests} for one in (before, after))
    firsts = {one: _key(one, _tested(before), new) for one in old}
    seconds = {one: _key(one, _tested(after), {}) for one in now}
    counts = [Counter(side.values()) for side in (firsts, seconds)]
    by_key = {key: one for one, key in seconds.items()}
    return {
        one: by_key[key]
        for one, key in firsts.items()
        if one not in now
        and by_key.get(key, one) not in old
        and all(count[key] == 1 for count in counts)
    }


def _tested(record: Record) -> list[str]:
    """Return what tests run for: candidates, and groups in place of their seeds."""
    named = (one.group or one.name for one in record.variants if one.name != BASE)
    return list(dict.fromkeys(named))


def _key(nodeid: str, names: Sequence[str], new: Mapping[str, str]) -> tuple[str, str | None]:
    """Return a node id without its candidate, and whose test it is; None where that is open."""
    name = named_in(nodeid, names)
    if name is None:
        name = names[0] if len(names) == 1 else None
        return nodeid, None if name is None else new.get(name, name)
    return without(nodeid, name), new.get(name, name)


def _candidates(record: Record) -> list[str]:
    """Return candidates and groups, as comparisons and variants know them."""
    names = [one.name for one in record.variants if one.name != BASE]
    groups = [one.group for one in record.variants if one.group is not None]
    compared = [row.candidate for row in record.comparisons]
    return list(dict.fromkeys([*names, *groups, *compared]))
