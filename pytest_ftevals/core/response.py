"""Responses: what came back for a request, or the error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.timing import Timing

Finish = Literal["stop", "length", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One scored continuation."""

    text: str
    """The continuation as scored, leading space included."""
    logprob: float
    """Sum of its tokens' log-probabilities, in nats, at most 0."""
    tokens: int
    """How many tokens were scored."""
    greedy: bool | None = None
    """Whether greedy decoding would give it; None where that was not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a variant answered to one request."""

    text: str = ""
    """``generate``: the reply, special tokens removed, stop string cut off; of a conversation the
    last one."""
    turns: tuple[str, ...] = ()
    """``generate``: the replies to all turns of a conversation; empty where there was one turn."""
    choices: tuple[Choice, ...] = ()
    """``loglikelihood``: one a continuation, in the request's order."""
    finish: Finish = "stop"
    """``stop`` (end token or stop string), ``length`` (token limit) or ``error``."""
    prompt_tokens: int = 0
    new_tokens: int = 0
    batch: str = ""
    """Digest of the requests that were computed in one batch with it, itself included: below
    float32 a value depends on them."""
    ids: tuple[int, ...] = field(default=(), compare=False, repr=False)
    """``generate``: the new tokens, end token included; known where they were computed only."""
    timing: Timing | None = None
    """``timed``: what it took; never stored."""
    error: str | None = None
    """Why there is no answer; such a response is never stored and never scored."""

    @property
    def choice(self) -> int | None:
        """Index of the likeliest continuation, the first of equals; None without choices."""
        if not self.choices:
            return None
        return max(range(len(self.choices)), key=lambda index: self.choices[index].logprob)

    def to_json(self) -> dict[str, JSON]:
        """Return the response as JSON, for the store."""
        found: dict[str, JSON] = {
            "text": self.text,
            "choices": [_spelled(choice) for choice in self.choices],
            "finish": self.finish,
            "prompt_tokens": self.prompt_tokens,
            "new_tokens": self.new_tokens,
            "batch": self.batch,
        }
        if self.turns:
            found["turns"] = list(self.turns)
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Response":
        """Read what `to_json` wrote; raises KeyError, TypeError or ValueError on anything else."""
        if not isinstance(data["text"], str) or data["finish"] not in ("stop", "length"):
            raise ValueError("no response that was ever stored")
        return cls(
            text=data["text"],
            choices=tuple(map(_choice, data["choices"])),
            turns=tuple(map(str, data.get("turns", ()))),
            finish=data["finish"],
            prompt_tokens=int(data["prompt_tokens"]),
            new_tokens=int(data["new_tokens"]),
            batch=str(data["batch"]),
        )


def _spelled(choice: Choice) -> JSON:
    found: list[JSON] = [choice.text, choice.logprob, choice.tokens]
    return found if choice.greedy is None else [*found, choice.greedy]


def _choice(data: Any) -> Choice:
    text, logprob, tokens, *greedy = data
    told = bool(greedy[0]) if greedy else None
    return Choice(text=text, logprob=float(logprob), tokens=int(tokens), greedy=told)


def failed(error: str) -> Response:
    """Return the response of a request that could not be answered, saying why."""
    return Response(finish="error", error=error)
