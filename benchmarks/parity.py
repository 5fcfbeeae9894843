"""Whether both sides computed the same: prompts, log-likelihoods and choices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.table import NotRunError

CLOSE = 2e-4
"""Nats between the two likeliest options, up to which either is right."""
TOLERANCE = 1e-4
"""Nats by which two log-likelihoods of one continuation may differ in float32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihoods:
    """The log-likelihoods of one question's continuations."""

    logprobs: tuple[float, ...] = ()
    """Nats, summed over a continuation's tokens."""

    @property
    def choice(self) -> int:
        """Index of the likeliest continuation, of equal ones the first."""
        return self.logprobs.index(max(self.logprobs))

    @property
    def margin(self) -> float:
        """Nats between the likeliest two."""
        first, second = sorted(self.logprobs, reverse=True)[:2]
        return first - second


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored(Likelihoods):
    """A question's prompt and continuations with their log-likelihoods."""

    prompt: str
    texts: tuple[str, ...]
    """The continuations, as they follow the prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """What two sides agree on."""

    questions: int
    other_prompts: int
    """Questions that were not asked in the same words."""
    largest: float
    """The largest difference of two log-likelihoods, nats."""
    close: int
    """Questions with a margin of at most `CLOSE`."""
    flips: int
    """Other questions whose choices differ."""

    @property
    def same_choices(self) -> bool:
        """Whether the same was asked, and chosen wherever the margin tells."""
        return not self.other_prompts and not self.flips

    @property
    def within_tolerance(self) -> bool:
        """Whether the same was asked and the log-likelihoods differ by `TOLERANCE` at most."""
        return not self.other_prompts and self.largest <= TOLERANCE

    def __str__(self) -> str:
        """Return it in a few words."""
        decided = self.questions - self.close
        words = [f"same choice on {decided - self.flips:,} of {decided:,}"]
        if self.close:
            words.append(f"{self.close} too close to call")
        words.append(f"largest difference {self.largest:.1e}")
        if self.other_prompts:
            words.append(f"OTHER PROMPTS on {self.other_prompts:,}")
        return ", ".join(words)


def scored_samples(samples: Iterable[dict[str, Any]]) -> list[Scored]:
    """Return the plugin's samples of a choice task; raises NotRunError for one without answer."""
    found = []
    for sample in samples:
        if sample["choices"] is None:
            raise NotRunError(f"case {sample['case']} has no answer: {sample['error']}")
        found.append(
            Scored(
                prompt=sample["prompt"],
                texts=tuple(one["text"] for one in sample["choices"]),
                logprobs=tuple(one["logprob"] for one in sample["choices"]),
            )
        )
    return found


def compare(ours: Sequence[Scored], theirs: Sequence[Scored]) -> Parity:
    """Compare question by question; raises NotRunError where their numbers differ."""
    if len(ours) != len(theirs) or not ours:
        raise NotRunError(f"one side answered {len(ours):,} questions, the other {len(theirs):,}")
    pairs = list(zip(ours, theirs, strict=True))
    asked = [(a, b) for a, b in pairs if (a.prompt, a.texts) == (b.prompt, b.texts)]
    differences = [
        abs(x - y) for a, b in asked for x, y in zip(a.logprobs, b.logprobs, strict=True)
    ]
    return Parity(
        questions=len(pairs),
        other_prompts=len(pairs) - len(asked),
        largest=max(differences, default=0.0),
        close=sum(a.margin <= CLOSE for a, _ in asked),
        flips=sum(a.margin > CLOSE and a.choice != b.choice for a, b in asked),
    )
