"""An engine whose answers are written down beforehand; inner projects know it as ``fakes:Engine``.

A prompt says what to answer, ``ID = REPLY``, and so does every later turn; the key ``fake`` of a
variant's configuration says where it deviates (``turns``: case -> replies to later turns; ``nats``:
what a word of a long text takes; ``takes``: case -> seconds; ``host_peak``). Everything that is
asked is logged beside this file, for tests to count.
"""

import json
import os
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Prompt
from pytest_ftevals.core.encoded import Batch, Encoded
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Kind, Request
from pytest_ftevals.core.response import Choice, Finish, Response, failed
from pytest_ftevals.core.timing import Timing
from pytest_ftevals.core.variant import Numerics, Variant
from pytest_ftevals.engines.settings import EngineSettings

LOG = Path(__file__).with_name("engine.log")


class Engine:
    """Implements `pytest_ftevals.engines.protocol.Engine`."""

    def __init__(self, settings: EngineSettings) -> None:
        """Load nothing."""
        self._settings = settings
        self._rules: dict[str, Mapping[str, Any]] = {}
        self._plain: set[str] = set()

    def open(self, base: Variant) -> Numerics:
        """Read the base's rules."""
        self._read(base)
        chosen = self._settings
        return Numerics(
            device="cpu" if chosen.device == "auto" else chosen.device,
            dtype="float32" if chosen.dtype == "auto" else chosen.dtype,
            attention="sdpa" if chosen.attention == "auto" else chosen.attention,
        )

    def attach(self, candidate: Variant) -> bool:
        """Read a candidate's rules."""
        self._read(candidate)
        return candidate.kind == "adapter"

    def encode(self, requests: Sequence[Request]) -> list[Encoded | Response]:
        """Make a token of every word; refuse what the base's rules say."""
        return [self._encode(request) for request in requests]

    def holds(self, candidates: Sequence[Variant]) -> bool:
        """Fit as many full models as the base's rules say, adapters always."""
        most = self._rules["base"].get("room", len(candidates))
        return sum(one.kind == "full" for one in candidates) <= int(most)

    def release(self, variant: str) -> None:
        """Note it."""
        _log("release", variant, [])

    def batch_tokens(self, kind: Kind) -> int:  # noqa: ARG002 - the protocol's
        """Take as many tokens as the base's rules say."""
        return self._settings.batch_tokens or int(self._rules["base"].get("batch_tokens", 4096))

    def answer(self, variant: str, batch: Batch) -> list[Response]:
        """Answer by the variant's rules."""
        rules = self._rules[variant]
        time.sleep(rules.get("seconds", 0))
        if rules.get("crash"):
            raise RuntimeError("the engine is broken")
        _log("answer", variant, [_question(one.request.prompt)[0] for one in batch.requests])
        return [_answer(rules, one.request) for one in batch.requests]

    def teams(self, variants: Sequence[str], kind: Kind) -> list[list[str]]:  # noqa: ARG002 - as above
        """Answer each variant alone."""
        return [[name] for name in variants]

    def answer_jointly(self, variants: Sequence[str], batch: Batch) -> list[list[Response]]:
        """Answer one after the other."""
        return [self.answer(name, batch) for name in variants]

    def check(self, variant: str, encoded: Encoded, response: Response) -> float:  # noqa: ARG002 - as above
        """Be as far off as the variant's rules say, until shortcuts are avoided."""
        case = _question(encoded.request.prompt)[0]
        _log("check", variant, [case])
        off = self._rules[variant].get("off", 0.0)
        return 0.0 if variant in self._plain else float(off)

    def avoid_shortcuts(self, variant: str) -> None:
        """Note it."""
        _log("plain", variant, [])
        self._plain.add(variant)

    def hardware(self) -> dict[str, JSON]:
        """Run on nothing that a record would name."""
        return {}

    def close(self) -> None:
        """Free nothing."""

    def _read(self, variant: Variant) -> None:
        name = "adapter_config.json" if variant.kind == "adapter" else "config.json"
        self._rules[variant.name] = rules = json.loads((variant.folder / name).read_text())["fake"]
        _log("load", variant.name, [])
        if "broken" in rules:
            raise FtevalsError(rules["broken"], where=variant.name)

    def _encode(self, request: Request) -> Encoded | Response:
        case, _ = _question(request.prompt)
        if case in self._rules["base"].get("refused", ()):
            return failed("the prompt is too long")
        ids = tuple(zlib.crc32(word.encode()) for word in str(request.prompt).split())
        if request.kind in ("generate", "timed"):
            return Encoded(request=request, prompt_ids=ids)
        if request.kind == "loglikelihood_rolling":
            words = _words(request)
            return Encoded(
                request=request, prompt_ids=(), sequences=((0, *words),), scored=(len(words),)
            )
        sequences = tuple((*ids, 1) for _ in request.continuations)
        return Encoded(
            request=request, prompt_ids=(), sequences=sequences, scored=(1,) * len(sequences)
        )


