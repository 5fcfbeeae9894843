"""What got worse and why, as Markdown: tests, labels, patterns, earlier runs, the regressions."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.failures import FailureRow
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.record import Record, Sample, TestRow
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.failure_log import KINDS, Logged, logged
from pytest_ftevals.reports.failures import by_count, expected_text, reply_text, sampled_tasks
from pytest_ftevals.reports.headline import RED
from pytest_ftevals.reports.markdown.layout import Part
from pytest_ftevals.reports.markdown.text import (
    FOLD_END,
    cell,
    code,
    folded,
    in_summary,
    table_head,
    table_row,
)
from pytest_ftevals.reports.verdicts import Verdicts

RANK_TESTS, RANK_LABELS, RANK_REGRESSIONS, RANK_PATTERNS, RANK_LOG = 3, 3, 4, 5, 7
_MOST_TESTS = 20
_MOST_REGRESSIONS = 50
_NAMED = 3
_REPLY = 300
_MESSAGE = 200
_KNOWN = frozenset(label.value for label in Label)
"""Labels of a task's own rules may be any text."""

_Key = tuple[str, str, int]
"""Case, variant and sample."""


def red_parts(record: Record) -> list[Part]:
    """Return the tests that are red, those that judge thresholds first."""
    verdicts = Verdicts.of(record)
    red = [test for test in record.tests if test.outcome in RED]
    red.sort(key=lambda test: (not test.states_threshold, RED.index(test.outcome)))
    if not red:
        return []
    items = [_test(test, verdicts) for test in red[:_MOST_TESTS]]
    head = "### Tests that did not pass\n\n"
    part = Part(rank=RANK_TESTS, head=head, items=items, tail="\n", noun="test", total=len(red))
    return [part]


def _test(test: TestRow, verdicts: Verdicts) -> str:
    word = verdicts.of_test(test)
    why = f": {code(test.message, _MESSAGE)}" if test.message else ""
    return f"- {'did not run' if word == 'not run' else word} {code(test.nodeid)}{why}\n"


def label_parts(record: Record) -> list[Part]:
    """Return the failures of every candidate and task, counted by their primary label."""
    rows = [
        row
        for row in record.failures
        if row.failed or row.flaws or (row.failed is None and row.worst)
    ]
    if not rows:
        return []
    columns = ("task", "candidate", ">failed", ">of", ">base was right", "labels", "worst cases")
    items = [
        table_row(
            [
                cell(row.task),
                cell(row.candidate),
                numbers.count(row.failed),
                numbers.count(row.n),
                numbers.count(row.regressions),
                " · ".join([*_counts(row.labels, ""), *_counts(row.flaws, " (passed)")]),
                _some(map(cell, row.worst)),
            ]
        )
        for row in rows
    ]
    head = "### Failures by label\n\n" + table_head(*columns)
    return [Part(rank=RANK_LABELS, head=head, items=items, tail="\n", noun="label row")]


def _counts(labels: Mapping[str, int], suffix: str) -> list[str]:
    return [
        f"{name if name in _KNOWN else cell(name)} {numbers.count(number)}{suffix}"
        for name, number in by_count(labels)
    ]


def pattern_parts(record: Record) -> list[Part]:
    """Return the features that failures and regressions have more often than chance explains."""
    items = [
        table_row(
            [
                cell(row.task),
                cell(row.candidate),
                row.among
                if row.cluster is None
                else f"{row.among}, one case of each {cell(row.cluster)}",
                cell(found.feature),
                f"{numbers.count(found.failed)} of {numbers.count(found.n)}",
                numbers.own(found.lift, 1),
                numbers.p_value(found.p_adjusted),
            ]
        )
        for row in record.patterns
        for found in row.found
    ]
    if not items:
        return []
    columns = ("task", "candidate", "among", "feature", ">failed", ">lift", ">p adjusted")
    head = "### Patterns\n\n" + table_head(*columns)
    return [Part(rank=RANK_PATTERNS, head=head, items=items, tail="\n", noun="pattern")]


