"""The self-check: which answers are computed again, what is kept, what follows from a fault."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Decode
from pytest_ftevals.core.task import Task
from pytest_ftevals.planning.plan import Need, request_of
from pytest_ftevals.run.self_check import TOLERANCE
from pytest_ftevals.store.checks import Check, Checks

if TYPE_CHECKING:
    from pytest_ftevals.run.session import Session
    from tests.run.conftest import World


def kept(session: "Session", task: Task, variant: str) -> list[Check]:
    """Return what the store has about the answers of a task."""
    context = session.device.context(variant).digest()
    return Checks(session.store).recall(context, [request_of(task, case) for case in task.cases])


def plainly(world: "World", variant: str) -> list[str]:
    """Return the prompts that a variant answered without shortcuts."""
    answered = [one for one in world.log("answer") if one["variant"] == variant]
    return [prompt for one in answered if one["plain"] for prompt in one["prompts"]]


def test_first_batches_and_ever_rarer_ones_are_checked(world: "World") -> None:
    """One request of the first and the 33rd batch of each variant, and what came of it is kept."""
    task = world.words(120)
    session = world.run(task, world.adapter("r8"))
    for variant in ("base", "r8"):
        batches = [one["prompts"] for one in world.log("answer") if one["variant"] == variant]
        assert len(batches) > 32
        checked = [one["prompts"][0] for one in world.log("check") if one["variant"] == variant]
        assert len(checked) == 2
        assert checked[0] in batches[0]
        assert checked[1] in batches[32]
        assert kept(session, task, variant) == [Check(off=0.0, held=True)] * 2
    assert plainly(world, "base") == []


def test_what_was_answered_is_what_is_checked(world: "World") -> None:
    """The response itself goes into the check."""
    task = world.words(1)
    session = world.run(task)
    assert [one["reply"] for one in world.log("check")] == world.replies(session, task, "base")


def test_kinds_are_counted_apart_and_samples_left_out(world: "World") -> None:
    """Log-likelihoods and greedy replies can be checked, draws cannot."""
    drawn = world.words(4, name="drawn", decode=Decode(max_new_tokens=2, temperature=1.0))
    session = world.session()
    session.answer([world.need(one, "base") for one in (world.choices(2), world.words(2), drawn)])
    assert len(world.log("answer")) > 3
    replies = [one["reply"] for one in world.log("check")]
    assert len(replies) == 2
    assert replies[0] == ""  # a log-likelihood has no text
    assert kept(session, drawn, "base") == []


def test_rounding_holds(world: "World") -> None:
    """A reply's token may lead by what two log-probabilities may be off."""
    task, choice = world.words(2), world.choices(2)
    world.script(off={"base": [TOLERANCE, 2 * TOLERANCE]})
    session = world.session(batch_tokens=None)
    session.answer([world.need(one, "base") for one in (choice, task)])
    assert kept(session, choice, "base") == [Check(off=TOLERANCE, held=True)]
    assert kept(session, task, "base") == [Check(off=2 * TOLERANCE, held=True)]
    assert world.log("plain") == []


@pytest.mark.parametrize("number", [0, 1])
def test_what_does_not_hold_is_asked_again_plainly(world: "World", number: int) -> None:
    """All of the variant's answers, also those stored before the fault showed; others stay."""
    offs = [0.0] * number + [0.01]
    world.script(off={"r8": offs})
    task = world.words(120)
    session = world.run(task, world.adapter("r8"))
    assert [one["variant"] for one in world.log("plain")] == ["r8"]
    assert sorted(plainly(world, "r8")) == sorted(str(case.prompt) for case in task.cases)
    assert plainly(world, "base") == []
    assert len(world.computed("base")) == 120
    assert None not in world.replies(session, task, "r8")
    assert session.answers.counts.computed == 240
    assert Check(off=0.01, held=False) in kept(session, task, "r8")
    world.forget()
    world.run(task, world.source("r8"))
    assert world.computed() == []


