"""The answers of a run: from the store, else computed by the engine."""

import time
from collections.abc import Iterable, Mapping, Sequence

from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Response, failed
from pytest_ftevals.engines.protocol import Engine
from pytest_ftevals.planning.plan import Plan
from pytest_ftevals.run.computing import Computing, Counts, Ledger
from pytest_ftevals.run.device import Device
from pytest_ftevals.run.measuring import DISTURBED, measured
from pytest_ftevals.run.progress import Progress
from pytest_ftevals.run.self_check import SelfCheck
from pytest_ftevals.store.claims import Claims
from pytest_ftevals.store.keys import response_key
from pytest_ftevals.store.responses import Store

__all__ = ["Answers", "Counts"]


class Answers:
    """Responses by variant and request."""

    def __init__(
        self, device: Device, store: Store, progress: Progress, *, alone: bool = True
    ) -> None:
        """Answer through `device`, keep in `store`.

        `alone`: whether this is the only process of the run, so that requests can be measured.
        """
        self._alone = alone
        self._device = device
        self._store = store
        self._progress = progress
        self._ledger = Ledger()
        self._known = self._ledger.known
        self._check: SelfCheck | None = None
        """One for all calls; made when something is computed first."""
        self._read = False
        """Whether tests may have read answers already."""
        self.counts = self._ledger.counts

    def get(self, variant: str, request: Request) -> Response | None:
        """Return a response that was answered or found before, or None."""
        return self._known.get((variant, request))

    def answered(self, plan: Plan) -> int:
        """Return how many of the plan's unique requests have an answer that is no error."""
        found = [self.get(name, one) for name, asked in plan.requests.items() for one in asked]
        return sum(one is not None and one.error is None for one in found)

    def check(self, variants: Iterable[str]) -> None:
        """Raise FtevalsError where tests of this run read a variant's answers that did not hold."""
        if self._check is not None:
            self._check.before(variants)

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
        rolling = [one for one in requests if one.kind == "loglikelihood_rolling"]
        found = {request: response_key(context, request) for request in requests}
        if rolling:
            windowed = self._device.rolling_context(context)
            found.update({request: response_key(windowed, request) for request in rolling})
        return found

    def find(self, plan: Plan) -> dict[str, dict[Request, str]]:
        """Take what the store has; return the rest with its keys, by variant."""
        missing: dict[str, dict[Request, str]] = {}
        for variant, requests in plan.requests.items():
            if not self._alone:
                for request in filter(_is_timed, requests):
                    self._known[variant, request] = failed(DISTURBED)
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

        Raises FtevalsError where the base itself cannot be used, and where answers turned out wrong
        that tests may have read.
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
        check = self._self_check(engine)
        check.before(missing)
        encoded = self._encode(engine, missing)
        # What cannot be encoded has its answer: to take that back would be to ask in vain.
        missing = {
            variant: {request: key for request, key in keys.items() if request in encoded}
            for variant, keys in missing.items()
        }
        timed = {variant: [*filter(_is_timed, keys)] for variant, keys in missing.items()}
        missing = {
            variant: {request: key for request, key in keys.items() if not _is_timed(request)}
            for variant, keys in missing.items()
        }
        for variant, keys in missing.items():
            self._ledger.asked.setdefault(variant, {}).update(keys)
        claims = Claims(self._store)
        computing = Computing(engine, self._store, claims, self._ledger, self._progress, check)
        try:
            for together in self._device.turns([*missing]):
                usable = {
                    name: missing[name]
                    for name in together
                    if self._usable(name, [*missing[name], *timed[name]])
                }
                computing.work(encoded, usable)
                self._measure(engine, encoded, {name: timed[name] for name in usable})
        finally:
            claims.close()

    def _measure(
        self,
        engine: Engine,
        encoded: Mapping[Request, Encoded],
        wanted: Mapping[str, Sequence[Request]],
    ) -> None:
        asked = {variant: requests for variant, requests in wanted.items() if requests}
        if asked:
            for variant, request, found in measured(engine, encoded, asked, self._progress):
                self._known[variant, request] = found
                self.counts.computed += 1

    def _usable(self, variant: str, requests: Iterable[Request]) -> bool:
        """Attach a variant; where that fails, its requests' responses say why."""
        try:
            self._device.attach(variant)
        except FtevalsError as error:
            for request in requests:
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

    def _self_check(self, engine: Engine) -> SelfCheck:
        if self._check is None:
            self._check = SelfCheck(
                engine,
                self._store,
                exact=self._device.numerics().is_exact,
                context=lambda variant: self._device.context(variant).digest(),
            )
        return self._check


def _is_timed(request: Request) -> bool:
    return request.kind == "timed"
