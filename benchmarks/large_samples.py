"""What a base and two candidates answered to as many made-up cases as are asked for.

Prompts begin with few-shot blocks, replies differ where models differ, and a third of them fails,
as in the runs that people look at cases for. The same text on every machine.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Sample

VARIANTS = ("base", "r8", "r16")
SHARES = {"base": 0.55, "r8": 0.67, "r16": 0.72}
"""How much of a task each gets right."""
LANGUAGES = ("en", "de", "fr", "es", "pl")
QUEUES = ("billing", "delivery", "returns", "account", "technical", "praise")
SUBJECTS = 57
LABELS = ("wrong answer", "hallucinated detail", "wrong format", "incomplete answer", "too verbose")
REGRESSION = "regression from base"
_SYLLABLES = ("an", "ber", "co", "de", "est", "fir", "gal", "ho", "in", "ka", "lor", "men", "no")
_WORDS, _SPOKEN, _EXAMPLES = 4000, 200_000, 5
_SAME = 0.6
"""Share of the replies that are one text for all models."""


def sizes(cases: int) -> dict[str, int]:
    """Return how many cases each task has: two of five are choices, the others replies in JSON."""
    return {"quiz": cases * 2 // 5, "tickets": cases - cases * 2 // 5}


def samples(cases: int) -> Iterator[Sample]:
    """Yield three samples for each of so many cases."""
    rng = random.Random(5)  # noqa: S311 - made-up text
    say = _speaker(rng)
    counts = sizes(cases)
    yield from _quiz(rng, say, counts["quiz"])
    yield from _tickets(rng, say, counts["tickets"])


def _speaker(rng: random.Random) -> Callable[[int], str]:
    """Return what says so many words, a few of them often and most of them rarely."""
    words = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 4))) for _ in range(_WORDS)]
    often = [1 / (rank + 1) for rank in range(_WORDS)]
    pool = rng.choices(words, often, k=_SPOKEN)

    def say(count: int) -> str:
        start = rng.randrange(len(pool) - count)
        return " ".join(pool[start : start + count])

    return say


def _quiz(rng: random.Random, say: Callable[[int], str], count: int) -> Iterator[Sample]:
    """Yield questions of four options, with five examples of their subject before each."""

    def question() -> str:
        options = "\n".join(f"{letter}. {say(6)}" for letter in "ABCD")
        return f"{say(30)}?\n{options}\nAnswer:"

    blocks = ["".join(f"{question()} B\n\n" for _ in range(_EXAMPLES)) for _ in range(SUBJECTS)]
    for number in range(count):
        subject = number % SUBJECTS
        prompt, right = blocks[subject] + question(), rng.randrange(4)
        good = _good(rng)
        for variant in VARIANTS:
            chosen = right if good[variant] else (right + 1) % 4
            yield Sample(
                task="quiz",
                case=f"q{number}",
                variant=variant,
                sample=0,
                slices={"subject": f"subject {subject}"},
                prompt=prompt,
                expected=right,
                response="ABCD"[chosen],
                turns=None,
                choices=tuple(
                    {"text": f" {letter}", "logprob": -rng.uniform(0.1, 9), "tokens": 1}
                    for letter in "ABCD"
                ),
                choice=chosen,
                finish="stop",
                scores={"accuracy": float(good[variant])},
                passed=good[variant],
                labels=_labels(good, variant, LABELS[0]),
                error=None,
            )


def _tickets(rng: random.Random, say: Callable[[int], str], count: int) -> Iterator[Sample]:
    """Yield chats: a system message, examples, a ticket; replies are JSON with a sentence or so."""
    system: JSON = {"role": "system", "content": f"Reply with JSON only. {say(80)}"}
    examples: list[JSON] = [
        {"role": role, "content": say(60)}
        for _ in range(_EXAMPLES)
        for role in ("user", "assistant")
    ]
    for number in range(count):
        queue, language = rng.choice(QUEUES), LANGUAGES[number % len(LANGUAGES)]
        prompt: JSON = [system, *examples, {"role": "user", "content": say(rng.randint(20, 150))}]
        text, good = say(rng.randint(15, 60)), _good(rng)
        for variant in VARIANTS:
            given = queue if good[variant] else rng.choice(QUEUES)
            reply = text if rng.random() < _SAME else f"{text[: len(text) // 2]} {say(12)}"
            yield Sample(
                task="tickets",
                case=f"ticket-{number}",
                variant=variant,
                sample=0,
                slices={"language": language, "queue": queue},
                prompt=prompt,
                expected={"category": queue},
                response=json.dumps({"category": given, "reply": reply}),
                turns=None,
                choices=None,
                choice=None,
                finish="stop",
                scores={"accuracy": float(good[variant]), "json_valid": 1.0},
                passed=good[variant],
                labels=_labels(good, variant, rng.choice(LABELS)),
                error=None,
            )


def _good(rng: random.Random) -> dict[str, bool]:
    """Return who gets a case right: an easy one all, and each by itself one in four."""
    level = rng.random()
    return {
        name: (rng.random() if rng.randrange(4) == 0 else level) < share
        for name, share in SHARES.items()
    }


def _labels(good: Mapping[str, bool], variant: str, why: str) -> tuple[str, ...]:
    if good[variant]:
        return ()
    return (why, REGRESSION) if variant != VARIANTS[0] and good[VARIANTS[0]] else (why,)