def log_parts(record: Record) -> list[Part]:
    """Return what fails again, is new and was mended against earlier runs, folded."""
    items = [
        table_row(
            [
                cell(row.task),
                cell(row.candidate),
                numbers.count(row.runs),
                *(_logged(found) for found in logged(row)),
            ]
        )
        for row in record.failure_log
    ]
    if not items:
        return []
    columns = ("task", "candidate", ">earlier runs", *KINDS)
    head = folded("Against earlier runs") + table_head(*columns)
    return [Part(rank=RANK_LOG, head=head, items=items, tail=FOLD_END, noun="history row")]


def _logged(found: Logged) -> str:
    cases = [cell(case) + (f" ({often})" if often else "") for case, often in found.cases]
    return f"{numbers.count(len(cases))}{': ' if cases else ''}{_some(cases)}"


def _some(cases: Iterable[str]) -> str:
    """Return the first cases, which are Markdown already, and whether there are more."""
    first = [*islice(cases, _NAMED + 1)]
    return ", ".join([*first[:_NAMED], *(["…"] if len(first) > _NAMED else [])])


class _Pair(NamedTuple):
    """A regression: what the candidate answered wrong, and the base right."""

    candidate: Sample
    base: Sample


def regression_parts(record: Record, samples: Sequence[Sample]) -> list[Part]:
    """Return the regressions of each candidate on each task, folded, the worst first."""
    wanted = {row.task for row in record.failures if row.regressions}
    known: dict[str, dict[_Key, Sample]] = {}
    for one in samples:
        if one.task in wanted:
            known.setdefault(one.task, {})[one.case, one.variant, one.sample] = one
    sampled = sampled_tasks(record)
    parts: list[Part] = []
    for row in record.failures:
        found = _regressions(row, known.get(row.task, {}))
        if found:
            count = numbers.counted(row.regressions or len(found), "regression")
            names = f"{in_summary(row.candidate)} on {in_summary(row.task)}"
            items = [
                _regression(pair, several=row.task in sampled) for pair in found[:_MOST_REGRESSIONS]
            ]
            part = Part(
                rank=RANK_REGRESSIONS,
                head=folded(f"{count} of {names}, which the base got right"),
                items=items,
                tail=FOLD_END,
                noun="regression",
                total=max(row.regressions or 0, len(items)),
            )
            parts.append(part)
    return parts


def _regressions(row: FailureRow, known: Mapping[_Key, Sample]) -> list[_Pair]:
    """Return a candidate's regressions on a task, those among its worst cases first."""
    worst = {case: place for place, case in enumerate(row.worst)}
    found = [
        _Pair(sample, base)
        for (case, variant, number), sample in known.items()
        if variant == row.candidate
        and sample.passed is False
        and (base := known.get((case, BASE, number))) is not None
        and base.passed
    ]
    return sorted(found, key=lambda pair: worst.get(pair.candidate.case, len(worst)))


def _regression(pair: _Pair, *, several: bool) -> str:
    sample, base = pair
    labels = ", ".join(one if one in _KNOWN else code(one) for one in sample.labels)
    number = f" sample {sample.sample}" if several else ""
    lines = [f"- {code(sample.case)}{number}{f': {labels}' if labels else ''}"]
    texts = {
        "asked": _asked(sample.prompt),
        "expected": expected_text(sample),
        "base": reply_text(base),
        "candidate": reply_text(sample),
    }
    lines += [f"  - {title}: {code(text, _REPLY)}" for title, text in texts.items() if text]
    return "\n".join(lines) + "\n"


def _asked(prompt: JSON) -> str:
    """Return the last message of a prompt, or its end: what comes before is the same for many."""
    if isinstance(prompt, list):
        contents = [one.get("content") for one in prompt if isinstance(one, dict)]
        return str(next((one for one in reversed(contents) if one), ""))
    text = str(prompt or "")
    return text if len(text) <= _REPLY else f"…{text[1 - _REPLY :]}"
