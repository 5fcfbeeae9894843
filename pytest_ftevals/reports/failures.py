"""The failures of each candidate on each task: counted by label, the worst ones shown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.failures import FailureRow
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.clean import display_width, padded
from pytest_ftevals.reports.page import Line, Page, most_named

_ROOMY = 120
_LEAST_TEXT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scores:
    """How the scores of a task's first metric are called and written."""

    metric: str
    rate: bool
    """Whether they are rates, shown as percent."""
    texts: bool
    """Whether there are answers to show besides."""

    def text(self, own: Sample, base: Sample | None) -> str:
        """Return a sample's score and the base's: ``12.0 (base 31.5)``."""
        value = own.scores.get(self.metric)
        before = None if base is None else base.scores.get(self.metric)
        decimals = numbers.decimals_for(value, before)
        shown = [
            numbers.rate(one) if self.rate else numbers.own(one, decimals)
            for one in (value, before)
        ]
        return shown[0] if before is None else f"{shown[0]} (base {shown[1]})"


_Samples = Mapping[tuple[str, str, str], Sequence[Sample]]
"""By task, case and variant."""


def failure_lines(
    record: Record, page: Page, *, samples: Sequence[Sample], verbose: int
) -> list[Line]:
    """Return a summary per task and candidate with failures, and a line per worst case.

    3 worst cases are shown, 10 at `verbose` 1, 50 from 2 on; without their
    samples by id only. Of a case with several samples the first that failed is shown. Where nothing
    tells failing from passing the worst scores stand in one line, and their answers below it from
    `verbose` 1 on.
    """
    found: dict[tuple[str, str, str], list[Sample]] = {}
    for one in samples:
        found.setdefault((one.task, one.case, one.variant), []).append(one)
    sampled = sampled_tasks(record)
    lines: list[Line] = []
    for row in record.failures:
        if row.failed:
            several = row.task in sampled
            summary = _summary(row, page, "failed sample" if several else "failure")
            lines += page.lines(page.joined(*summary, indent=2), "bad")
            lines += _worst(row, found, page, verbose, several=several)
        elif row.failed is None:
            lines += _graded(row, _scores_of(record, row), found, page, verbose)
        if row.flaws:
            lines += page.lines(page.joined(*_flaws(row, page), indent=2), "warn")
    return lines


def sampled_tasks(record: Record) -> frozenset[str]:
    """Return the tasks that ask a case several times."""
    return frozenset(task.name for task in record.tasks if task.samples > 1)


