"""Requests: what is asked of a variant."""

from dataclasses import dataclass
from typing import Literal

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.core.case import Prompt, prompt_json

Kind = Literal["generate", "loglikelihood", "loglikelihood_rolling", "timed"]
"""Continue the prompt; score continuations of it; score a text of any length in windows; continue
the prompt alone, to see how long that takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decode:
    """How text is generated: greedy unless `temperature` is set."""

    max_new_tokens: int = 256
    """1 or more."""
    temperature: float = 0.0
    """0 is greedy; above 0 samples."""
    top_p: float = 1.0
    """Nucleus sampling, in (0, 1]."""
    top_k: int = 0
    """0 keeps all tokens."""
    seed: int = 0
    """Sampling seed; each request draws from a stream of its own made from it."""
    stop: tuple[str, ...] = ()
    """Strings that end the reply; the reply ends before the first of them."""

    def to_json(self) -> dict[str, JSON]:
        """Return the settings as JSON, for keys and records."""
        return {
            "max_new_tokens": self.max_new_tokens,
            "temperature": float(self.temperature),
            "top_p": float(self.top_p),
            "top_k": self.top_k,
            "seed": self.seed,
            "stop": list(self.stop),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing asked of a variant: generate a reply, or score continuations of the prompt."""

    kind: Kind
    prompt: Prompt
    continuations: tuple[str, ...] = ()
    """``loglikelihood``: one or more; ``loglikelihood_rolling``: the one text."""
    givens: tuple[str, ...] = ()
    """``loglikelihood`` only: per continuation, what stands between the prompt and it and is not
    scored; empty where nothing does."""
    greedy: bool = False
    """``loglikelihood`` only: whether to tell of each continuation if greedy decoding gives it."""
    decode: Decode | None = None
    """``generate`` and ``timed`` only."""
    turns: tuple[str, ...] = ()
    """``generate`` on a chat only: what the user says after each reply but the last; all are
    answered in turn, each with what was said before it."""
    sample: int = 0
    """Which of the case's samples, from 0: the same question once more, with draws of its own."""

    def to_json(self) -> dict[str, JSON]:
        """Return the request as JSON, for keys; what most requests lack is left out."""
        found: dict[str, JSON] = {
            "kind": self.kind,
            "prompt": prompt_json(self.prompt),
            "continuations": list(self.continuations),
            "decode": None if self.decode is None else self.decode.to_json(),
            "sample": self.sample,
        }
        if self.givens:
            found["givens"] = list(self.givens)
        if self.greedy:
            found["greedy"] = True
        if self.turns:
            found["turns"] = list(self.turns)
        return found

    def digest(self) -> str:
        """Return a SHA-256 (hex) of the request's content, the same in every process."""
        return digest(self.to_json())
