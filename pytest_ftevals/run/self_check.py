"""The self-check: a few answers of every run that computes, computed again the plain way.

Invariant: a fast path gives what the plain path gives. Where it does not, in float32, the variant
is answered the plain way and the record says so; below float32 the difference is reported.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from pytest_ftevals.core.encoded import Batch, Encoded
from pytest_ftevals.core.errors import FtevalsError, OutOfMemoryError
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.engines.protocol import Engine
from pytest_ftevals.store.checks import Check, Checks
from pytest_ftevals.store.responses import Store

TOLERANCE = 1e-4
"""Nats, of a log-probability. A choice can turn where its lead is within twice that."""
_SPACING = 16
"""A variant's batches of one kind that are checked are the first, 17th, 257th, ..."""


class SelfCheck:
    """Checks one request of some batches, and remembers what came of it with the answers."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        *,
        exact: bool,
        context: Callable[[str], str],
    ) -> None:
        """`exact`: whether a difference is a fault; `context`: what a variant's keys share."""
        self._engine = engine
        self._checks = Checks(store)
        self._exact = exact
        self._context = context
        self._answered: dict[str, list[Request]] = defaultdict(list)
        self._batches: dict[tuple[str, str], int] = defaultdict(int)
        self._plain: set[str] = set()
        """Variants that are answered the plain way by now."""

    def after(
        self, variant: str, batch: Batch, answers: Mapping[Request, Response]
    ) -> Sequence[Request]:
        """Check a batch that was just answered; return the requests whose answers do not hold.

        Those are all that were answered for the variant, this batch's included. Raises FtevalsError
        where they do not even hold the plain way.
        """
        number = self._batches[variant, batch.requests[0].request.kind]
        self._batches[variant, batch.requests[0].request.kind] += 1
        chosen = _chosen(batch, answers) if _is_due(number) else None
        self._answered[variant] += answers
        if chosen is None:
            return ()
        response = answers[chosen.request]
        try:
            off = self._engine.check(variant, chosen, response)
        except OutOfMemoryError:
            return ()  # alone and whole it takes more than its share of the batch did
        held = not self._exact or off <= _bound(chosen)
        self._checks.remember(self._context(variant), chosen.request, Check(off=off, held=held))
        if held:
            return ()
        if variant in self._plain:
            raise FtevalsError(
                f"a request answered with others is off by {off:.2g} nats from the same request "
                "alone, without any shortcut",
                where=variant,
                fix="Answer one request at a time: --ftevals-batch-tokens 1.",
            )
        self._plain.add(variant)
        # The plain way is checked from its own first batch on.
        self._batches = defaultdict(
            int, {key: count for key, count in self._batches.items() if key[0] != variant}
        )
        self._engine.avoid_shortcuts(variant)
        return self._answered.pop(variant)


def _chosen(batch: Batch, answers: Mapping[Request, Response]) -> Encoded | None:
    """Return the batch's shortest request that can be checked: any will do."""
    can = [
        one
        for one in batch.requests
        if one.request in answers
        and (one.request.decode is None or one.request.decode.temperature == 0)
    ]
    return min(can, key=lambda one: one.width, default=None)


def _is_due(number: int) -> bool:
    return number in {0, *(_SPACING**power for power in range(1, 9))}


def _bound(encoded: Encoded) -> float:
    return TOLERANCE if encoded.request.kind == "loglikelihood" else 2 * TOLERANCE
