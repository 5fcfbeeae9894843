"""The loop that costs money: batches are claimed, computed, checked, stored and given back.

Another process on the same store takes other batches, and the batches of a process that died.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.core.encoded import Batch, Encoded, Ids
from pytest_ftevals.core.errors import FtevalsError, OutOfMemoryError
from pytest_ftevals.core.request import Kind, Request
from pytest_ftevals.core.response import Response, failed
from pytest_ftevals.engines.protocol import Engine
from pytest_ftevals.planning.batches import batches, halves, part
from pytest_ftevals.run.meter import Meter
from pytest_ftevals.run.progress import Progress
from pytest_ftevals.run.self_check import SelfCheck, TooLateError
from pytest_ftevals.store.claims import Claims
from pytest_ftevals.store.responses import Store

_WAIT_SECONDS = 0.05
"""Between looks at what another process is computing."""
_KINDS: tuple[Kind, ...] = ("loglikelihood", "loglikelihood_rolling", "generate")

Known = dict[tuple[str, Request], Response]
"""Responses by variant and request."""
Keys = Mapping[Request, str]
"""The store's keys of a variant's missing requests."""


@dataclass(slots=True)
class Counts:
    """How many of the run's unique requests this process found and computed."""

    stored: int = 0
    computed: int = 0
    seconds: float = 0.0
    """Spent answering."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What this process knows and did, over all its calls."""

    known: Known = field(default_factory=dict)
    asked: dict[str, dict[Request, str]] = field(default_factory=dict)
    """Variant -> what it set out to compute, with the store's keys."""
    mine: set[tuple[str, Request]] = field(default_factory=set)
    """What it computed, by variant and request."""
    counts: Counts = field(default_factory=Counts)


