"""What the two sides agree on, task by task: values, prompts, choices, likelihoods, replies."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.parity import Likelihoods

TOLERANCE = 1e-4
"""Nats by which two log-likelihoods may differ in float32, and besides that by `DIGIT`."""
DIGIT = 1e-6
"""A share of the log-likelihood: about the last digit that float32 holds.

lm-eval adds the tokens' log-probabilities up in float32, where a page of 8,000 tokens makes a
number that has steps of 2e-3.
"""
SCORES = 1e-4
"""By how much two scores of a case may differ."""
DIGITS = 4
"""Decimals that lm-eval prints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Likelihoods):
    """One case: what was asked and what came back."""

    prompt: str
    continuations: tuple[str, ...] = ()
    """What was scored after the prompt; empty for a reply."""
    reply: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    """Our name of a metric -> the case's score, where lm-eval has one number too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side's results on a task, of one variant."""

    values: Mapping[str, float]
    """Our name of a metric, with the slice where it is of one -> the value."""
    cases: Sequence[Answered]


Pairs = Sequence[tuple[Answered, Answered]]
"""(lm-eval's, ours)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How two sides compare on a task; cases are named by their index."""

    cases: int
    values: Mapping[str, tuple[float, float]]
    """Name -> (lm-eval's, ours)."""
    other_prompts: tuple[int, ...]
    """Not asked in the same words, continuations included."""
    choices: int
    """Cases with several continuations."""
    other_choices: tuple[int, ...]
    replies: int
    other_replies: tuple[int, ...]
    other_scores: tuple[tuple[int, str], ...]
    """Case and metric."""
    largest: float | None
    """The largest difference of two log-likelihoods, nats; None where none were compared."""
    relative: float | None
    """The largest difference as a share of the log-likelihood."""
    close: bool
    """Whether all log-likelihoods are the same within `TOLERANCE` and `DIGIT`."""

    @property
    def other_values(self) -> tuple[str, ...]:
        """Names of values that differ in a digit that lm-eval prints."""
        return tuple(
            name
            for name, (theirs, ours) in self.values.items()
            if f"{theirs:.{DIGITS}f}" != f"{ours:.{DIGITS}f}"
        )

    @property
    def same(self) -> bool:
        """Whether values, prompts, choices, replies and scores are the same throughout."""
        return not (
            self.other_values
            or self.other_prompts
            or self.other_choices
            or self.other_replies
            or self.other_scores
        )


def compare(theirs: Side, ours: Side) -> Agreement:
    """Compare case by case; raises ValueError where the sides have other cases or values."""
    if set(theirs.values) != set(ours.values):
        differing = ", ".join(sorted(set(theirs.values) ^ set(ours.values)))
        raise ValueError(f"one side alone has the values {differing}")
    if len(theirs.cases) != len(ours.cases) or not ours.cases:
        raise ValueError(f"lm-eval answered {len(theirs.cases)} cases, we {len(ours.cases)}")
    pairs = list(zip(theirs.cases, ours.cases, strict=True))
    differences = list(_differences(pairs))
    return Agreement(
        cases=len(pairs),
        values={name: (value, ours.values[name]) for name, value in theirs.values.items()},
        other_prompts=_where(_asked(a) != _asked(b) for a, b in pairs),
        choices=sum(len(a.logprobs) > 1 for a, _ in pairs),
        other_choices=_where(bool(a.logprobs) and a.choice != b.choice for a, b in pairs),
        replies=sum(a.reply is not None for a, _ in pairs),
        other_replies=_where(a.reply != b.reply for a, b in pairs),
        other_scores=tuple(_other_scores(pairs)),
        largest=max((difference for difference, _ in differences), default=None),
        relative=max((difference / size for difference, size in differences), default=None),
        close=all(difference <= TOLERANCE + DIGIT * size for difference, size in differences),
    )


def _where(found: Iterable[bool]) -> tuple[int, ...]:
    return tuple(index for index, is_so in enumerate(found) if is_so)


def _asked(case: Answered) -> tuple[str, tuple[str, ...]]:
    return case.prompt, case.continuations


def _differences(pairs: Pairs) -> Iterator[tuple[float, float]]:
    """Yield each difference of two log-likelihoods of the same, and their size."""
    for theirs, ours in pairs:
        if _asked(theirs) == _asked(ours):
            for x, y in zip(theirs.logprobs, ours.logprobs, strict=True):
                yield abs(x - y), abs(x)


def _other_scores(pairs: Pairs) -> Iterator[tuple[int, str]]:
    for index, (theirs, ours) in enumerate(pairs):
        for name, score in theirs.scores.items():
            if abs(score - ours.scores[name]) > SCORES:
                yield index, name