def by_count(labels: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return labels with their counts, the most frequent first."""
    return sorted(labels.items(), key=lambda item: (-item[1], item[0]))


def _flaws(row: FailureRow, page: Page) -> tuple[str, list[str]]:
    """Return what is wrong with answers that passed, counted by label."""
    head = f"flaws of {page.clean(row.candidate)} on {page.clean(row.task)}, where it passed: "
    return head, _counts(row.flaws, page)


def _scores_of(record: Record, row: FailureRow) -> _Scores:
    """Return how a task's first metric is called and written."""
    task = next((one for one in record.tasks if one.name == row.task), None)
    name = task.metrics[0] if task is not None and task.metrics else ""
    units = {one.unit for one in record.comparisons if (one.task, one.metric) == (row.task, name)}
    texts = task is not None and task.kind != "perplexity"
    return _Scores(metric=name, rate=units == {"points"}, texts=texts)


def _graded(
    row: FailureRow, scores: _Scores, found: _Samples, page: Page, verbose: int
) -> list[Line]:
    """Return the cases of the worst scores, which neither passed nor failed."""
    most = most_named(verbose)
    known: dict[str, Sample] = {}
    parts = []
    for case in row.worst[:most]:
        answers = found.get((row.task, case, row.candidate), ())
        own = next((one for one in answers if one.scores.get(scores.metric) is not None), None)
        text = page.excerpt(case, page.width // 4)
        if own is not None:
            before = found.get((row.task, case, BASE), ())
            base = next((one for one in before if one.sample == own.sample), None)
            told = scores.text(own, base)
            text += f" {told}"
            known[case] = replace(own, labels=(f"{scores.metric} {told}",))
        parts.append(text)
    if not parts:
        return []
    by = f" by {page.clean(scores.metric)}" if scores.metric else ""
    head = f"worst of {page.clean(row.candidate)} on {page.clean(row.task)}{by}: "
    if not (verbose and scores.texts and known):
        return page.lines(page.joined(head, parts, indent=2))
    shown = {(row.task, case, row.candidate): [one] for case, one in known.items()}
    return [*page.lines([head]), *_worst(row, {**found, **shown}, page, verbose)]


def _summary(row: FailureRow, page: Page, what: str) -> tuple[str, list[str]]:
    of = f"of {page.clean(row.candidate)} on {page.clean(row.task)}: "
    parts = _counts(row.labels, page)
    unlabelled = (row.failed or 0) - sum(row.labels.values())
    if unlabelled > 0:
        parts.append(f"no label {numbers.count(unlabelled)}")
    if row.regressions is not None:
        parts.append(f"(regression from base {numbers.count(row.regressions)})")
    return f"{numbers.counted(row.failed or 0, what)} {of}", parts


def _counts(labels: Mapping[str, int], page: Page) -> list[str]:
    return [f"{page.clean(label)} {numbers.count(number)}" for label, number in by_count(labels)]


def _worst(
    row: FailureRow, found: _Samples, page: Page, verbose: int, *, several: bool = False
) -> list[Line]:
    most = most_named(verbose)
    ids = row.worst[:most]
    known = [_failed(found.get((row.task, case, row.candidate), ())) for case in ids]
    names = [
        page.excerpt(case, page.width // 4) + (f" #{one.sample}" if one and several else "")
        for case, one in zip(ids, known, strict=True)
    ]
    column = max(map(display_width, names), default=0)
    texts: list[str] = []
    unknown: list[str] = []
    for name, case, sample in zip(names, ids, known, strict=True):
        if sample is None:
            unknown.append(page.clean(case))
            continue
        answers = found.get((row.task, case, BASE), ())
        base = next((one for one in answers if one.sample == sample.sample), None)
        head = f"  {name}{' ' * (column - display_width(name))}  "
        line = head + _case(sample, base, page, page.width - display_width(head))
        whole = page.width >= _ROOMY or line == head + _case(sample, base, page, 4 * page.width)
        texts += [line] if whole else _block(name, sample, base, page)
    if unknown:
        texts += page.wrapped(f"  worst cases: {', '.join(unknown)}", indent=4)
    return page.lines(texts)


def _failed(answers: Sequence[Sample]) -> Sample | None:
    """Return a case's first failed sample, else its first one; None without any."""
    return next((one for one in answers if one.passed is False), next(iter(answers), None))


def _block(name: str, sample: Sample, base: Sample | None, page: Page) -> list[str]:
    """Return a case that one narrow line would cut to pieces: a line for each of its texts."""
    labels = ", ".join(map(page.clean, sample.labels))
    parts = _parts(sample, base)
    titles = [page.excerpt(title, page.width // 4) for title, _ in parts]
    column = max(map(display_width, titles))
    room = max(0, page.width - column - 6)
    return [
        f"  {name}  {labels}".rstrip(),
        *(
            f"    {padded(title, column)}  {page.excerpt(text, room)}"
            for title, (_, text) in zip(titles, parts, strict=True)
        ),
    ]


def _parts(sample: Sample, base: Sample | None) -> list[tuple[str, str]]:
    """Return (title, text) of what was expected and what base and candidate answered."""
    parts = [("expected", expected_text(sample)), (sample.variant, reply_text(sample))]
    if base is not None:
        parts.insert(1, ("base", reply_text(base)))
    return parts


def _case(sample: Sample, base: Sample | None, page: Page, width: int) -> str:
    head = ""
    if sample.labels:
        more = f" +{len(sample.labels) - 1}" if len(sample.labels) > 1 else ""
        short = page.clean(sample.labels[0]) + more
        head = ", ".join(map(page.clean, sample.labels)) if page.width >= _ROOMY else short
    parts = [(f"{page.clean(title)} ", text) for title, text in _parts(sample, base)]
    while True:
        fixed = display_width(head) + sum(display_width(name) + 2 for name, _ in parts)
        room = width - fixed
        if room >= _LEAST_TEXT * len(parts) or not head:
            break
        head = page.shorten(head, max(display_width(head) // 2, 0)) if room < 0 else ""
    shown = _shared([text for _, text in parts], max(room, 0), page)
    named = [name + text for (name, _), text in zip(parts, shown, strict=True)]
    return "  ".join(filter(None, [head, *named]))


def _shared(texts: Sequence[str], room: int, page: Page) -> list[str]:
    """Return the texts in `room` columns together: what short ones leave goes to long ones."""
    shown = [page.excerpt(text, room) for text in texts]
    share = room // len(texts)
    short = sum(display_width(text) for text in shown if display_width(text) <= share)
    long = sum(1 for text in shown if display_width(text) > share)
    limit = (room - short) // long if long else room
    return [text if display_width(text) <= share else page.shorten(text, limit) for text in shown]


def expected_text(sample: Sample) -> str:
    """Return what was expected: one answer, or several that are right."""
    several = sample.expected
    if not isinstance(several, list) or not several:
        return _right(sample, several)
    return " or ".join(_right(sample, one) for one in several)


def _right(sample: Sample, expected: JSON) -> str:
    if sample.choices and isinstance(expected, int) and 0 <= expected < len(sample.choices):
        return _quoted(_option(sample, expected))
    return _quoted(expected)


def reply_text(sample: Sample) -> str:
    """Return what was answered: a reply in quotes, the chosen option, or the error."""
    if sample.error is not None:
        return f"error: {sample.error}"
    if sample.choice is not None and sample.choices and 0 <= sample.choice < len(sample.choices):
        return _quoted(_option(sample, sample.choice))
    return _quoted(sample.response)


def _option(sample: Sample, index: int) -> str:
    # Both sides by the continuation that was scored: `response` may be the option's long text.
    # Where all options have one ending, what stands before it tells them apart.
    choice = (sample.choices or ())[index]
    return f"{choice.get('given', '')}{choice.get('text', '')}".strip()


def _quoted(value: JSON) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
