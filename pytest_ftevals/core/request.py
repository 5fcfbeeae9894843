"""Requests: what is asked of a variant."""

from dataclasses import dataclass
from typing import Literal

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.core.case import Prompt, prompt_json

Kind = Literal["generate", "loglikelihood"]


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
    """``loglikelihood`` only, one or more."""
    decode: Decode | None = None
    """``generate`` only."""
    sample: int = 0
    """Which of the case's samples, from 0: the same question once more, with draws of its own."""

    def to_json(self) -> dict[str, JSON]:
        """Return the request as JSON, for keys."""
        return {
            "kind": self.kind,
            "prompt": prompt_json(self.prompt),
            "continuations": list(self.continuations),
            "decode": None if self.decode is None else self.decode.to_json(),
            "sample": self.sample,
        }

    def digest(self) -> str:
        """Return a SHA-256 (hex) of the request's content, the same in every process."""
        return digest(self.to_json())
