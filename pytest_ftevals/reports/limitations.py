"""What a reader should hold against a run's results, as far as the record itself shows it."""

from collections.abc import Iterable, Mapping, Sequence

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import ComparisonRow, Outcome, Record
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.english import listed, named, one_or, sentence
from pytest_ftevals.reports.notes import FEW, left_out
from pytest_ftevals.reports.verdicts import Verdicts

_SOME = 200
"""Cases under which only large differences show."""
_EXACT = ("float32", "float64")
_MOST_NOTES = 20
_NO_VERDICT: tuple[tuple[Outcome, str], ...] = (
    ("error", "ended in error"),
    ("not run", "did not run"),
    ("skipped", "was skipped"),
)


def limitations(record: Record) -> tuple[str, ...]:
    """Return known limitations that this record shows, one sentence or two each."""
    rows = record.comparisons
    said = (
        *_few_cases(rows),
        *_clusters(record),
        *_excluded(rows),
        *_unproven(record),
        *_early(rows),
        *_chosen(record.run),
        *_without_verdict(record),
        *_sampling(record),
        *_seeds(record),
        *_separate(record),
        *_rounding(record.run),
        *_self_check(record),
        *_replayed(record.run),
        *_domain(record),
        *_noted(record.run),
    )
    return tuple(dict.fromkeys(said))


def _place(row: ComparisonRow) -> str:
    parts = (row.task, row.metric) if row.slice is None else (row.task, row.slice, row.metric)
    return " ".join(map(named, parts))


def _few_cases(rows: Sequence[ComparisonRow]) -> Iterable[str]:
    few: dict[str, str] = {}
    some: dict[str, str] = {}
    for row in rows:
        cases = row.n if row.total is None else row.total
        if cases < _SOME and (row.slice is None or row.thresholds):
            # Of several candidates the first: their cases are the same.
            told = f"{_place(row)} ({numbers.counted(cases, 'case')}{_shown(row)})"
            (few if cases < FEW else some).setdefault(_place(row), told)
    if few:
        yield f"Under {FEW} cases an estimate tells little: {listed([*few.values()])}."
    if some:
        yield f"Under {_SOME} cases only large differences show: {listed([*some.values()])}."


def _shown(row: ComparisonRow) -> str:
    """Return the smallest drop that a row's cases show, where it is in points."""
    if row.detectable is None or row.unit != "points":
        return ""
    points = numbers.points(row.detectable).lstrip("+")
    return f"; the smallest drop that shows in 4 of 5 runs is {points} points"


def _clusters(record: Record) -> Iterable[str]:
    compared = {row.task for row in record.comparisons}
    others = dict.fromkeys(
        named(task.name) for task in record.tasks if task.cluster is None and task.name in compared
    )
    if others:
        yield (
            f"Intervals take the cases of {listed(list(others))} as independent of each other: "
            "where several come from one document or one author, intervals are too narrow."
        )


def _excluded(rows: Sequence[ComparisonRow]) -> Iterable[str]:
    """Tell of cases left out."""
    for (task, candidate, cases, because), names in left_out(rows).items():
        n, metrics = len(cases), dict.fromkeys(map(named, names))
        why = f": {named(because, 300)}" if because.strip() else ""
        yield sentence(
            f"{numbers.counted(n, 'case')} of {named(task)} {one_or(n, 'is', 'are')} left out of "
            f"{listed(list(metrics))} for {named(candidate)}, not scored on both sides{why}"
        )


def _unproven(record: Record) -> Iterable[str]:
    verdicts = Verdicts.of(record)
    unproven = [
        f"{named(one.threshold.text)} on {_place(row)} ({named(row.candidate)})"
        for row in record.comparisons
        for one in verdicts.on(row)
        if one.text.endswith(", not proven") and one.style != "bad"
    ]
    if unproven:
        yield (
            f"{numbers.counted(len(unproven), 'threshold')} {_holds(len(unproven))} by the "
            f"estimate but {one_or(len(unproven), 'is', 'are')} not proven, so chance may explain "
            f"it: {listed(unproven)}."
        )


def _holds(count: int) -> str:
    return one_or(count, "holds", "hold")


def _early(rows: Sequence[ComparisonRow]) -> Iterable[str]:
    early = [
        f"{_place(row)} ({numbers.count(row.n)} of {numbers.count(row.total)})"
        for row in rows
        if row.total is not None and row.total != row.n
    ]
    if early:
        yield (
            "Asking stopped as soon as thresholds were decided, so values and intervals rest on a "
            f"part of the cases: {listed(list(dict.fromkeys(early)))}."
        )


