"""Which candidate of one record is compared with which of the other."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import ComparisonRow, Record, Sample
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.core.variant import BASE

OPTION = "--candidate"


@dataclass(frozen=True, slots=True)
class Names:
    """The names that candidates of the first report have in the second, where they differ."""

    new: Mapping[str, str]

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
        return cls(made)

    def record(self, before: Record) -> Record:
        """Return the first report with the names of the second."""
        if not self.new:
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
            tests=tuple(replace(one, nodeid=self._nodeid(one.nodeid)) for one in before.tests),
        )

    def sample(self, before: Sample) -> Sample:
        """Return a sample of the first report with the names of the second."""
        if before.variant not in self.new:
            return before
        return replace(before, variant=self.new[before.variant])

    def _of(self, name: str) -> str:
        return self.new.get(name, name)

    def _row(self, row: ComparisonRow) -> ComparisonRow:
        stated = (replace(one, test=self._nodeid(one.test)) for one in row.thresholds)
        return replace(
            row,
            candidate=self._of(row.candidate),
            reference=self._of(row.reference),
            thresholds=tuple(stated),
        )

    def _nodeid(self, nodeid: str) -> str:
        """Return a node id with the names in its brackets exchanged."""
        head, bracket, parameters = nodeid.partition("[")
        for old, new in self.new.items():
            found = rf"(?<![\w.+]){re.escape(old)}(?![\w.+])"
            parameters, count = re.subn(found, lambda _, new=new: new, parameters)  # type: ignore[misc]
            if count:
                break
        return head + bracket + parameters


def _candidates(record: Record) -> list[str]:
    """Return candidates and groups, as comparisons and variants know them."""
    names = [one.name for one in record.variants if one.name != BASE]
    groups = [one.group for one in record.variants if one.group is not None]
    compared = [row.candidate for row in record.comparisons]
    return list(dict.fromkeys([*names, *groups, *compared]))
