"""What a tracker keeps of a record: metrics, parameters and tags of each run, without a tracker."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import ComparisonRow, Record, TaskRow, TradeoffRow, VariantRow
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports.english import listed, named
from pytest_ftevals.reports.headline import headline
from pytest_ftevals.reports.json_text import json_text
from pytest_ftevals.reports.markdown.prose import prose
from pytest_ftevals.reports.model_card.candidate import Candidate, candidates
from pytest_ftevals.reports.model_card.files import free_name
from pytest_ftevals.reports.summary import summary
from pytest_ftevals.reports.verdicts import RowVerdict, Verdicts

LONGEST_KEY, LONGEST_PARAMETER, LONGEST_TAG = 250, 6000, 5000
"""Characters that MLflow 3 takes."""
_REFUSED = re.compile(r"[^\w. -]", re.ASCII)
_PART = 70
_NUMBER = 10
"""Characters kept free for what tells equal names apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """One run of a tracker."""

    name: str
    metrics: Mapping[str, float]
    """Every value exactly the record's; those that could not be computed are left out."""
    params: Mapping[str, str]
    tags: Mapping[str, str]


class Keys:
    """Names that trackers take, each given once: letters, digits and ``_ . - /`` and spaces."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def grouped(self, group: str, *parts: str) -> str:
        """Return ``GROUP/a.b.c``: trackers show a group together.

        Two levels always: a store of files makes a folder of what stands before the slash.
        """
        return self._free(f"{_safe(group)}/{'.'.join(map(_safe, parts))}")

    def flat(self, *parts: str) -> str:
        """Return ``a.b.c``."""
        return self._free(".".join(map(_safe, parts)))

    def _free(self, name: str) -> str:
        return free_name(name[: LONGEST_KEY - _NUMBER], self._taken, ".")


def tracked_runs(record: Record) -> tuple[Tracked, tuple[Tracked, ...]]:
    """Return the run of a record, and a run for each of several candidates below it.

    With one candidate, or none, there is one run that holds everything.
    """
    found = candidates(record)
    if len(found) == 1:
        return _of_candidate(record, found[0]), ()
    whole = Tracked(
        name=listed([named(one.name) for one in found]) or "base",
        metrics={},
        params=parameters(record),
        tags=_tags(record),
    )
    return whole, tuple(_of_candidate(record, one) for one in found)


def times(record: Record) -> tuple[int, int] | None:
    """Return when a run started and ended, in milliseconds since 1970; None where not known."""
    started, took = record.run.get("started"), record.run.get("duration_s")
    try:
        start = datetime.fromisoformat(str(started)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    seconds = took if isinstance(took, int | float) and math.isfinite(took) else 0
    return max(0, round(start * 1000)), max(0, round((start + max(0, seconds)) * 1000))


def _of_candidate(record: Record, candidate: Candidate) -> Tracked:
    traded = next((row for row in record.tradeoff if row.candidate == candidate.name), None)
    return Tracked(
        name=named(candidate.name),
        metrics=metrics(candidate, traded),
        params=parameters(candidate.record, candidate),
        tags=_tags(record, candidate),
    )


def metrics(candidate: Candidate, traded: TradeoffRow | None) -> dict[str, float]:
    """Return a candidate's values: ``TASK/METRIC`` with ``.base``, ``.delta``, ``.low``, ...

    Slices, other references and seeds add ``.by.SLICE``, ``.against.NAME`` and ``.of.SEED``.
    """
    keys, found = Keys(), dict[str, float]()
    for row in candidate.record.comparisons:
        parts = [row.metric]
        parts += ["by", row.slice] if row.slice is not None else []
        parts += ["against", row.reference] if row.reference != BASE else []
        parts += ["of", row.candidate] if row.candidate != candidate.name else []
        for name, value in _values(row):
            if value is not None and math.isfinite(value):
                found[keys.grouped(row.task, *parts, *name)] = value
    for failed in candidate.record.failures:
        counts = {"failed": failed.failed, "regressions": failed.regressions, **failed.labels}
        of = ["of", failed.candidate] if failed.candidate != candidate.name else []
        for title, count in counts.items():
            if count is not None:
                found[keys.grouped(failed.task, "failures", title, *of)] = count
    if traded is not None:
        for title, gain in (("target", traded.target), ("general", traded.general)):
            if gain is not None and math.isfinite(gain):
                found[keys.grouped("tradeoff", title)] = gain
    return found


def _values(row: ComparisonRow) -> Iterable[tuple[list[str], float | None]]:
    yield [], row.value
    yield ["base" if row.reference == BASE else "reference"], row.base
    yield ["delta"], row.delta
    yield ["low"], row.interval[0]
    yield ["high"], row.interval[1]
    yield ["n"], row.n
    yield ["excluded"], len(row.excluded) or None


def parameters(record: Record, candidate: Candidate | None = None) -> dict[str, str]:
    """Return the settings of a run, its models and tasks; long ones are cut.

    In a candidate's own run it is called ``candidate``, so that trackers compare it with others.
    """
    single = candidate is not None and len(candidate.variants) == 1
    keys, found = Keys(), dict[str, str]()
    for parts, value in _settings(record, "candidate" if single else None):
        if value not in (None, "", {}, []):
            text = value if isinstance(value, str) else json_text(value)
            found[keys.flat(*parts)] = _cut(text, LONGEST_PARAMETER)
    return found


def _settings(record: Record, called: str | None) -> Iterable[tuple[tuple[str, ...], JSON]]:
    for variant in record.variants:
        name = variant.name if called is None or variant.kind == "base" else called
        yield from _of_variant(variant, name)
    for task in record.tasks:
        yield from _of_task(task)
    for section in ("options", "versions", "numerics", "hardware"):
        facts = record.run.get(section)
        for key, value in facts.items() if isinstance(facts, dict) else ():
            yield (section, key), value
    for key in ("command", "confidence", "decide", "family", "against", "replayed"):
        yield (key,), record.run.get(key)


def _of_variant(variant: VariantRow, name: str) -> Iterable[tuple[tuple[str, ...], JSON]]:
    for key in ("name", "kind", "source", "revision", "fingerprint", "dtype", "size", "group"):
        yield (name, key), getattr(variant, key)
    for key, value in sorted((variant.adapter or {}).items()):
        yield (name, "adapter", key), value


def _of_task(task: TaskRow) -> Iterable[tuple[tuple[str, ...], JSON]]:
    for key in ("kind", "source", "data", "data_hash", "template_hash", "n", "samples"):
        yield ("task", task.name, key), getattr(task, key)
    yield ("task", task.name, "metrics"), list(task.metrics)
    for key, value in (task.decode or {}).items():
        yield ("task", task.name, "decode", key), value
    for key, value in task.signatures.items():
        yield ("task", task.name, "signature", key), value


def _tags(record: Record, candidate: Candidate | None = None) -> dict[str, str]:
    own = record if candidate is None else candidate.record
    word, text = (found := headline(record)).word, found.text
    keys, tags = Keys(), {"ftevals.verdict": word, "ftevals.headline": _cut(text, LONGEST_TAG)}
    if candidate is not None:
        verdicts = Verdicts.of(record)
        judged = [(row, one) for row in own.comparisons for one in verdicts.on(row)]
        tags["ftevals.candidate"] = named(candidate.name)
        tags["ftevals.thresholds"] = _together([one for _, one in judged])
        for row, one in judged:
            threshold = one.threshold
            said = f"{threshold.text}: {one.text} (n {threshold.n_used}, {threshold.test})"
            tags[keys.flat("threshold", row.task, row.metric)] = _cut(said, LONGEST_TAG)
    tags["mlflow.source.name"] = "pytest-ftevals"
    note = "\n\n".join([f"**{word}** {prose(text)}", *map(prose, summary(own))])
    tags["mlflow.note.content"] = _cut(note, LONGEST_TAG)
    return tags


def _together(verdicts: Sequence[RowVerdict]) -> str:
    """Return what became of all thresholds on a candidate, in one word."""
    if any(one.style == "bad" for one in verdicts):
        return "failed"
    if not verdicts:
        return "none"
    return "met" if all(one.text.startswith("pass") for one in verdicts) else "undecided"


def _safe(part: str) -> str:
    """Return a part of a name in letters that every store takes; ``_`` for all others."""
    return _REFUSED.sub("_", part).strip(" .")[:_PART].strip(" .") or "_"


def _cut(text: str, longest: int) -> str:
    whole = text.encode("utf-8", "replace").decode()
    return whole if len(whole) <= longest else f"{whole[: longest - 1]}…"
