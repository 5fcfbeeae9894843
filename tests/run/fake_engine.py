"""An engine without a model: what it answers follows from the variant's weights and the request.

It writes down everything it is told in ``log.jsonl`` in the base's folder, and reads from
``script.json`` beside it what is to go wrong. Several processes may use one folder.
"""

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.encoded import Batch, Encoded
from pytest_ftevals.core.errors import FtevalsError, OutOfMemoryError
from pytest_ftevals.core.request import Kind, Request
from pytest_ftevals.core.response import Choice, Response, failed
from pytest_ftevals.core.variant import BASE, Numerics, Variant
from pytest_ftevals.engines.settings import EngineSettings

WEIGHTS = {
    "base": "model.safetensors",
    "full": "model.safetensors",
    "adapter": "adapter_model.safetensors",
}


class FakeEngine:
    """Says a prompt's last word where the variant knows it; its weights are how many of ten."""

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self._weights: dict[str, str] = {}
        self._plain: set[str] = set()
        self._checked: Counter[tuple[str, str]] = Counter()
        self._batches = 0

    def open(self, base: Variant) -> Numerics:
        """Read the base's weights and the script."""
        self._folder = base.folder
        self._script: dict[str, Any] = json.loads((base.folder / "script.json").read_text())
        self._log(what="open")
        if "fail_open" in self._script:
            raise FtevalsError(self._script["fail_open"], where=base.source)
        self._read(base)
        device, dtype = self._script.get("device", "cpu"), self._script.get("dtype", "float32")
        return Numerics(device=device, dtype=dtype, attention="eager")

    def attach(self, candidate: Variant) -> bool:
        """Read a candidate's weights."""
        self._log(what="attach", variant=candidate.name)
        failure = self._script.get("fail_attach", {}).get(candidate.name)
        if failure:
            raise FtevalsError(failure, where=candidate.name)
        self._read(candidate)
        return candidate.kind == "adapter" and candidate.name not in self._script.get("apart", [])

    def encode(self, requests: Sequence[Request]) -> list[Encoded | Response]:
        """Return a token id a character."""
        self._log(what="encode", prompts=[one.prompt for one in requests])
        refused = self._script.get("refused", [])
        return [
            failed(f"{one.prompt!r} is too long") if one.prompt in refused else _encoded(one)
            for one in requests
        ]

    def holds(self, candidates: Sequence[Variant]) -> bool:
        """Fit as many full models as the script says, adapters always."""
        most = self._script.get("room", len(candidates))
        return sum(one.kind == "full" for one in candidates) <= int(most)

    def release(self, variant: str) -> None:
        """Forget a variant's weights."""
        self._log(what="release", variant=variant)

    def batch_tokens(self, kind: Kind) -> int:
        """Take as many tokens of a kind as the script says."""
        return self.settings.batch_tokens or int(
            self._script.get("batch_tokens", {}).get(kind, 4096)
        )

    def answer(self, variant: str, batch: Batch) -> list[Response]:
        """Answer each request by rule."""
        prompts = [one.request.prompt for one in batch.requests]
        if self._batches == self._script.get("interrupt_after"):
            raise KeyboardInterrupt
        self._batches += 1
        time.sleep(self._script.get("seconds", 0))
        if batch.tokens > self._script.get("memory", batch.tokens):
            self._log(what="full", variant=variant, tokens=batch.tokens)
            raise OutOfMemoryError(f"{batch.tokens} tokens do not fit", where=variant)
        self._log(what="answer", variant=variant, prompts=prompts, plain=variant in self._plain)
        if set(prompts) & set(self._script.get("broken", [])):
            raise FtevalsError("out of memory", where=variant)
        if variant in self._script.get("broken_for", {}):
            raise FtevalsError(self._script["broken_for"][variant], where=variant)
        return [self._answered(variant, one.request) for one in batch.requests]

    def teams(self, variants: Sequence[str], kind: Kind) -> list[list[str]]:
        """Take as many variants together as the script says for a kind, else each alone."""
        size = self._script.get("team", {}).get(kind, 1)
        return [[*variants[first : first + size]] for first in range(0, len(variants), size)]

    def answer_jointly(self, variants: Sequence[str], batch: Batch) -> list[list[Response]]:
        """Answer for one after the other."""
        self._log(what="jointly", variants=list(variants))
        return [self.answer(variant, batch) for variant in variants]

    def check(self, variant: str, encoded: Encoded, response: Response) -> float:
        """Be as far off as the script says, check by check, with and without shortcuts."""
        prompts = [encoded.request.prompt]
        self._log(what="check", variant=variant, prompts=prompts, reply=response.text)
        if self._script.get("check_full"):
            raise OutOfMemoryError("one alone does not fit", where=variant)
        if variant in self._script.get("check_broken", []) and variant not in self._plain:
            raise FtevalsError("its logits are NaN", where=variant)
        way = "off_plain" if variant in self._plain else "off"
        offs = self._script.get(way, {}).get(variant, [])
        number = self._checked[variant, way]
        self._checked[variant, way] += 1
        return float(offs[number]) if number < len(offs) else 0.0

    def avoid_shortcuts(self, variant: str) -> None:
        """Note it."""
        self._log(what="plain", variant=variant)
        self._plain.add(variant)

    def hardware(self) -> dict[str, JSON]:
        """Run on nothing that a record would name."""
        return {}

    def close(self) -> None:
        """Free nothing."""
        self._log(what="close")

    def _read(self, variant: Variant) -> None:
        name = BASE if variant.kind == "base" else variant.name
        self._weights[name] = (variant.folder / WEIGHTS[variant.kind]).read_text()

    def _answered(self, variant: str, request: Request) -> Response:
        weights = self._weights[variant]
        if request.prompt in self._script.get("unanswerable", []):
            return failed("no answer to that")
        if request.kind == "loglikelihood":
            return Response(
                choices=tuple(
                    Choice(text=text, logprob=-_drawn(weights, request, text) / 7, tokens=1)
                    for text in request.continuations
                )
            )
        known = _drawn(weights, request) % 10 < int(weights)
        text = str(request.prompt).split()[-1] if known else "no idea"
        return Response(text=text, prompt_tokens=len(request.prompt), new_tokens=1)

    def _log(self, **entry: object) -> None:
        line = json.dumps({"pid": os.getpid(), **entry}) + "\n"
        with Path(self._folder / "log.jsonl").open("a") as file:  # one write: lines stay whole
            file.write(line)


def _encoded(request: Request) -> Encoded:
    prompt = tuple(map(ord, str(request.prompt)))
    if request.kind == "generate":
        return Encoded(request=request, prompt_ids=prompt)
    endings = [tuple(map(ord, text)) for text in request.continuations]
    return Encoded(
        request=request,
        prompt_ids=(),
        sequences=tuple((*prompt, *ending) for ending in endings),
        scored=tuple(map(len, endings)),
    )


def _drawn(*parts: object) -> int:
    return int(hashlib.sha256(repr(parts).encode()).hexdigest()[:6], 16) % 1000