def test_what_does_not_even_hold_plainly_is_an_error(world: "World") -> None:
    """The first batch of the plain way is checked again; nothing doubtful is left in the store."""
    world.script(off={"r8": [0.01]}, off_plain={"r8": [0.02]})
    task, r8 = world.words(8), world.adapter("r8")
    session = world.run(task, r8)
    assert None not in world.replies(session, task, "base")
    with pytest.raises(FtevalsError, match=r"^.*r8: .*off by 0\.02 nats") as caught:
        session.response(task, task.cases[0], "r8")
    assert "--ftevals-batch-tokens 1" in str(caught.value)
    assert session.answers.counts.computed == 8
    world.script()
    world.forget()
    world.run(task, r8)
    assert (len(world.computed("base")), len(world.computed("r8"))) == (0, 8)


def test_below_float32_differences_are_only_reported(world: "World") -> None:
    """There a batch of other sizes rounds otherwise, with shortcuts or without."""
    world.script(dtype="bfloat16", off={"r8": [0.3]})
    task = world.words(2)
    session = world.run(task, world.adapter("r8"))
    assert world.log("plain") == []
    assert kept(session, task, "r8") == [Check(off=0.3, held=True)]
    assert session.answers.counts.computed == 4


def test_no_room_for_a_check_is_no_fault(world: "World") -> None:
    """Alone and whole a request may take more than it did among others."""
    world.script(check_full=True)
    task = world.words(4)
    session = world.run(task)
    assert session.answers.counts.computed == 4
    assert kept(session, task, "base") == []


def test_checks_are_found_by_the_requests_that_they_are_about(world: "World") -> None:
    """Of this variant and no other, whatever else the notes are."""
    store = world.session().store
    checks = Checks(store)
    first, second, third = (request_of(world.words(), case) for case in world.words(3).cases)
    checks.remember("aa", first, Check(off=0.5, held=False))
    checks.remember("aa", second, Check(off=0.25, held=True))
    checks.remember("aab", first, Check(off=0.125, held=True))
    assert checks.recall("aa", [first]) == [Check(off=0.5, held=False)]
    assert len(checks.recall("aa", [first, second, third])) == 2
    assert checks.recall("aa", [third]) == checks.recall("a", [first]) == []
    checks.remember("aa", first, Check(off=0.0, held=True))
    assert checks.recall("aa", [first]) == [Check(off=0.0, held=True)]


def test_a_check_that_gives_no_number_is_a_fault(world: "World") -> None:
    """NaN where the fast path had numbers; asked again, and nothing is lost."""
    world.script(check_broken=["r8"])
    task, r8 = world.words(8), world.adapter("r8")
    session = world.run(task, r8)
    assert None not in world.replies(session, task, "base")
    assert "r8" in {one["variant"] for one in world.log("plain")}


def test_drawn_replies_use_up_no_check(world: "World") -> None:
    """They cannot be checked; the greedy ones after them are, from their first batch on."""
    drawn = world.words(12, name="drawn", decode=Decode(temperature=1.0))
    greedy = world.words(6, name="greedy", decode=Decode(max_new_tokens=3))
    session = world.session()
    session.answer([world.need(drawn, "base"), world.need(greedy, "base")])
    assert len(world.log("check")) == 1
    assert len(kept(session, greedy, "base")) == 1
    assert kept(session, drawn, "base") == []


def test_what_cannot_be_encoded_is_not_asked_again(world: "World") -> None:
    """Taking back what the variant answered leaves such a request its own error."""
    world.script(off={"r8": [0.01]}, refused=["Say word0003"])
    task = world.words(8)
    session = world.run(task, world.adapter("r8"))
    assert world.replies(session, task, "r8")[3] == "'Say word0003' is too long"
    assert len(plainly(world, "r8")) == 7


def by_blocks(session: "Session", task: Task, size: int) -> None:
    """Answer a task in several calls, as early stop does."""
    for first in range(0, len(task.cases), size):
        cases = task.cases[first : first + size]
        session.answer([Need(task=task, cases=cases, variants=("base", "r8"))])


