"""Single cases of two runs, answer against answer: what was won, lost or said in other words."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal

from pytest_ftevals.core.record import Record, Sample

Kind = Literal["lost", "won", "not scored", "scored", "reply", "scores", "labels"]
"""``lost``: it passed more often before, or scored better where nothing tells passing from failing;
``won``: the other way round; ``not scored``: any more; ``reply``: another reply, as good;
``scores``, ``labels``: the same reply, as good, but scored or labelled otherwise."""
KINDS: tuple[Kind, ...] = ("lost", "won", "not scored", "scored", "reply", "scores", "labels")

Task = str
Variant = str
Key = tuple[Task, Variant, str]
_EXCERPT = 120
_DIGEST = 12


@dataclass(slots=True)
class Answer:
    """What a variant made of a case, over all samples of it."""

    n: int = 0
    """Samples."""
    passed: int | None = 0
    """How many of them passed; None where one could not be judged."""
    scores: dict[str, float | None] = field(default_factory=dict)
    """Metric -> sum over the samples; None where one could not be scored."""
    labels: tuple[str, ...] = ()
    """Those of the first sample that has any, the primary first."""
    reply: str = ""
    """The beginning of the first sample's."""
    replies: bytes = b""
    """Digests of all replies."""
    labelled: int = 0
    """Digests of all labels, added up: the order of samples is none of theirs."""
    asked: bytes = b""
    """Digest of prompt and expectation."""
    slices: tuple[str, ...] = ()

    def score(self, metric: str) -> float | None:
        """Return the mean score over the samples."""
        total = self.scores.get(metric)
        return None if total is None else total / self.n

    @property
    def pass_rate(self) -> float | None:
        """The share of the samples that passed."""
        return None if self.passed is None else self.passed / self.n


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """A case that a variant answered otherwise."""

    case: str
    kind: Kind
    asked_alike: bool
    """Whether prompt and expectation were the same."""
    before: Answer
    after: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanges:
    """What changed in one variant's answers to a task."""

    task: str
    variant: str
    paired: int
    """Cases that both runs asked it."""
    only_before: int
    only_after: int
    asked_otherwise: int
    """Of those both asked, how many with another prompt or expectation."""
    changes: tuple[CaseChange, ...]

    def of(self, kind: Kind) -> tuple[CaseChange, ...]:
        """Return the changes of one kind."""
        return tuple(one for one in self.changes if one.kind == kind)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many cases a variant scores higher and lower on a metric than before."""

    higher: int
    lower: int


MovedCases = Mapping[tuple[Task, str, str | None, Variant], Moved]
"""By task, metric, slice (None for the whole task) and variant."""


def read_answers(samples: Iterable[Sample]) -> dict[Key, Answer]:
    """Return what was answered, a case a value: of long replies the beginning and a digest."""
    found: dict[Key, Answer] = {}
    texts: dict[tuple[str, ...], tuple[str, ...]] = {}
    for one in samples:
        key = (one.task, one.variant, one.case)
        answer = found.get(key)
        if answer is None:
            slices = tuple(f"{name}={group}" for name, group in one.slices.items())
            answer = Answer(
                scores=dict.fromkeys(one.scores, 0.0),
                reply=_reply(one)[:_EXCERPT],
                asked=_digest([one.prompt, one.expected]),
                slices=texts.setdefault(slices, slices),
            )
            found[key] = answer
        _add(answer, one)
    return found


def _add(answer: Answer, one: Sample) -> None:
    answer.n += 1
    if one.passed is None or answer.passed is None:
        answer.passed = None
    else:
        answer.passed += one.passed
    for name, score in one.scores.items():
        known = answer.scores.get(name)
        answer.scores[name] = None if score is None or known is None else known + score
    answer.labels = answer.labels or one.labels
    if one.labels:
        answer.labelled += int.from_bytes(_digest(list(one.labels)))
    answer.replies += _digest([one.response, list(one.turns or ()), one.choice, one.error])


def _reply(one: Sample) -> str:
    return one.response if one.error is None else one.error


def _digest(value: object) -> bytes:
    return blake2b(json.dumps(value, default=dict).encode(), digest_size=_DIGEST).digest()


def case_changes(
    before: Mapping[Key, Answer], after: Mapping[Key, Answer], record: Record
) -> tuple[CaseChanges, ...]:
    """Return what changed, a task and variant an entry, in the order of the second `record`.

    Tasks and variants that only one run asked are left out: the settings name them.
    """
    pairs: dict[tuple[Task, Variant], list[tuple[str, Answer, Answer]]] = {}
    for (task, variant, case), new in after.items():
        old = before.get((task, variant, case))
        if old is not None:
            pairs.setdefault((task, variant), []).append((case, old, new))
    sizes = [Counter((task, variant) for task, variant, _ in one) for one in (before, after)]
    better = _better(record)
    return tuple(
        CaseChanges(
            task=task,
            variant=variant,
            paired=len(found),
            only_before=sizes[0][task, variant] - len(found),
            only_after=sizes[1][task, variant] - len(found),
            asked_otherwise=sum(old.asked != new.asked for _, old, new in found),
            changes=tuple(_changed(found, better.get(task))),
        )
        for (task, variant), found in pairs.items()
    )


def _better(record: Record) -> dict[Task, tuple[str, bool]]:
    """Return every task's first metric and whether more of it is better, where rows tell."""
    known = {(row.task, row.metric): row.higher_is_better for row in record.comparisons}
    return {
        task.name: (metric, known[task.name, metric])
        for task in record.tasks
        for metric in task.metrics[:1]
        if (task.name, metric) in known
    }


def _changed(
    found: Iterable[tuple[str, Answer, Answer]], better: tuple[str, bool] | None
) -> Iterator[CaseChange]:
    for case, old, new in found:
        kind = _kind(old, new, better)
        if kind is not None:
            yield CaseChange(
                case=case, kind=kind, asked_alike=old.asked == new.asked, before=old, after=new
            )


def _kind(old: Answer, new: Answer, better: tuple[str, bool] | None) -> Kind | None:
    """Return what became of a case; None where it is as it was."""
    was, now, sign = old.pass_rate, new.pass_rate, 1
    if was is None and now is None and better is not None:
        metric, higher_is_better = better
        was, now, sign = old.score(metric), new.score(metric), 1 if higher_is_better else -1
    if (was is None) != (now is None):
        return "scored" if was is None else "not scored"
    if was is not None and now is not None and was != now:
        return "won" if sign * (now - was) > 0 else "lost"
    if old.replies != new.replies:
        return "reply"
    if any(old.score(name) != new.score(name) for name in old.scores.keys() & new.scores.keys()):
        return "scores"
    return "labels" if old.labelled != new.labelled else None


def moved_cases(before: Mapping[Key, Answer], after: Mapping[Key, Answer]) -> MovedCases:
    """Count the cases that score higher and lower, by metric, slice and variant."""
    counts: dict[tuple[Task, str, str | None, Variant], list[int]] = {}
    for (task, variant, case), new in after.items():
        old = before.get((task, variant, case))
        if old is None:
            continue
        for metric in new.scores:
            score, was = new.score(metric), old.score(metric)
            if score is None or was is None or score == was:
                continue
            for where in (None, *new.slices):
                entry = counts.setdefault((task, metric, where, variant), [0, 0])
                entry[score < was] += 1
    return {key: Moved(*both) for key, both in counts.items()}
