"""The self-check: a few answers of every run that computes, computed again the plain way.

Invariant: a fast path gives what the plain path gives. Where it does not, in float32, the variant
is answered the plain way and the record says so; below float32 the difference is reported.
A run answers in several calls where tests ask besides what they declared, or stop early. One check
serves all of them: what an earlier call answered is doubted with the rest.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from pytest_ftevals.core.encoded import Batch, Encoded
from pytest_ftevals.core.errors import FtevalsError, OutOfMemoryError
from pytest_ftevals.core.request import Kind, Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.engines.protocol import Engine
from pytest_ftevals.store.checks import Check, Checks
from pytest_ftevals.store.responses import Store

TOLERANCE = 1e-4
"""Nats, of a log-probability. A choice can turn where its lead is within twice that."""
_SPACING = 32
"""A variant's batches of one kind that are checked are the first, 33rd, 1,025th, ..."""
_ONE_AT_A_TIME = "Answer one request at a time: --ftevals-batch-tokens 1."


class TooLateError(FtevalsError):
    """Tests may have read answers that turned out wrong."""


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
        self._store = store
        self._checks = Checks(store)
        self._exact = exact
        self._context = context
        self._checked: dict[tuple[str, Kind], int] = defaultdict(int)
        """Batches that could be checked, by variant and kind."""
        self._plain: set[str] = set()
        """Variants that are answered the plain way by now."""
        self._refused: dict[str, tuple[str, str]] = {}
        """Variant -> why it is asked nothing more in this run, and what mends that."""

    def before(self, variants: Iterable[str]) -> None:
        """Answer those the plain way that an earlier run had to give up on.

        Raises TooLateError, each time, for a variant of which tests read wrong answers in this run.
        """
        for variant in variants:
            if variant in self._refused:
                what, fix = self._refused[variant]
                raise TooLateError(what, where=variant, fix=fix)
            if variant not in self._plain and self._store.note(self._note(variant)) is True:
                self._plain.add(variant)
                self._engine.avoid_shortcuts(variant)

    def after(
        self,
        variant: str,
        batch: Batch,
        answers: Mapping[Request, Response],
        take_back: Callable[[], bool],
    ) -> bool:
        """Check a batch that was just answered; return whether its answers hold.

        If not, `take_back` removes what the variant answered in this run, and returns whether tests
        may have read some of it. If they have not, all is answered the plain way. Raises
        TooLateError where they have, and FtevalsError where answers do not even hold the plain way.
        """
        asked = variant, batch.requests[0].request.kind
        can = [one for one in batch.requests if one.request in answers and _can_be_checked(one)]
        if not can:
            return True
        number = self._checked[asked]
        self._checked[asked] += 1
        if not _is_due(number):
            return True
        # The longest first, as windows and far positions show only there; then the cheapest.
        chosen = (min if number else max)(can, key=lambda one: one.width)
        off = self._off(variant, chosen, answers[chosen.request])
        if off is None:
            return True
        check = Check(off=off, held=not self._exact or off <= _bound(chosen))
        if check.held:
            self._remember_held(variant, chosen, check)
            return True
        # In this order: a run that is killed in between leaves nothing doubtful.
        read = take_back()
        self._checks.remember(self._context(variant), chosen.request, check)
        if read:
            self._refuse(variant, off)
        self._distrust(variant, off)
        return False

    def _remember_held(self, variant: str, chosen: Encoded, check: Check) -> None:
        """Keep a check, but not in the place of a fault: that is why the plain way was taken."""
        context = self._context(variant)
        if all(one.held for one in self._checks.recall(context, [chosen.request])):
            self._checks.remember(context, chosen.request, check)

    def _off(self, variant: str, chosen: Encoded, response: Response) -> float | None:
        """Return how far an answer is off; None where it could not be computed alone."""
        try:
            return self._engine.check(variant, chosen, response)
        except OutOfMemoryError:
            return None  # alone and whole it takes more than its share of the batch did
        except FtevalsError:
            return float("inf")  # NaN, where the fast path had numbers

    def _refuse(self, variant: str, off: float) -> None:
        fix = "Run again: its answers of this run were removed"
        if variant in self._plain:
            fix = f"{fix}. {_ONE_AT_A_TIME}"
        else:
            # Else the next run would come to the same end.
            self._store.remember(self._note(variant), value=True)
            fix = f"{fix}, and the next run on this store asks it without shortcuts."
        self._refused[variant] = f"{_off(off)}, and tests have read earlier answers", fix
        self.before([variant])

    def _note(self, variant: str) -> str:
        return f"plain {self._context(variant)}"

    def _distrust(self, variant: str, off: float) -> None:
        if variant in self._plain:
            raise FtevalsError(_off(off), where=variant, fix=_ONE_AT_A_TIME)
        self._plain.add(variant)
        # The plain way is checked from its own first batch on.
        for asked in [one for one in self._checked if one[0] == variant]:
            del self._checked[asked]
        self._engine.avoid_shortcuts(variant)


def _off(off: float) -> str:
    return (
        f"a request answered with others is off by {off:.2g} nats from the same request alone, "
        "without any shortcut"
    )


def _can_be_checked(encoded: Encoded) -> bool:
    """Return whether plain computing can tell: of a drawn reply it cannot."""
    return encoded.request.decode is None or encoded.request.decode.temperature == 0


def _is_due(number: int) -> bool:
    return number in {0, *(_SPACING**power for power in range(1, 9))}


def _bound(encoded: Encoded) -> float:
    return TOLERANCE if encoded.request.kind == "loglikelihood" else 2 * TOLERANCE