def _chosen(run: Mapping[str, JSON]) -> Iterable[str]:
    options = run.get("options")
    cases = options.get("cases") if isinstance(options, dict) else None
    if isinstance(cases, list) and cases:
        yield f"Only chosen cases were asked: {listed([named(str(case)) for case in cases])}."


def _without_verdict(record: Record) -> Iterable[str]:
    for outcome, what in _NO_VERDICT:
        tests = [named(test.nodeid) for test in record.tests if test.outcome == outcome]
        if tests:
            were = what.replace("was", one_or(len(tests), "was", "were"))
            yield (
                f"{numbers.counted(len(tests), 'test')} {were}, so there is no verdict of "
                f"{one_or(len(tests), 'it', 'them')}: {listed(tests)}."
            )


def _sampling(record: Record) -> Iterable[str]:
    drawn = [
        named(task.name)
        for task in record.tasks
        if task.samples > 1 or (task.decode or {}).get("temperature")
    ]
    if drawn:
        yield (
            f"Replies to {listed(drawn)} were drawn at random: another seed gives other replies "
            "and other scores."
        )


def _seeds(record: Record) -> Iterable[str]:
    single = [
        named(one.name) for one in record.variants if one.kind != "base" and one.group is None
    ]
    if single:
        yield (
            f"{listed(single)} {one_or(len(single), 'is', 'are')} one training run"
            f"{one_or(len(single), '', ' each')}: how much training again with another seed would "
            "change was not measured."
        )


def _separate(record: Record) -> Iterable[str]:
    names = [
        named(one.name)
        for one in record.variants
        if one.kind == "adapter" and one.shares_base is False
    ]
    if names:
        yield (
            f"{listed(names)} did not run on the base's own weights: a separate base was loaded "
            f"for {one_or(len(names), 'it', 'them')}."
        )


def _rounding(run: Mapping[str, JSON]) -> Iterable[str]:
    numerics = run.get("numerics")
    if not isinstance(numerics, dict):
        return
    dtype = str(numerics.get("dtype") or "")
    below = [named(dtype)] if dtype and dtype not in _EXACT else []
    quantized = ["quantized weights"] if numerics.get("quantization") else []
    if below or quantized:
        yield (
            f"Models ran in {listed([*below, *quantized])}: rounding can change single answers, "
            "also with the batch that a case is asked in."
        )


def _self_check(record: Record) -> Iterable[str]:
    checked = record.run.get("self_check")
    variants = checked.get("variants") if isinstance(checked, dict) else None
    if not isinstance(checked, dict) or not isinstance(variants, dict) or not variants:
        if record.comparisons:
            yield "No answer was computed again alone to check the fast path."
        return
    off = [
        named(str(name))
        for name, one in sorted(variants.items())
        if isinstance(one, dict) and one.get("held") is False
    ]
    if off:
        yield (
            f"Answers of {listed(off)} did not hold when they were computed again alone; they were "
            "asked again the plain way."
        )
    calls = checked.get("close_calls")
    if isinstance(calls, list) and calls:
        yield (
            f"{numbers.counted(len(calls), 'choice')} {one_or(len(calls), 'is', 'are')} too close "
            f"for rounding to tell: {listed([named(str(call)) for call in calls])}."
        )


def _replayed(run: Mapping[str, JSON]) -> Iterable[str]:
    replayed = run.get("replayed")
    if isinstance(replayed, dict):
        started = replayed.get("started")
        of = f" of {named(str(started))}" if started else ""
        yield f"No model was asked: the answers of an earlier run{of} were decided again."


def _domain(record: Record) -> Iterable[str]:
    data = list(dict.fromkeys(named(task.data) for task in record.tasks if task.data.strip()))
    if data:
        yield (
            f"Results hold for cases like those of {listed(data)}; other data, languages and "
            "prompts were not tried, and whether training saw these cases was not checked."
        )
    rows = record.comparisons
    if rows and not any(row.reference == BASE for row in rows):
        yield "No candidate was compared with the base."


def _noted(run: Mapping[str, JSON]) -> Iterable[str]:
    notes = run.get("notes")
    if isinstance(notes, list):
        for note in notes[:_MOST_NOTES]:
            yield sentence(f"Noted in the run: {named(str(note), 500)}")
        if notes[_MOST_NOTES:]:
            yield f"{numbers.counted(len(notes) - _MOST_NOTES, 'more note')} stand in the record."