class Computing:
    """Answers what the store lacks."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        claims: Claims,
        ledger: Ledger,
        progress: Progress,
        check: SelfCheck,
    ) -> None:
        """Add to the `ledger`, whose `asked` names all that is to be computed."""
        self._engine = engine
        self._store = store
        self._claims = claims
        self._ledger = ledger
        self._known = ledger.known
        self._progress = progress
        self._check = check
        self._budgets = {kind: engine.batch_tokens(kind) for kind in _KINDS}

    def work(self, encoded: Mapping[Request, Encoded], missing: Mapping[str, Keys]) -> None:
        """Answer the missing requests of these variants, which are in memory together."""
        while todo := self._todo(encoded, missing):
            if not self._pass(todo, missing):
                time.sleep(_WAIT_SECONDS)

    def _todo(
        self, encoded: Mapping[Request, Encoded], missing: Mapping[str, Keys]
    ) -> dict[Request, Encoded]:
        """Return what is unanswered still, having looked at what others stored meanwhile."""
        left: dict[Request, Encoded] = {}
        for variant, keys in missing.items():
            open_keys = {
                key: request
                for request, key in keys.items()
                if (variant, request) not in self._known
            }
            for key, response in self._store.get(open_keys).items():
                self._known[variant, open_keys.pop(key)] = response
            left.update({request: encoded[request] for request in open_keys.values()})
        return left

    def _pass(self, todo: Mapping[Request, Encoded], missing: Mapping[str, Keys]) -> bool:
        """Work through `todo` once; return whether anything could be claimed."""
        plan = self._batches(todo)
        meter = Meter(plan, missing, self._known)
        worked = False
        # A prefix is computed once a variant, for one variant after the other: one is held at a
        # time. Base and candidates see the same batches, so that numerics differ in nothing else.
        for _, group in groupby(plan, key=_neighbours):
            together = list(group)
            kind = together[0].requests[0].request.kind
            for team in self._engine.teams([*missing], kind):
                for batch in together:
                    claimed = {one: self._claimed(one, batch, missing[one]) for one in team}
                    for variants, mine in _alike(batch, claimed):
                        worked = True
                        # All of them: a check may take back what earlier batches answered.
                        keys = {one: missing[one] for one in variants}
                        self._run(mine, keys)
                        for variant in variants:
                            self._claims.release(list(claimed[variant].values()))
                            self._progress.show(meter.after(variant, mine))
        return worked

    def _batches(self, todo: Mapping[Request, Encoded]) -> list[Batch]:
        return [
            batch
            for kind in _KINDS
            for batch in batches(
                [one for one in todo.values() if one.request.kind == kind], self._budgets[kind]
            )
        ]

    def _claimed(self, variant: str, batch: Batch, keys: Keys) -> dict[Request, str]:
        wanted = {
            keys[one.request]: one.request
            for one in batch.requests
            if one.request in keys and (variant, one.request) not in self._known
        }
        taken = self._claims.take(list(wanted))
        # Another process may have finished these between our look and our claim.
        for key, response in self._store.get(taken).items():
            self._known[variant, wanted[key]] = response
            self._claims.release([key])
        return {wanted[key]: key for key in taken if (variant, wanted[key]) not in self._known}

    def _run(self, batch: Batch, keys: Mapping[str, Keys]) -> None:
        """Answer a batch, in halves where the device has no room for it, and store the answers."""
        kind = batch.requests[0].request.kind
        if batch.tokens > self._budgets[kind] and len(batch.requests) > 1:
            for half in halves(batch):
                self._run(half, keys)
            return
        try:
            responses = self._answer([*keys], batch)
        except OutOfMemoryError as error:
            if len(batch.requests) > 1:
                # Later batches are made smaller before they are tried.
                self._budgets[kind] = min(self._budgets[kind], batch.tokens) // 2 or 1
                for half in halves(batch):
                    self._run(half, keys)
                return
            responses = self._one_by_one([*keys], batch, error)
        except FtevalsError as error:
            responses = self._one_by_one([*keys], batch, error)
        team: list[JSON] = [*keys] if len(keys) > 1 else []
        for variant, answers in zip(keys, responses, strict=True):
            self._keep(variant, batch, answers, keys[variant], team)

    def _answer(self, variants: Sequence[str], batch: Batch) -> list[list[Response]]:
        if len(variants) > 1:
            return self._engine.answer_jointly(variants, batch)
        return [self._engine.answer(variants[0], batch)]

    def _one_by_one(
        self, variants: Sequence[str], batch: Batch, error: FtevalsError
    ) -> list[list[Response]]:
        """Answer each variant for itself after a failure together: one must not cost the others."""
        if len(variants) == 1:
            return [[failed(str(error)) for _ in batch.requests]]
        found = []
        for variant in variants:
            try:
                found.append(self._engine.answer(variant, batch))
            except FtevalsError as its_own:
                found.append([failed(str(its_own)) for _ in batch.requests])
        return found

    def _keep(
        self,
        variant: str,
        batch: Batch,
        responses: Sequence[Response],
        keys: Keys,
        team: list[JSON],
    ) -> None:
        # A team's rows share passes: below float32 a value depends on them as well.
        company = digest([team, *(one.request.digest() for one in batch.requests)])[:16]
        answered = {
            one.request: replace(got, batch=company)
            for one, got in zip(batch.requests, responses, strict=True)
        }
        good = {request: got for request, got in answered.items() if got.error is None}
        try:
            if not self._check.after(variant, batch, good, lambda: self._take_back(variant, keys)):
                return
        except TooLateError:
            raise
        except FtevalsError as error:
            self._known.update({(variant, request): failed(str(error)) for request in keys})
            return
        self._store.put({keys[request]: got for request, got in good.items()})
        self._known.update({(variant, request): got for request, got in answered.items()})
        self._ledger.mine.update((variant, request) for request in good)
        self._ledger.counts.computed += len(good)

    def _take_back(self, variant: str, keys: Keys) -> bool:
        """Forget what was answered in a way that does not hold, by whomever: it is asked again.

        All that this run set out to compute of a variant. Return whether earlier calls answered
        some of it, beyond `keys`: tests may have read that.
        """
        ledger = self._ledger
        asked, read = ledger.asked[variant], False
        self._store.discard(asked.values())
        for request in asked:
            found, earlier = self._known.get((variant, request)), request not in keys
            if found is None or (earlier and found.error is not None):
                continue
            read |= earlier
            del self._known[variant, request]
            if (variant, request) in ledger.mine:
                ledger.mine.discard((variant, request))
                ledger.counts.computed -= 1
        return read


def _neighbours(batch: Batch) -> tuple[Kind, Ids]:
    """Return what a batch has in common with those after the same prefix."""
    return batch.requests[0].request.kind, batch.segments[0].ids if batch.prefix else ()


def _alike(batch: Batch, claimed: Mapping[str, Keys]) -> Iterator[tuple[list[str], Batch]]:
    """Yield variants that are to answer the same part of a batch, with that part."""
    groups: dict[frozenset[Request], list[str]] = {}
    for variant, keys in claimed.items():
        if keys:
            groups.setdefault(frozenset(keys), []).append(variant)
    for requests, variants in groups.items():
        yield variants, part(batch, [one for one in batch.requests if one.request in requests])
