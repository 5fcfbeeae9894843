"""What two records say of failures: counts by label, patterns, and the log of earlier runs."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record
from pytest_ftevals.reports.diff.settings import SettingChange, differing, flat
from pytest_ftevals.reports.json_text import plain

Part = Literal["failures", "patterns", "failure_log"]
_SAID: Mapping[Part, str] = {
    "failures": "failures",
    "patterns": "patterns among",
    "failure_log": "failure log",
}
_NAMES = frozenset({"task", "candidate", "among", "found"})
_COUNTS = ("labels.", "flaws.")


def failure_changes(before: Record, after: Record) -> tuple[SettingChange, ...]:
    """Return every fact about failures that differs, as ``failures of r8 on mmlu``, ``failed``.

    Candidates and tasks that only one record has are left out: the settings name them. Both records
    call their candidates alike.
    """
    known = _known(before) & _known(after)
    return tuple(
        change
        for part in _SAID
        for change in _of_part(part, _rows(before, part), _rows(after, part), known)
    )


def _known(record: Record) -> set[tuple[str, str]]:
    names = {name for one in record.variants for name in (one.name, one.group) if name is not None}
    return {(task.name, name) for task in record.tasks for name in names}


def _rows(record: Record, part: Part) -> dict[tuple[str, str, str], dict[str, JSON]]:
    """Return the facts of a part's rows by task, candidate and what is looked at."""
    found: dict[tuple[str, str, str], dict[str, JSON]] = {}
    for row in getattr(record, part):
        facts = flat(plain(row), leave=_NAMES)  # type: ignore[arg-type]  # a row is an object
        for one in getattr(row, "found", ()):
            facts[one.feature] = f"{one.failed} of {one.n}"
        found[row.task, row.candidate, getattr(row, "among", "")] = facts
    return found


def _of_part(
    part: Part,
    before: Mapping[tuple[str, str, str], Mapping[str, JSON]],
    after: Mapping[tuple[str, str, str], Mapping[str, JSON]],
    known: set[tuple[str, str]],
) -> Iterator[SettingChange]:
    for key in dict.fromkeys([*after, *before]):
        task, candidate, among = key
        if (task, candidate) not in known:
            continue
        old, new = before.get(key, {}), after.get(key, {})
        said = f"{_SAID[part]} {among}".rstrip()
        for name in dict.fromkeys([*new, *old]):
            # What is not counted is not there; what a row lacks, it does not know.
            missing = 0 if name.startswith(_COUNTS) else None
            yield from differing(
                f"{said} of {candidate} on {task}",
                name.removeprefix(_COUNTS[0]),
                old.get(name, missing),
                new.get(name, missing),
            )