def _question(prompt: Prompt) -> tuple[str, str]:
    """Return the case's id and the right reply, from the last line that asks."""
    text = prompt if isinstance(prompt, str) else prompt[-1].content
    case, _, reply = text.rpartition("\n")[2].partition(" = ")
    return case, reply


def _answer(rules: Mapping[str, Any], request: Request) -> Response:
    case, reply = _question(request.prompt)
    if case in rules.get("wrong", ()):
        reply = "wrong"
    reply = rules.get("replies", {}).get(case, reply)
    drawn = rules.get("samples", {}).get(case, ())
    reply = drawn[request.sample] if drawn else reply
    if request.kind == "timed":
        return Response(text=reply, timing=_timing(rules, case))
    if request.kind == "generate":
        finish: Finish = "length" if case in rules.get("cut", ()) else "stop"
        if not request.turns:
            return Response(text=reply, finish=finish)
        later = rules.get("turns", {}).get(case, ())
        replies = (reply, *(_reply(turn, later, at) for at, turn in enumerate(request.turns)))
        return Response(text=replies[-1], turns=replies, finish=finish)
    if request.kind == "loglikelihood_rolling":
        count = len(_words(request))
        total = -count * float(rules.get("nats", 2.0))
        return Response(choices=(Choice(text="", logprob=total, tokens=count),))
    givens = request.givens or ("",) * len(request.continuations)
    right = [
        reply in (text.strip(), given.strip())
        for given, text in zip(givens, request.continuations, strict=True)
    ]
    return Response(
        choices=tuple(
            Choice(
                text=text,
                logprob=-1.0 if right[index] else -2.0 - index,
                tokens=1,
                greedy=right[index] if request.greedy else None,
            )
            for index, text in enumerate(request.continuations)
        )
    )


def _reply(turn: str, later: Sequence[str], number: int) -> str:
    """Return the reply to a later turn: the rules' own, else what the turn asks for."""
    return later[number] if number < len(later) else _question(turn)[1]


def _timing(rules: Mapping[str, Any], case: str) -> Timing:
    """Return what the rules say that a case takes: a second without."""
    seconds = float(rules.get("takes", {}).get(case, 1.0))
    return Timing(
        seconds=seconds,
        first_token_seconds=seconds / 4,
        new_tokens=8,
        device="cpu",
        host_peak=int(rules.get("host_peak", 2**30)),
    )


def _words(request: Request) -> tuple[int, ...]:
    """Return a token a word of the one text."""
    return tuple(zlib.crc32(word.encode()) for word in request.continuations[0].split()) or (0,)


def _log(what: str, variant: str, cases: Sequence[str]) -> None:
    line = json.dumps({"what": what, "variant": variant, "cases": list(cases), "pid": os.getpid()})
    with LOG.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
