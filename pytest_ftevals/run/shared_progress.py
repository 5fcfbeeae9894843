"""The progress of several processes on one plan: each tells its own, one adds them up."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.run.messages import Messages
from pytest_ftevals.run.progress import Step

KIND = "progress"
"""Of the messages that hold a `State`."""
_WRITE_SECONDS = 0.2
"""Between two messages at least: batches may be much shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What one process does."""

    phase: str = ""
    """A long silent step (loading a model); empty where it answers."""
    step: Step | None = None
    """How far it is, over all its passes through the plan; None before its first batch."""
    over: bool = False
    """Whether it has nothing left to do."""

    def to_json(self) -> JSON:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> "State":
        """Read what `to_json` made; raises KeyError, TypeError or ValueError for anything else."""
        step = data["step"]
        return cls(
            phase=str(data["phase"]),
            step=None if step is None else Step(**step),
            over=bool(data["over"]),
        )


class Teller:
    """Tells this process's progress to whoever adds it up; implements `Progress`."""

    def __init__(self, messages: Messages, sender: str) -> None:
        """Tell nothing yet."""
        self._messages = messages
        self._sender = sender
        self._state = State()
        self._before = _Before()
        self._last: Step | None = None
        """Of the pass that is under way."""
        self._turned = False
        """Whether something was said since: other models are loaded, or all was done."""
        self._began = 0.0
        self._told = float("-inf")

    def say(self, what: str) -> None:
        """Tell what begins now, or that all is done."""
        self._state = replace(self._state, phase=what, over=not what)
        self._turned = True
        self._tell()

    def show(self, step: Step) -> None:
        """Tell how far this process is, a few times a second at most."""
        now = time.monotonic()
        known = self._state.step
        if known is None or self._last is None:
            self._began = now - step.seconds
            known = step
        elif self._turned or step.done <= self._last.done:
            self._before = self._before.after(self._last, known if self._turned else None)
        self._turned = False
        self._last = step
        whole = replace(
            step,
            done=self._before.done + step.done,
            total=max(known.total, self._before.total + step.total),
            tokens=self._before.tokens + step.tokens,
            total_tokens=max(known.total_tokens, self._before.total_tokens + step.total_tokens),
            seconds=now - self._began,
        )
        self._state = State(step=whole)
        if now - self._told >= _WRITE_SECONDS:
            self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        self._messages.put(KIND, self._sender, self._state.to_json())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What a process's earlier passes come to: each counts from nothing again.

    Models that don't fit together take turns, each over requests of its own. Within a turn, a
    second pass is over what other processes left of the first, so its total is none to be added.
    """

    done: int = 0
    tokens: int = 0
    total: int = 0
    total_tokens: int = 0

    def after(self, last: Step, whole: Step | None) -> "_Before":
        """Add a pass that ended with `last`, and with it a turn, if `whole` tells all so far."""
        return _Before(
            done=self.done + last.done,
            tokens=self.tokens + last.tokens,
            total=self.total if whole is None else whole.total,
            total_tokens=self.total_tokens if whole is None else whole.total_tokens,
        )


def read_states(messages: Messages, senders: Collection[str]) -> dict[str, State]:
    """Return the states of those that told one."""
    found: dict[str, State] = {}
    for sender in senders:
        try:
            found[sender] = State.from_json(messages.get(KIND, sender))
        except (KeyError, TypeError, ValueError):
            continue  # it told nothing yet
    return found


def together(steps: Sequence[Step]) -> Step:
    """Return how far several processes are on one plan; raises ValueError where there are none.

    Each takes the whole plan, less what was stored when it began, for its total: so the largest is
    the plan's, and what they have done adds up. A request that fails is stored by nobody and done
    by each, so the sum may be larger; more than all is never said.
    """
    total = max(step.total for step in steps)
    total_tokens = max(step.total_tokens for step in steps)
    return Step(
        variant=" and ".join(dict.fromkeys(step.variant for step in steps)),
        done=min(total, sum(step.done for step in steps)),
        total=total,
        tokens=min(total_tokens, sum(step.tokens for step in steps)),
        total_tokens=total_tokens,
        seconds=max(step.seconds for step in steps),
    )


def summed(states: Mapping[str, State], alive: Collection[str]) -> str | Step | None:
    """Return what all do together: a phase, how far they are, or None where nobody works.

    What a process that died had done counts; what it was doing does not. While some answer and
    some load, the answering is told.
    """
    working = [one for name, one in states.items() if name in alive and not one.over]
    if not working:
        return None
    steps = [one.step for one in states.values() if one.step is not None]
    if not steps or all(one.phase for one in working):
        return "; ".join(dict.fromkeys(one.phase for one in working))
    current = {one.step.variant for one in working if one.step is not None}
    whole = together(steps)
    return replace(whole, variant=" and ".join(sorted(current))) if current else whole
