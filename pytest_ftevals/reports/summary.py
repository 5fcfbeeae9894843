"""What a run compared, how it asked and decided, and what came out, in plain English.

Paragraphs of plain text: every format escapes them in its own way.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import ComparisonRow, Record, TaskRow, VariantRow
from pytest_ftevals.core.threshold import Decide
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.candidates import by_candidate, single_seeds
from pytest_ftevals.reports.deltas import number_cells
from pytest_ftevals.reports.english import listed, named, one_or, sentence
from pytest_ftevals.reports.header import kind_of, short_source
from pytest_ftevals.reports.limitations import limitations
from pytest_ftevals.reports.verdicts import INCONCLUSIVE, RowVerdict, Verdicts, stated_on

__all__ = ["limitations", "summary"]

_MOST_TASKS = 12
_ASKS = {
    "generate": "asks for a written answer to each of {cases}",
    "choice": "asks to choose among options in {cases}",
    "perplexity": "measures how well the model predicts the text of {cases}",
    "deployment": "measures time and memory on {cases}",
}
_DECIDES: Mapping[Decide, str] = {
    "point": "decided by the estimate alone",
    "proven": "passed only where the evidence proves it",
    "refuted": "failed only where the evidence refutes it",
}


def summary(record: Record) -> tuple[str, ...]:
    """Return the paragraphs: models, tasks, asking, deciding, and the result of each candidate."""
    parts = [_compared(record), _tasks(record), _asked(record), _decided(record)]
    return tuple(filter(None, [*parts, *_results(record)]))


def _compared(record: Record) -> str:
    bases = [variant for variant in record.variants if variant.kind == "base"]
    candidates = list(_candidates(record.variants))
    base = named(short_source(bases[0])) if bases else ""
    where = _numerics(record.run)
    if not candidates:
        if not bases:
            return "The record names no model."
        return f"The base {base} was evaluated without a candidate{where}."
    against = f" with the base {base}" if base else ""
    what = one_or(len(candidates), "One candidate was", f"{len(candidates):,} candidates were")
    saved = record.run.get("against")
    name = named(str(saved.get("name"))) if isinstance(saved, dict) else ""
    if not record.comparisons:
        too = f" and with the saved run {name}" if name else ""
        to_be = f"{what} to be compared{against}{too}{where}: {listed(candidates)}."
        return f"{to_be} No comparison was made."
    text = f"{what} compared{against}{where}: {listed(candidates)}."
    return f"{text} They were compared with the saved run {name}, too." if name else text


def _candidates(variants: Sequence[VariantRow]) -> Iterable[str]:
    """Yield each candidate with what it is; a group of seeds is one."""
    for name, seeds in by_candidate(variants).items():
        kinds = list(dict.fromkeys(map(kind_of, seeds)))
        sizes = {one.size for one in seeds}
        largest = numbers.size(max(sizes))
        facts = [" or ".join(kinds), f"up to {largest}" if len(sizes) > 1 else largest]
        if seeds[0].group is not None:
            mean = f"the mean of {numbers.counted(len(seeds), 'seed')}"
            facts.insert(0, f"{mean} that differ" if len(kinds) > 1 else mean)
        yield f"{named(name)} ({named(', '.join(facts), 300)})"


def _numerics(run: Mapping[str, JSON]) -> str:
    numerics = run.get("numerics")
    if not isinstance(numerics, dict):
        return ""
    dtype, device = (str(numerics.get(key) or "") for key in ("dtype", "device"))
    quantized = ", quantized" if numerics.get("quantization") else ""
    return (f" in {named(dtype)}" if dtype else "") + (
        f" on {named(device)}{quantized}" if device else quantized
    )


def _tasks(record: Record) -> str:
    if not record.tasks:
        return "No task was evaluated."
    shown = record.tasks[:_MOST_TASKS]
    left = len(record.tasks) - len(shown)
    told = [f"The run covers {numbers.counted(len(record.tasks), 'task')}.", *map(_task, shown)]
    if left:
        told.append(f"{numbers.counted(left, 'more task')} {one_or(left, 'is', 'are')} not listed.")
    return " ".join(told)


def _task(task: TaskRow) -> str:
    data = f" from {named(task.data)}" if task.data.strip() else ""
    asks = _ASKS.get(task.kind, "asks {cases}").replace(
        "{cases}", f"{numbers.counted(task.n, 'case')}{data}"
    )
    scored = f", scored by {listed([*map(named, task.metrics)])}" if task.metrics else ""
    about = f": {named(task.about, 300)}" if task.about.strip() else ""
    return sentence(f"Task {named(task.name)} {asks}{scored}{about}")


def _asked(record: Record) -> str:
    """Say how replies were made, tasks that were asked alike together."""
    ways: dict[str, list[str]] = {}
    for task in record.tasks:
        ways.setdefault(_way(task), []).append(named(task.name))
    told = [f"{way} ({listed(names)})." for way, names in ways.items() if way]
    if len(ways) == 1:
        told = [f"{way}." for way in ways if way]
    if record.tasks:
        told.append(
            "Every model got the same prompts, few-shot examples and settings, which each task's "
            "template hash stands for."
        )
    return " ".join(told)


def _way(task: TaskRow) -> str:
    if task.kind == "choice":
        return "Options were ranked by their log-probability; nothing was generated"
    if task.kind == "perplexity":
        return "Given texts were scored token by token; nothing was generated"
    if task.decode is None:
        return ""
    temperature, most = task.decode.get("temperature"), task.decode.get("max_new_tokens")
    if isinstance(temperature, int | float) and temperature:
        settings = [f"temperature {temperature:g}"]
        settings += [
            f"{key} {value:g}"
            for key in ("top_p", "top_k", "seed")
            if isinstance(value := task.decode.get(key), int | float)
        ]
        how = f"Replies were drawn at random ({', '.join(settings)})"
    else:
        how = "Replies were greedy, the likeliest token at every step"
    if isinstance(most, int):
        how += f", of at most {numbers.counted(most, 'new token')}"
    if task.samples > 1:
        how += f", {numbers.count(task.samples)} times a case, whose score is their mean"
    return how


def _decided(record: Record) -> str:
    stated = stated_on(record.comparisons)
    if not stated:
        return "No test held a value against a threshold."
    modes: dict[Decide, int] = {}
    for threshold in stated:
        modes[threshold.decide] = modes.get(threshold.decide, 0) + 1
    were = f"{numbers.counted(len(stated), 'threshold')} {one_or(len(stated), 'was', 'were')}"
    if len(modes) == 1:
        told = f"{were} stated, {_DECIDES[stated[0].decide]}."
    else:
        each = [f"{numbers.count(n)} {_DECIDES[mode]}" for mode, n in modes.items()]
        told = f"{were} stated: {listed(each)}."
    confidence, family = record.run.get("confidence"), record.run.get("family")
    if isinstance(confidence, float):
        told += (
            f" Proven means that the one-sided {numbers.level(confidence)} bound meets the "
            "threshold too, refuted that the bound on the other side misses it too."
        )
    early = any(row.total is not None for row in record.comparisons)
    if isinstance(family, int) and family > 1 and ("refuted" in modes or early):
        told += f" The error of refuting was shared by {numbers.count(family)} thresholds."
    if early:
        told += " Cases were asked until a threshold was decided, not always all of them."
    return told


def _results(record: Record) -> Iterable[str]:
    """Yield what came out for each candidate, groups of seeds as one."""
    seeds, known = single_seeds(record), by_candidate(record.variants)
    verdicts = Verdicts.of(record)
    for name in dict.fromkeys([*known, *(row.candidate for row in record.comparisons)]):
        rows = [row for row in record.comparisons if row.candidate == name]
        whole = [row for row in rows if row.slice is None and row.reference == BASE]
        if name in seeds and not stated_on(rows):
            continue
        told = _against_base(name, whole) if name not in seeds else ""
        yield " ".join(filter(None, [told, _thresholds(name, rows, verdicts)]))


def _against_base(name: str, rows: Sequence[ComparisonRow]) -> str:
    if not rows:
        return f"{named(name)} has no comparison with the base on a whole task."
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(direction(row), []).append(_difference(row))
    clauses = []
    if "better" in found:
        clauses.append(f"is better than the base on {listed(found['better'])}")
    if "worse" in found:
        clauses.append(f"is worse than the base on {listed(found['worse'])}")
    if "same" in found:
        clauses.append(f"shows no clear difference on {listed(found['same'])}")
    if "unknown" in found:
        clauses.append(f"cannot be compared on {listed(found['unknown'])}")
    joined = clauses[0] if len(clauses) == 1 else f"{'; '.join(clauses[:-1])}; and {clauses[-1]}"
    return f"{named(name)} {joined}."


def direction(row: ComparisonRow) -> str:
    """Return ``better`` or ``worse`` where the interval of a row excludes 0, else ``same``.

    ``unknown`` is what a row without numbers tells.
    """
    low, high = row.interval
    if math.isnan(row.delta) or math.isnan(low) or math.isnan(high):
        return "unknown"
    if low <= 0 <= high:
        return "same"
    return "better" if (low > 0) == row.higher_is_better else "worse"


def _difference(row: ComparisonRow) -> str:
    cells = number_cells(row, "±")
    unit = " points" if row.unit == "points" else ""
    found = f"{cells['base']} to {cells['value']}, {cells['delta']}{unit}"
    if direction(row) == "same":
        found += f", the interval being {cells['interval']}"
    return f"{named(row.task)} {named(row.metric)} ({found})"


def _thresholds(name: str, rows: Sequence[ComparisonRow], verdicts: Verdicts) -> str:
    judged = [(row, one) for row in rows for one in verdicts.on(row)]
    if not judged:
        return f"No threshold was stated on {named(name)}."
    total = numbers.counted(len(judged), "threshold")
    failed = [_missed(row, one) for row, one in judged if one.style == "bad"]
    open_ = [_missed(row, one) for row, one in judged if one.text == INCONCLUSIVE]
    passed = sum(one.text.startswith("pass") for _, one in judged)
    told = [f"{named(name)} passes {numbers.count(passed)} of {total}"]
    if failed:
        told.append(f"fails {numbers.count(len(failed))}: {listed(failed)}")
    if open_:
        told.append(f"leaves {numbers.count(len(open_))} open: {listed(open_)}")
    if len(told) == 1 and passed == len(judged):
        return f"{named(name)} passes {one_or(passed, 'its threshold', f'all {total}')}."
    return "; ".join(told) + "."


def _missed(row: ComparisonRow, verdict: RowVerdict) -> str:
    text = named(verdict.threshold.text)
    # `accuracy >= 0.8` names its metric, `drop <= 3` does not.
    metric = None if text.startswith(row.metric) else row.metric
    place = " ".join(named(part) for part in (row.task, row.slice, metric) if part is not None)
    against = "" if row.reference == BASE else f" against {named(row.reference)}"
    return f"{text} on {place}{against} ({verdict.threshold.evidence})"
