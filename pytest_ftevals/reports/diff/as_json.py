"""A difference as JSON: every change, cases by their ids."""

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import ComparisonRow
from pytest_ftevals.reports.diff.cases import Answer, CaseChanges
from pytest_ftevals.reports.diff.difference import Difference
from pytest_ftevals.reports.diff.values import ValueChange
from pytest_ftevals.reports.json_text import plain

DIFF_VERSION = 1
_NUMBERS = ("n", "base", "value", "delta", "interval", "level", "unit", "wins", "losses", "ties")


def difference_json(found: Difference) -> dict[str, JSON]:
    """Return a difference as JSON values; ``docs/diff.md`` describes them."""
    return {
        "version": DIFF_VERSION,
        "statement": found.statement,
        "different": not found.is_none,
        "candidates": plain(found.names),
        "settings": plain(found.settings),
        "values": [_value(one, found) for one in found.values],
        "tests": plain(found.outcomes),
        "failures": plain(found.failures),
        "cases": None if found.cases is None else [_cases(one) for one in found.cases],
    }


def _value(one: ValueChange, found: Difference) -> JSON:
    row = one.row
    moved = found.moved.get((row.task, row.metric, row.slice, row.candidate))
    return {
        "task": row.task,
        "metric": row.metric,
        "slice": row.slice,
        "candidate": row.candidate,
        "reference": row.reference,
        "before": _row(one.before, one.verdicts_before),
        "after": _row(one.after, one.verdicts_after),
        "cases": None if moved is None else {"higher": moved.higher, "lower": moved.lower},
    }


def _row(row: ComparisonRow | None, verdicts: tuple[str, ...]) -> JSON:
    if row is None:
        return None
    return {**{name: plain(getattr(row, name)) for name in _NUMBERS}, "verdicts": [*verdicts]}


def _cases(one: CaseChanges) -> JSON:
    return {
        "task": one.task,
        "variant": one.variant,
        "paired": one.paired,
        "only_before": one.only_before,
        "only_after": one.only_after,
        "asked_otherwise": one.asked_otherwise,
        "changes": [
            {
                "case": change.case,
                "kind": change.kind,
                "asked_alike": change.asked_alike,
                "before": _answer(change.before),
                "after": _answer(change.after),
            }
            for change in one.changes
        ],
    }


def _answer(one: Answer) -> JSON:
    return {
        "samples": one.n,
        "passed": one.passed,
        "scores": {name: plain(one.score(name)) for name in one.scores},
        "labels": [*one.labels],
        "reply": one.reply,
    }
