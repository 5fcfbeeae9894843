"""The end of a report: whatever a reader must know before believing the table."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.comparison import ROBUSTNESS
from pytest_ftevals.core.record import ComparisonRow, Record, TestRow
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.page import Line, Page
from pytest_ftevals.reports.references import place_of, subject_of
from pytest_ftevals.reports.verdicts import FAILED, FAILED_ELSEWHERE, STATES_NONE, Verdicts

_NAMED = 10
BRITTLE = 0.9
"""Share of its plain score that a robust candidate keeps on varied cases."""
FEW = 50
"""Cases under which an estimate tells little."""


def note_lines(record: Record, page: Page, *, verbose: int) -> list[Line]:
    """Return the warnings, then how thresholds were decided, and last what answering took.

    Lists are cut after 10 names unless `verbose` is 1 or more.
    """
    most = None if verbose else _NAMED
    warnings = [
        *_excluded(record.comparisons, page, most),
        *_of_thresholds(record.comparisons, page),
        *_brittle(record.comparisons, page),
        *_family(record),
        *_few_cases(record.comparisons, page, most),
        *_tests(record, page, most),
        *_separate(record, page),
        *_free(record.run, page),
    ]
    facts = [
        *_sampled(record, page),
        *_decided_early(record.comparisons, page),
        *(_legend(record) if verbose else ()),
        *_holm(record.comparisons, page),
        *(_power(record.comparisons, page) if verbose else ()),
        *(_self_check(record.run) if verbose else ()),
        *_answers(record.run, page),
    ]
    lines: list[Line] = []
    for warning in warnings:
        lines += page.lines(page.wrapped(warning), "warn")
    for fact in facts:
        lines += page.lines(page.wrapped(fact))
    return lines


def left_out(
    rows: Sequence[ComparisonRow],
) -> dict[tuple[str, str, tuple[str, ...], str], list[str]]:
    """Return the metrics that leave out the same cases of a task: (task, candidate, ids, why)."""
    whole = {(row.task, row.candidate, row.metric) for row in rows if row.slice is None}
    groups: dict[tuple[str, str, tuple[str, ...], str], list[str]] = {}
    for row in rows:
        # A slice's cases are among the whole task's, where that has a row.
        if row.excluded and not (row.slice and (row.task, row.candidate, row.metric) in whole):
            name = row.metric if row.slice is None else f"{row.metric} {row.slice}"
            key = (row.task, row.candidate, row.excluded, row.excluded_because)
            groups.setdefault(key, []).append(name)
    return groups


def _excluded(rows: Sequence[ComparisonRow], page: Page, most: int | None) -> Iterable[str]:
    """Name cases left out."""
    for (task, candidate, cases, why), metrics in left_out(rows).items():
        what = f"{page.clean(task)} {_named(metrics, page, None)} ({page.clean(candidate)})"
        number = numbers.counted(len(cases), "case")
        named = _named(cases, page, most)
        reason = f" ({page.clean(why)})" if why else ""
        yield f"excluded from {what}: {number} not scored on both sides: {named}{reason}"


def _of_thresholds(rows: Sequence[ComparisonRow], page: Page) -> Iterable[str]:
    """Say what a reader must know of single thresholds, each once."""
    lines = [
        f"{page.clean(threshold.text)} ({_what(row, page)}): {page.clean(note)}"
        for row in rows
        for threshold in row.thresholds
        for note in threshold.notes
    ]
    return dict.fromkeys(lines)


def _family(record: Record) -> Iterable[str]:
    """Say that more thresholds than were counted shared the error of refuting.

    They are counted in the tests' source before any is stated: helpers and loops hide some.
    """
    shared = record.run.get("family")
    stated = sum(
        one.decide == "refuted" or row.total is not None
        for row in record.comparisons
        for one in dict.fromkeys(row.thresholds)
    )
    if isinstance(shared, int) and stated > shared:
        yield (
            f"{numbers.count(stated)} thresholds were stated, but the error of refuting was shared "
            f"by {numbers.count(shared)}: give --ftevals-family {stated}"
        )


def _brittle(rows: Sequence[ComparisonRow], page: Page) -> Iterable[str]:
    """Name the candidates that noise costs more than a tenth of their score."""
    for row in rows:
        if row.metric == ROBUSTNESS and row.value < BRITTLE:
            on = "varied cases" if row.slice is None else page.clean(row.slice.partition("=")[2])
            # A base without a right answer has none to keep.
            base = "" if math.isnan(row.base) else f" (the base {row.base:.2f})"
            yield (
                f"brittle: {page.clean(row.candidate)} keeps {row.value:.2f} of its score on "
                f"{page.clean(row.task)} under {on}{base}"
            )


def _few_cases(rows: Sequence[ComparisonRow], page: Page, most: int | None) -> Iterable[str]:
    few = {
        f"{_place(row, page)} ({numbers.count(row.total or row.n)})": None
        for row in rows
        if row.thresholds and (row.total or row.n) < FEW
    }
    if few:
        yield f"under {FEW} cases, which tell little: {_named(list(few), page, most)}"


def _holm(rows: Sequence[ComparisonRow], page: Page) -> Iterable[str]:
    """Say how sure the misses are among so many thresholds."""
    # What several tests demand alike was adjusted for once, and an early stop has no p-value.
    known = {
        (replace(row, thresholds=()), replace(one, test=""))
        for row in rows
        for one in row.thresholds
        if one.p_holm is not None
    }
    lines = [
        f"{page.clean(one.text)} ({_what(row, page)}): p {numbers.p_value(one.p)}, "
        f"{numbers.p_value(one.p_holm)} among {numbers.count(len(known))} thresholds (Holm)"
        for row in rows
        for one in row.thresholds
        if not one.holds and one.p_holm is not None
    ]
    return dict.fromkeys(lines) if len(known) > 1 else ()


def _power(rows: Sequence[ComparisonRow], page: Page) -> Iterable[str]:
    """Say what drops the numbers of cases would have shown."""
    shown = [
        f"{_place(row, page)} {numbers.points(row.detectable).lstrip('+')}"
        for row in rows
        if row.slice is None and row.unit == "points" and row.detectable is not None
    ]
    if shown:
        yield (
            "smallest drop, in points, that so many cases show in 4 of 5 runs: "
            + f"{page.dot}".join(dict.fromkeys(shown))
        )


def _place(row: ComparisonRow, page: Page) -> str:
    return page.clean(place_of(row))


def _what(row: ComparisonRow, page: Page) -> str:
    return page.clean(subject_of(row))


def _decided_early(rows: Sequence[ComparisonRow], page: Page) -> Iterable[str]:
    for row in rows:
        for threshold in dict.fromkeys(row.thresholds):
            whole = row.total or row.n
            if threshold.n_used != whole:
                used = f"{numbers.count(threshold.n_used)} of {numbers.count(whole)}"
                yield f"decided at {used} cases: {page.clean(threshold.text)} ({_what(row, page)})"


def _sampled(record: Record, page: Page) -> Iterable[str]:
    for task in record.tasks:
        if task.samples > 1:
            times = numbers.count(task.samples)
            yield f"{page.clean(task.name)}: {times} samples a case, whose mean is the case's score"


def _legend(record: Record) -> Iterable[str]:
    if any(row.thresholds for row in record.comparisons):
        confidence = record.run.get("confidence")
        level = numbers.level(confidence) if isinstance(confidence, float) else "confidence"
        yield (
            f"proven: the one-sided {level} bound meets the threshold too; refuted: the bound on "
            "the other side misses it too; not proven: only the estimate speaks"
        )


def _tests(record: Record, page: Page, most: int | None) -> Iterable[str]:
    verdicts = Verdicts.of(record)
    words: dict[str, list[TestRow]] = {}
    for test in record.tests:
        words.setdefault(verdicts.of_test(test), []).append(test)
    stated = (stated.test for row in record.comparisons for stated in row.thresholds)
    if unknown := [test for test in dict.fromkeys(stated) if test not in verdicts.outcomes]:
        yield f"no outcome is recorded of: {_named(unknown, page, most)}"
    if silent := words.get(STATES_NONE):
        yield f"{STATES_NONE}: {_named(_functions(silent), page, most)}"
    told = {
        FAILED_ELSEWHERE: "failed elsewhere, every threshold holds",
        FAILED: "failed",
        "error": "error",
        "skipped": "skipped",
        "not run": "did not run",
    }
    for word, title in told.items():
        tests = words.get(word, [])
        if word == "skipped":
            yield from _skipped(tests, page)
            continue
        for test in tests[:most]:
            yield f"{title}: {page.clean(': '.join(filter(None, [test.nodeid, test.message])))}"
        if len(tests[:most]) < len(tests):
            yield f"{title}: {numbers.count(len(tests) - len(tests[:most]))} more tests"


def _skipped(tests: Sequence[TestRow], page: Page) -> Iterable[str]:
    """Name what was skipped and why, each reason once."""
    reasons: dict[str, list[TestRow]] = {}
    for test in tests:
        reasons.setdefault(test.message, []).append(test)
    for why, same in reasons.items():
        named = _named(_functions(same), page, _NAMED)
        yield f"skipped: {named}" + (f": {page.clean(why)}" if why else "")


def _functions(tests: Sequence[TestRow]) -> list[str]:
    """Return node ids, those that differ only in their parameters as one with a count."""
    groups: dict[str, list[str]] = {}
    for test in tests:
        groups.setdefault(test.nodeid.partition("[")[0], []).append(test.nodeid)
    return [
        nodeids[0] if len(nodeids) == 1 else f"{function} ({numbers.count(len(nodeids))} tests)"
        for function, nodeids in groups.items()
    ]


def _separate(record: Record, page: Page) -> Iterable[str]:
    for variant in record.variants:
        if variant.kind == "adapter" and variant.shares_base is False:
            name = page.clean(variant.name)
            yield f"{name} did not run on the base's own weights: a separate base was loaded for it"


def _free(run: Mapping[str, JSON], page: Page) -> Iterable[str]:
    notes = run.get("notes")
    return [page.clean(str(note)) for note in notes] if isinstance(notes, list) else []


def _answers(run: Mapping[str, JSON], page: Page) -> Iterable[str]:
    plan = run.get("plan")
    if isinstance(plan, dict):
        unique, stored, computed = (
            _number(plan.get(key)) for key in ("unique", "stored", "computed")
        )
        took = plan.get("seconds")
        time = f" in {numbers.duration(took)}" if isinstance(took, int | float) else ""
        yield f"answers: {unique}{page.dot}{stored} stored, {computed} computed{time}"


def _self_check(run: Mapping[str, JSON]) -> Iterable[str]:
    checked = run.get("self_check")
    if not isinstance(checked, dict) or not isinstance(variants := checked.get("variants"), dict):
        return
    each = [one for one in variants.values() if isinstance(one, dict)]
    cases = sum(number for one in each if isinstance(number := one.get("cases"), int))
    off = [number for one in each if isinstance(number := one.get("largest"), int | float)]
    calls = checked.get("close_calls")
    if off:
        close = numbers.counted(len(calls) if isinstance(calls, list) else 0, "choice")
        yield (
            f"self-check: {numbers.counted(cases, 'answer')} computed again alone, off by at most "
            f"{max(off):.1g} nats; {close} too close for that to tell"
        )


def _number(value: JSON) -> str:
    return numbers.count(value) if isinstance(value, int) else numbers.MISSING


def _named(names: Sequence[str], page: Page, most: int | None) -> str:
    shown = ", ".join(map(page.clean, names[:most]))
    left = len(names) - len(names[:most])
    return f"{shown} and {numbers.count(left)} more" if left else shown
