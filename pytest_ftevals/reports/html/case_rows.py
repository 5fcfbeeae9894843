"""What the list of cases shows: a row per case and candidate, with its outcome against the base."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_ftevals.core.comparison import VARIATION
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.core.variant import BASE

Outcome = Literal["lost", "tied", "won", "not compared"]
"""Of a candidate against the base, on the task's first metric."""
Result = Literal["failed", "error", "passed", "not judged"]
"""The worst that a candidate's samples of a case came to."""

_EXCERPT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One candidate's answers to one case, in a line."""

    candidate: str
    score: float | None
    """On the task's first metric, in its own unit: the mean over the case's samples; None where
    one of them could not be scored."""
    base: float | None
    """The same of the base."""
    outcome: Outcome
    result: Result
    labels: tuple[str, ...]
    """Of all samples, each once."""
    primary: tuple[str, ...]
    """The primary labels of the samples that failed, each once."""
    flaws: tuple[str, ...]
    """The labels of the samples that passed all the same, each once."""
    worst: bool
    """Whether the case is in the worst tenth of its task."""
    excerpt: str
    """The beginning of the first reply, on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """What of the record decides the rows of a task."""

    metric: str | None
    """The task's first metric."""
    direction: Literal[-1, 0, 1]
    """1 where higher is better, -1 where lower is; 0 where no comparison says which."""
    worst: frozenset[tuple[str, str]]
    """(candidate, case) of the worst tenth."""


def rankings(record: Record, tasks: Iterable[str]) -> dict[str, Ranking]:
    """Return what decides the rows of each of these tasks."""
    first = {task.name: task.metrics[0] for task in record.tasks if task.metrics}
    better = {(row.task, row.metric): row.higher_is_better for row in record.comparisons}
    worst: dict[str, set[tuple[str, str]]] = {}
    for row in record.failures:
        worst.setdefault(row.task, set()).update((row.candidate, case) for case in row.worst)
    found = {}
    for task in tasks:
        metric = first.get(task)
        higher = None if metric is None else better.get((task, metric))
        found[task] = Ranking(
            metric=metric,
            direction=0 if higher is None else 1 if higher else -1,
            worst=frozenset(worst.get(task, ())),
        )
    return found


def case_rows(samples: Sequence[Sample], ranking: Ranking) -> Iterator[CaseRow]:
    """Yield a row per candidate that answered a case; of the base where it alone did.

    `samples` are all of the case. A candidate won where its mean score on the first metric is the
    better one, as in the record's wins, losses and ties. Where no comparison says which way is
    better, the share of samples that passed decides.
    """
    answers: dict[str, list[Sample]] = {}
    for one in samples:
        answers.setdefault(one.variant, []).append(one)
    base = answers.get(BASE, [])
    for candidate, own in answers.items():
        if candidate == BASE and len(answers) > 1:
            continue
        yield CaseRow(
            candidate=candidate,
            score=mean_score(own, ranking.metric),
            base=mean_score(base, ranking.metric),
            outcome="not compared" if candidate == BASE else _outcome(base, own, ranking),
            result=_result(own),
            labels=_once(label for one in own for label in one.labels),
            primary=_once(label for one in own for label in primary_of(one)),
            flaws=_once(label for one in own for label in flaws_of(one)),
            worst=(candidate, own[0].case) in ranking.worst,
            excerpt=_excerpt(_reply(own[0])),
        )


def is_varied(sample: Sample) -> bool:
    """Return whether a sample is of a varied case, whose id is ``ID~KIND``, or ``ID~KIND.NUMBER``.

    Data may have a column ``variation`` of their own: the id has to say so, too.
    """
    kind = sample.slices.get(VARIATION)
    _, mark, named = sample.case.rpartition("~")
    return kind is not None and bool(mark) and named.partition(".")[0] == kind


def primary_of(sample: Sample) -> tuple[str, ...]:
    """Return the label that a failed sample counts under in the record, if it has one."""
    return sample.labels[:1] if sample.passed is False else ()


def flaws_of(sample: Sample) -> tuple[str, ...]:
    """Return the labels of a sample that passed."""
    return sample.labels if sample.passed else ()


def mean_score(samples: Sequence[Sample], metric: str | None) -> float | None:
    """Return the mean of the samples' scores on a metric; None where one has none."""
    found = [_score(one.scores, metric) for one in samples]
    known = [value for value in found if value is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(found) else None


def _once(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(labels))


def _score(scores: Mapping[str, float | None], metric: str | None) -> float | None:
    value = None if metric is None else scores.get(metric)
    return value if value is not None and math.isfinite(value) else None


def _outcome(base: Sequence[Sample], own: Sequence[Sample], ranking: Ranking) -> Outcome:
    if ranking.direction:
        before, after = mean_score(base, ranking.metric), mean_score(own, ranking.metric)
    else:
        before, after = _passed(base), _passed(own)
    if before is None or after is None:
        return "not compared"
    gain = (ranking.direction or 1) * (after - before)
    return "won" if gain > 0 else "lost" if gain < 0 else "tied"


def _passed(samples: Sequence[Sample]) -> float | None:
    if not samples or any(one.passed is None for one in samples):
        return None
    return sum(bool(one.passed) for one in samples) / len(samples)


def _result(samples: Sequence[Sample]) -> Result:
    if any(one.passed is False for one in samples):
        return "failed"
    if any(one.error is not None for one in samples):
        return "error"
    return "passed" if any(one.passed for one in samples) else "not judged"


def _excerpt(text: str) -> str:
    # Cut before it is split: a reply may have a million words.
    head = " ".join(text[: 4 * _EXCERPT].split())
    return head if len(head) <= _EXCERPT and len(text) <= 4 * _EXCERPT else f"{head[:_EXCERPT]}…"


def _reply(sample: Sample) -> str:
    if sample.error is not None:
        return f"error: {sample.error}"
    return sample.response or next((str(turn.get("reply")) for turn in sample.turns or ()), "")
