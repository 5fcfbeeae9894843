"""The answers of a run: from the store, else computed by the engine in batches.

The only loop that costs money. A batch is claimed, computed, stored and given back; another process
on the same store takes other batches, and the batches of a process that died.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_ftevals.core.canonical import digest
from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Response, failed
from pytest_ftevals.engines.protocol import Engine
from pytest_ftevals.planning.batches import batches, tokens
from pytest_ftevals.planning.plan import Plan
from pytest_ftevals.run.device import Device
from pytest_ftevals.run.progress import Progress, Step
from pytest_ftevals.store.claims import Claims
from pytest_ftevals.store.keys import response_key
from pytest_ftevals.store.responses import Store

_WAIT_SECONDS = 0.05
"""Between looks at what another process is computing."""


@dataclass(slots=True)
class Counts:
    """How many of the run's unique requests this process found and computed."""

    stored: int = 0
    computed: int = 0
    seconds: float = 0.0
    """Spent answering."""


class Answers:
    """Responses by variant and request."""

    def __init__(self, device: Device, store: Store, progress: Progress, budget: int) -> None:
        """Answer through `device`, keep in `store`; `budget` is in tokens per batch."""
        self._device = device
        self._store = store
        self._progress = progress
        self._budget = budget
        self._known: dict[tuple[str, Request], Response] = {}
        self._read = False
        """Whether tests may have read answers already."""
        self.counts = Counts()

    def get(self, variant: str, request: Request) -> Response | None:
        """Return a response that was answered or found before, or None."""
        return self._known.get((variant, request))

    def answered(self, plan: Plan) -> int:
        """Return how many of the plan's unique requests have an answer that is no error."""
        found = [self.get(name, one) for name, asked in plan.requests.items() for one in asked]
        return sum(one is not None and one.error is None for one in found)

    def errors(self) -> dict[tuple[str, str], str]:
        """Return why requests have no answer, by variant and request digest; never stored."""
        return {
            (variant, request.digest()): response.error
            for (variant, request), response in self._known.items()
            if response.error is not None
        }

    def keys(self, variant: str, requests: Sequence[Request]) -> dict[Request, str]:
        """Return the store's keys of a variant's requests."""
        context = self._device.context(variant).digest()
        return {request: response_key(context, request) for request in requests}

    def find(self, plan: Plan) -> dict[str, dict[Request, str]]:
        """Take what the store has; return the rest with its keys, by variant."""
        missing: dict[str, dict[Request, str]] = {}
        for variant, requests in plan.requests.items():
            unknown = [one for one in requests if (variant, one) not in self._known]
            keys = self.keys(variant, unknown)
            found = self._store.get(keys.values())
            for request, key in keys.items():
                if key in found:
                    self._known[variant, request] = found[key]
                    self.counts.stored += 1
                else:
                    missing.setdefault(variant, {})[request] = key
        return missing

    def answer(self, plan: Plan) -> None:
        """Answer everything in `plan`; what cannot be answered becomes an error response.

        Raises FtevalsError where the base itself cannot be used.
        """
        began = time.monotonic()
        missing = self.find(plan)
        if missing and self._resolved_anew():
            missing = self._forget(plan)
        self._read = True
        if missing:
            self._compute(missing)
            self._progress.say("")
        self.counts.seconds += time.monotonic() - began

    def _resolved_anew(self) -> bool:
        """Load the models; return whether their numerics are not those remembered.

        A machine can lose its GPU between two runs: what it computes now has other keys.
        """
        believed = self._device.numerics()
        self._device.engine()
        return self._device.numerics() != believed

    def _forget(self, plan: Plan) -> dict[str, dict[Request, str]]:
        """Drop all answers found; return what the store lacks of them and of `plan` now.

        Raises FtevalsError where tests may have been decided on them.
        """
        if self._read:
            raise FtevalsError(
                "the models run on other numerics than the stored answers that tests have read "
                f"(now {', '.join(map(str, self._device.numerics().to_json().values()))})",
                fix="Run again: all answers are then asked under the numerics of this machine. "
                "Name tasks with @pytest.mark.evaluates(TASK), so that they are answered first.",
            )
        asked: dict[str, dict[Request, None]] = {}
        for variant, requests in plan.requests.items():
            asked[variant] = dict.fromkeys(requests)
        for variant, request in self._known:
            asked.setdefault(variant, {})[request] = None
        self._known.clear()
        self.counts.stored = 0
        again = {variant: tuple(requests) for variant, requests in asked.items()}
        return self.find(Plan(requests=again, asked=plan.asked))

    def _compute(self, missing: Mapping[str, dict[Request, str]]) -> None:
        engine = self._device.engine()
        usable = {variant: keys for variant, keys in missing.items() if self._usable(variant, keys)}
        encoded = self._encode(engine, usable)
        claims = Claims(self._store)
        try:
            while todo := self._todo(encoded, usable):
                if not self._pass(engine, claims, todo, usable):
                    time.sleep(_WAIT_SECONDS)
        finally:
            claims.close()

    def _usable(self, variant: str, keys: Mapping[Request, str]) -> bool:
        """Attach a variant; where that fails, its requests' responses say why."""
        try:
            self._device.attach(variant)
        except FtevalsError as error:
            for request in keys:
                self._known[variant, request] = failed(str(error))
            return False
        return True

    def _encode(
        self, engine: Engine, missing: Mapping[str, dict[Request, str]]
    ) -> dict[Request, Encoded]:
        requests = list(dict.fromkeys(one for keys in missing.values() for one in keys))
        encoded: dict[Request, Encoded] = {}
        for request, result in zip(requests, engine.encode(requests), strict=True):
            if isinstance(result, Encoded):
                encoded[request] = result
                continue
            for variant, keys in missing.items():
                if request in keys:
                    self._known[variant, request] = result
        return encoded

    def _todo(
        self, encoded: Mapping[Request, Encoded], missing: Mapping[str, dict[Request, str]]
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

    def _pass(
        self,
        engine: Engine,
        claims: Claims,
        todo: Mapping[Request, Encoded],
        missing: Mapping[str, dict[Request, str]],
    ) -> bool:
        """Work through `todo` once; return whether anything could be claimed."""
        meter = _Meter(todo, missing, self._budget, self._known)
        worked = False
        # Base and candidates over the same batches, so that their numerics differ in nothing else.
        for batch in batches(todo.values(), self._budget):
            for variant in missing:
                keys = self._claimed(claims, variant, batch, missing[variant])
                if not keys:
                    continue
                worked = True
                mine = [one for one in batch if one.request in keys]
                self._run(engine, variant, mine, keys)
                claims.release(list(keys.values()))
                self._progress.show(meter.after(variant, mine))
        return worked

    def _claimed(
        self,
        claims: Claims,
        variant: str,
        batch: Sequence[Encoded],
        keys: Mapping[Request, str],
    ) -> dict[Request, str]:
        wanted = {
            keys[one.request]: one.request
            for one in batch
            if one.request in keys and (variant, one.request) not in self._known
        }
        taken = claims.take(list(wanted))
        # Another process may have finished these between our look and our claim.
        for key, response in self._store.get(taken).items():
            self._known[variant, wanted[key]] = response
            claims.release([key])
        return {wanted[key]: key for key in taken if (variant, wanted[key]) not in self._known}

    def _run(
        self,
        engine: Engine,
        variant: str,
        batch: Sequence[Encoded],
        keys: Mapping[Request, str],
    ) -> None:
        try:
            responses = engine.answer(variant, batch)
        except FtevalsError as error:
            responses = [failed(str(error)) for _ in batch]
        company = digest([one.request.digest() for one in batch])[:16]
        answered = {
            one.request: replace(got, batch=company)
            for one, got in zip(batch, responses, strict=True)
        }
        self._store.put(
            {keys[request]: got for request, got in answered.items() if got.error is None}
        )
        self._known.update({(variant, request): got for request, got in answered.items()})
        self.counts.computed += sum(got.error is None for got in answered.values())


class _Meter:
    """Counts requests and tokens for the progress bar."""

    def __init__(
        self,
        todo: Mapping[Request, Encoded],
        missing: Mapping[str, dict[Request, str]],
        budget: int,
        known: Mapping[tuple[str, Request], Response],
    ) -> None:
        self._began = time.monotonic()
        self._total = self._total_tokens = self._done = self._tokens = 0
        for part in _by_variant(todo, missing, known):
            for batch in batches(part, budget):
                self._total += len(batch)
                self._total_tokens += tokens(batch)

    def after(self, variant: str, batch: Sequence[Encoded]) -> Step:
        self._done += len(batch)
        self._tokens = min(self._total_tokens, self._tokens + tokens(batch))
        return Step(
            variant=variant,
            done=self._done,
            total=self._total,
            tokens=self._tokens,
            total_tokens=self._total_tokens,
            seconds=time.monotonic() - self._began,
        )


def _by_variant(
    todo: Mapping[Request, Encoded],
    missing: Mapping[str, dict[Request, str]],
    known: Mapping[tuple[str, Request], Response],
) -> Iterator[list[Encoded]]:
    for variant, keys in missing.items():
        yield [todo[one] for one in keys if one in todo and (variant, one) not in known]