def test_calls_share_one_count(world: "World") -> None:
    """Blocks of a walk: the first and the 33rd batch of the run are checked, not of each call."""
    task = world.words(120)
    by_blocks(world.session(world.adapter("r8")), task, 20)
    for variant in ("base", "r8"):
        checked = [one["prompts"][0] for one in world.log("check") if one["variant"] == variant]
        batches = [one["prompts"] for one in world.log("answer") if one["variant"] == variant]
        assert len(checked) == 2
        assert checked[0] in batches[0]
        assert checked[1] in batches[32]


def test_plain_stays_plain_in_later_calls(world: "World") -> None:
    """A fault of the first call is not found anew in each, and nothing more goes the fast way."""
    world.script(off={"r8": [0.01, 0.01]})
    task = world.words(40)
    by_blocks(world.session(world.adapter("r8")), task, 20)
    assert [one["variant"] for one in world.log("plain")] == ["r8"]
    assert sorted(plainly(world, "r8")) == sorted(str(case.prompt) for case in task.cases)
    assert len([one for one in world.log("check") if one["variant"] == "r8"]) == 2


def test_a_fault_in_a_later_call_takes_back_all_of_the_run(world: "World") -> None:
    """What tests may have read cannot be mended: the run fails, and the next one is right."""
    world.script(off={"r8": [0.0, 0.01]})
    task, r8 = world.words(80), world.adapter("r8")
    session = world.session(r8)
    with pytest.raises(FtevalsError, match=r"^r8: .*0\.01 nats.* tests have read") as caught:
        by_blocks(session, task, 40)
    assert "Run again" in str(caught.value)
    assert world.replies(session, task, "r8") == [None] * 80
    assert session.answers.counts.computed == len(world.computed("base"))
    with pytest.raises(FtevalsError) as again:
        session.response(task, task.cases[0], "r8")
    assert str(again.value) == str(caught.value)
    session.answer([world.need(task, "base")])
    assert None not in world.replies(session, task, "base")
    assert Check(off=0.01, held=False) in kept(session, task, "r8")
    world.forget()
    next_run = world.session(r8)
    by_blocks(next_run, task, 40)
    assert world.computed("base") == []
    assert sorted(plainly(world, "r8")) == sorted(str(case.prompt) for case in task.cases)
    assert None not in world.replies(next_run, task, "r8")


def test_a_fault_of_the_plain_way_in_a_later_call(world: "World") -> None:
    """Nothing is left that could be tried but one request at a time."""
    world.script(off={"r8": [0.01]}, off_plain={"r8": [0.0, 0.02]})
    task = world.words(80)
    session = world.session(world.adapter("r8"))
    with pytest.raises(FtevalsError, match=r"0\.02 nats.* tests have read") as caught:
        by_blocks(session, task, 40)
    assert "--ftevals-batch-tokens 1" in str(caught.value)
    assert world.replies(session, task, "r8") == [None] * 80


def test_a_fault_is_not_forgotten_over_the_same_request(world: "World") -> None:
    """A task of one batch: what is checked again the plain way holds, and the fault stays known."""
    world.script(off={"r8": [0.01]})
    task = world.words(1)
    session = world.run(task, world.adapter("r8"))
    assert len([one for one in world.log("check") if one["variant"] == "r8"]) == 2
    assert kept(session, task, "r8") == [Check(off=0.01, held=False)]


def test_errors_of_an_earlier_call_are_no_answers(world: "World") -> None:
    """A variant that answered nothing yet can still be asked the plain way."""
    words = world.words(8)
    world.script(off={"r8": [0.01]}, refused=[case.prompt for case in words.cases[:4]])
    session = world.session(world.adapter("r8"))
    by_blocks(session, words, 4)
    assert len(plainly(world, "r8")) == 4
    assert world.replies(session, words, "r8")[0] == "'Say word0000' is too long"
