"""The engine on transformers and peft: one base in memory, candidates switched on it.

Owns the order of things (load, attach, encode, answer); how each is done lies in its own module.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.encoded import Batch, Encoded
from pytest_ftevals.core.request import Kind, Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.variant import Numerics, Variant
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.engines.transformers.conversation import converse, last_turn
from pytest_ftevals.engines.transformers.encode import Encoder, refusal
from pytest_ftevals.engines.transformers.fleet import Fleet
from pytest_ftevals.engines.transformers.generate import (
    Heard,
    Opened,
    generate_jointly,
    generate_packed,
    generate_rows,
)
from pytest_ftevals.engines.transformers.loglikelihood import score_packed, score_rows
from pytest_ftevals.engines.transformers.memory import batch_tokens
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.numerics import ieee_float32, resolve_device
from pytest_ftevals.engines.transformers.packed import cascade_attention
from pytest_ftevals.engines.transformers.rolling import roll_packed, roll_rows
from pytest_ftevals.engines.transformers.room import collect, room
from pytest_ftevals.engines.transformers.self_check import choices_off, reply_off
from pytest_ftevals.engines.transformers.shortcuts import Shortcuts
from pytest_ftevals.engines.transformers.stopwatch import Stopwatch

_TEAM = 4
"""Most variants whose replies grow together: each brings rows, and memory for their keys."""


class TransformersEngine:
    """Implements `pytest_ftevals.engines.protocol.Engine`."""

    def __init__(self, settings: EngineSettings) -> None:
        """Nothing is loaded before `open`."""
        self._settings = settings
        self._shortcuts = Shortcuts(settings)
        self._open: tuple[Fleet, Encoder] | None = None

    def open(self, base: Variant) -> Numerics:
        """Load the base and its tokenizer; return the numerics as resolved."""
        if self._settings.threads is not None:
            torch.set_num_threads(self._settings.threads)
        with ieee_float32():
            fleet = Fleet(base, self._settings)
        encoder = Encoder(
            fleet.tokenizer, window=fleet.window, rows=fleet.rows, rolling=self._settings.window
        )
        self._open = (fleet, encoder)
        return fleet.numerics

    def attach(self, candidate: Variant) -> bool:
        """Load a candidate; return whether it runs on the base's own weights.

        Raises FtevalsError where it does not fit the base, has NaN weights, or changes nothing.
        """
        fleet, _ = self._opened()
        self._shortcuts.forget(candidate.name)
        with ieee_float32():
            if candidate.kind == "adapter":
                return fleet.attach_adapter(candidate)
            fleet.attach_full(candidate)
        return False

    def encode(self, requests: Sequence[Request]) -> list[Encoded | Response]:
        """Return each request as token ids, or an error response for one that cannot be asked."""
        _, encoder = self._opened()
        return encoder.encode(requests)

    def holds(self, candidates: Sequence[Variant]) -> bool:
        """Return whether the base and these candidates fit into memory at one time."""
        return self._opened()[0].holds(candidates)

    def release(self, variant: str) -> None:
        """Free what a variant has in memory for itself; the base comes back when it is needed."""
        self._opened()[0].release(variant)
        self._shortcuts.free()
        collect()

    def batch_tokens(self, kind: Kind) -> int:
        """Return how many tokens a batch of such requests should take on this device."""
        device = resolve_device(self._settings.device, self._settings.rank)
        return self._settings.batch_tokens or batch_tokens(device, kind)

    def answer(self, variant: str, batch: Batch) -> list[Response]:
        """Return the variant's responses to one batch, in the order of its requests.

        Raises OutOfMemoryError where it does not fit, FtevalsError where the model computes a NaN.
        """
        if batch.requests[0].request.turns:
            return self._converse([variant], batch)[0]
        if batch.requests[0].request.kind == "timed":
            return [self._timed(variant, batch)]
        return self._answer(variant, batch)

    def _timed(self, variant: str, batch: Batch) -> Response:
        """Answer a batch of one as any other, and tell what that took."""
        (encoded,) = batch.requests
        plain = replace(encoded, request=replace(encoded.request, kind="generate"))
        # Adapters are switched before the clock starts: where one model is served, none are.
        watch = Stopwatch(self._opened()[0].network(variant).device)
        (found,) = self._answer(variant, replace(batch, requests=(plain,)), watch.first)
        return replace(found, timing=watch.timing(found.new_tokens))

    def _answer(self, variant: str, batch: Batch, heard: Heard | None = None) -> list[Response]:
        fleet, _ = self._opened()
        with ieee_float32():
            network = fleet.network(variant)
            refused = [
                refusal(encoded, window=network.window, rows=network.rows)
                for encoded in batch.requests
            ]
            # A candidate may have a smaller window than the base, whose encoding this is.
            fitting = [
                encoded
                for encoded, error in zip(batch.requests, refused, strict=True)
                if error is None
            ]
            answers: Iterator[Response] = iter(())
            if len(fitting) == len(refused) and self._shortcuts.taken_by(network):
                answers = iter(self._packed(fleet, network, batch, heard))
            elif fitting:
                answers = iter(self._rows(fleet, network, fitting, heard))
        return [error or next(answers) for error in refused]

    def teams(self, variants: Sequence[str], kind: Kind) -> list[list[str]]:
        """Return the variants in groups that `answer_jointly` takes.

        Scoring is bound by arithmetic, which no company makes less of.
        """
        fleet, _ = self._opened()
        team: list[str] = []
        alone: list[list[str]] = []
        with ieee_float32():
            for name in variants:
                together = kind == "generate" and fleet.mixes(name)
                if together and self._shortcuts.taken_by(fleet.network(name)):
                    team.append(name)
                else:
                    alone.append([name])
        groups = [team[first : first + _TEAM] for first in range(0, len(team), _TEAM)]
        return sorted([*groups, *alone], key=lambda group: variants.index(group[0]))

    def answer_jointly(self, variants: Sequence[str], batch: Batch) -> list[list[Response]]:
        """Return several variants' replies to one batch; raises as `answer` does."""
        if batch.requests[0].request.turns:
            return self._converse(variants, batch)
        return self._jointly(variants, [batch] * len(variants))

    def _converse(self, variants: Sequence[str], batch: Batch) -> list[list[Response]]:
        def answer(batches: Sequence[Batch | None]) -> list[list[Response]]:
            asked = {name: one for name, one in zip(variants, batches, strict=True) if one}
            found = self._jointly([*asked], [*asked.values()])
            replies = dict(zip(asked, found, strict=True))
            return [replies.get(name, []) for name in variants]

        budget = self.batch_tokens("generate")
        return converse(batch, len(variants), answer, self.encode, budget)

    def _jointly(self, variants: Sequence[str], batches: Sequence[Batch]) -> list[list[Response]]:
        """Answer a batch a variant; one with a prefix is the same for all of them."""
        fleet, _ = self._opened()

        def opened() -> Iterator[Opened]:
            for name, batch in zip(variants, batches, strict=True):
                network = fleet.network(name)
                yield network, self._shortcuts.past(network, batch), batch

        if len(variants) < 2 or not self._mixes(variants, batches):  # noqa: PLR2004 - a team
            return [self._answer(*each) for each in zip(variants, batches, strict=True)]
        plain = fleet.network(variants[0])
        tokens = sum(batch.tokens for batch in batches)
        with ieee_float32(), room(plain, tokens), cascade_attention(plain.inner):
            return generate_jointly(
                fleet.tokenizer,
                fleet.end_tokens(variants[0]),
                opened(),
                lambda: fleet.mixed(variants),
            )

    def _mixes(self, variants: Sequence[str], batches: Sequence[Batch]) -> bool:
        """Whether a team's batches can be answered in passes of all their rows."""
        fleet, _ = self._opened()
        plain = fleet.network(variants[0])
        requests = [one for batch in batches for one in batch.requests]
        if any(refusal(one, window=plain.window, rows=plain.rows) for one in requests):
            return False
        # The team may be older than the wish to avoid shortcuts.
        taken = all(self._shortcuts.taken_by(fleet.network(one)) for one in variants)
        return taken and self._shortcuts.hold_together(plain, batches[0], len(variants))

    def check(self, variant: str, encoded: Encoded, response: Response) -> float:
        """Compute one request anew, alone and in whole passes; return how far `response` is off."""
        fleet, _ = self._opened()
        network = fleet.network(variant)
        if encoded.request.turns:
            last = last_turn(encoded, response, self.encode)
            if isinstance(last, Response):
                return float("inf")
            encoded = last
        with ieee_float32(), room(network, encoded.width):
            if encoded.request.kind == "generate":
                return reply_off(network, encoded, response)
            return choices_off(network, encoded, response)

    def avoid_shortcuts(self, variant: str) -> None:
        """Answer this variant from now on as if no two requests had anything in common."""
        self._shortcuts.avoid(variant)

    def hardware(self) -> dict[str, JSON]:
        """Return the accelerators by name, their memory in bytes, and the processor threads."""
        found = [torch.cuda.get_device_properties(one) for one in range(torch.cuda.device_count())]
        return {
            "accelerators": [one.name for one in found],
            "accelerator_memory": [one.total_memory for one in found],
            "threads": torch.get_num_threads(),
        }

    def close(self) -> None:
        """Let go of the models; nothing is loaded after them, which would need a collection."""
        self._open = None
        self._shortcuts = Shortcuts(self._settings)

    def _opened(self) -> tuple[Fleet, Encoder]:
        if self._open is None:
            msg = "open() comes first"
            raise RuntimeError(msg)
        return self._open

    def _packed(
        self, fleet: Fleet, network: Network, batch: Batch, heard: Heard | None
    ) -> list[Response]:
        with room(network, batch.tokens), cascade_attention(network.inner):
            kind = batch.requests[0].request.kind
            if kind == "loglikelihood_rolling":
                return roll_packed(network, batch.requests)
            past = self._shortcuts.past(network, batch)
            if kind == "loglikelihood":
                return score_packed(network, batch, past)
            ends = fleet.end_tokens(network.variant.name)
            return generate_packed(network, fleet.tokenizer, batch, ends, past, heard)

    def _rows(
        self,
        fleet: Fleet,
        network: Network,
        requests: Sequence[Encoded],
        heard: Heard | None,
    ) -> list[Response]:
        """Answer requests that share nothing, the longest together, in passes of a batch's size."""
        kind = requests[0].request.kind
        if kind == "loglikelihood_rolling":
            with room(network, max(one.width for one in requests)):
                return roll_rows(network, requests)
        order = sorted(range(len(requests)), key=lambda index: -requests[index].width)
        found: dict[int, Response] = {}
        for part in _chunks(order, requests, self.batch_tokens(kind)):
            several = [requests[index] for index in part]
            with room(network, several[0].width * len(several)):
                if kind == "loglikelihood":
                    responses = score_rows(network, several)
                else:
                    ends = fleet.end_tokens(network.variant.name)
                    responses = generate_rows(network, fleet.tokenizer, several, ends, heard)
            found.update(zip(part, responses, strict=True))
        return [found[index] for index in range(len(requests))]


def _chunks(
    order: Sequence[int], requests: Sequence[Encoded], budget: int
) -> Iterator[Sequence[int]]:
    """Cut indices of requests, longest first, where their padded rows would go over the budget."""
    first, rows = 0, 0
    for place, index in enumerate(order):
        count = len(requests[index].inputs)
        if rows and (rows + count) * requests[order[first]].width > budget:
            yield order[first:place]
            first, rows = place, 0
        rows += count
    yield order[first:]
