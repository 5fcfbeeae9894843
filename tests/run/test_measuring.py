"""Measuring: variants in turn, one request at a time, after a warm-up."""

import gc
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.core.encoded import Batch, Encoded
from pytest_ftevals.core.errors import OutOfMemoryError
from pytest_ftevals.core.request import Decode, Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.run.measuring import WARM_UP, measured
from pytest_ftevals.run.progress import Silent
from pytest_ftevals.run.session import Session

if TYPE_CHECKING:
    from tests.run.conftest import World


def asked(*prompts: str) -> dict[Request, Encoded]:
    """Encode prompts that are to be measured."""
    made = [Request(kind="timed", prompt=prompt, decode=Decode()) for prompt in prompts]
    return {one: Encoded(request=one, prompt_ids=tuple(map(ord, str(one.prompt)))) for one in made}


class Machine:
    """An engine that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.collecting = True

    def answer(self, variant: str, batch: Batch) -> list[Response]:
        """Answer one request; the prompt `full` finds no memory."""
        (one,) = batch.requests
        assert len(batch.segments) == 1
        self.collecting = gc.isenabled()
        self.asked.append((variant, str(one.request.prompt)))
        if one.request.prompt == "full":
            raise OutOfMemoryError("no room", where=variant)
        return [Response(text=f"{variant} {one.request.prompt}")]


def run(prompts: str, **wanted: str) -> tuple[Machine, list[tuple[str, str, str]]]:
    """Measure prompts, a letter or word each, and return what was asked and yielded."""
    machine: Any = Machine()
    encoded = asked(*prompts.split())
    by_prompt = {one.prompt: one for one in encoded}
    plan = {name: [by_prompt[one] for one in given.split()] for name, given in wanted.items()}
    found = [
        (variant, str(request.prompt), response.error or response.text)
        for variant, request, response in measured(machine, encoded, plan, Silent())
    ]
    return machine, found


def test_variants_take_turns_case_by_case() -> None:
    """Each first once in as many cases as there are variants."""
    machine, found = run("a b c d", base="a b c d", tuned="a b c d")
    assert [one[:2] for one in found] == [
        ("base", "a"), ("tuned", "a"),
        ("tuned", "b"), ("base", "b"),
        ("base", "c"), ("tuned", "c"),
        ("tuned", "d"), ("base", "d"),
    ]  # fmt: skip
    assert machine.asked[2 * WARM_UP :] == [one[:2] for one in found]
    assert all(text == f"{variant} {prompt}" for variant, prompt, text in found)


@pytest.mark.parametrize("prompts", ["a", "a b c"])
def test_each_variant_warms_up(prompts: str) -> None:
    """On its own first requests, again where there are fewer."""
    machine, found = run(prompts, base=prompts, tuned=prompts)
    warm = machine.asked[: 2 * WARM_UP]
    assert Counter(variant for variant, _ in warm) == {"base": WARM_UP, "tuned": WARM_UP}
    assert len(found) == 2 * len(prompts.split())


def test_a_variant_is_asked_what_it_lacks() -> None:
    """And nothing else, once each."""
    _, found = run("a b c", base="b", tuned="a b c")
    assert sorted(one[:2] for one in found) == [
        ("base", "b"), ("tuned", "a"), ("tuned", "b"), ("tuned", "c"),
    ]  # fmt: skip


def test_one_that_fails_does_not_cost_the_others() -> None:
    """It says why."""
    _, found = run("full a", base="full a")
    assert [one[2] for one in found] == ["base: no room", "base a"]


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_waits(*, enabled: bool) -> None:
    """It is collected before, and as before afterwards."""
    before = gc.isenabled()
    try:
        gc.enable() if enabled else gc.disable()
        machine, _ = run("a", base="a")
        assert not machine.collecting
        assert gc.isenabled() == enabled
    finally:
        gc.enable() if before else gc.disable()


def test_a_worker_measures_nothing(world: "World") -> None:
    """Even an only one: what it measures is not stored, and another process writes the record."""
    settings = world.settings(world.adapter("r8"))
    task = world.words(2, name="speed", kind="deployment", metrics=("latency_p50",))
    for alone in (False, True):
        session = Session(settings, Silent(), alone=alone)
        session.answer([world.need(task, "base", "r8")])
        told = world.replies(session, task, "r8")
        session.close()
        assert all(("without -n" in str(one)) != alone for one in told)
        assert bool(world.computed()) == alone


def test_what_is_not_declared_is_measured_together(world: "World") -> None:
    """The first answer asked for brings all variants', in turn; the tally has all of them."""
    task = world.words(3, name="speed", kind="deployment", metrics=("latency_p50",))
    session = world.session(world.adapter("r8"), world.adapter("r16"))
    session.response(task, task.cases[0], "r16")
    answered = [one["variant"] for one in world.log("answer")][3 * WARM_UP :]
    assert answered == ["base", "r8", "r16", "r8", "r16", "base", "r16", "base", "r8"]
    session.response(task, task.cases[1], "base")
    assert len(world.log("answer")) == 3 * (WARM_UP + 3)
    besides = session.tally("", (), answered=True).besides
    assert [variant for _, variant in besides] == ["base", "r8", "r16"]
