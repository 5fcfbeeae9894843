"""A device without room for a batch: halves of it, smaller ones from then on, and what is left."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.run.conftest import World

WHOLE = 11 + 8 * (1 + 2)
"""Tokens of the eight prompts, their common start once, and of their replies."""


def test_a_batch_that_does_not_fit_is_halved(world: "World") -> None:
    """Until it fits; later ones, of other variants too, are made smaller before they are tried."""
    task, r8 = world.words(), world.adapter("r8")
    ample = world.run(task, r8, store=None, batch_tokens=None)
    assert [len(one["prompts"]) for one in world.log("answer")] == [8, 8]
    world.forget()
    world.script(memory=20)
    tight = world.run(task, r8, batch_tokens=None)
    assert [one["tokens"] for one in world.log("full")] == [WHOLE]
    answered = world.log("answer")
    assert [(one["variant"], len(one["prompts"])) for one in answered] == [
        *[("base", 2)] * 4,
        *[("r8", 2)] * 4,
    ]
    for variant in ("base", "r8"):
        assert world.replies(tight, task, variant) == world.replies(ample, task, variant)
    assert tight.answers.counts.computed == 16


def test_kinds_have_budgets_of_their_own(world: "World") -> None:
    """Replies need other ones than log-likelihoods; the engine says which."""
    world.script(batch_tokens={"generate": 30, "loglikelihood": 200})
    task = world.words()
    choice = world.choices(8)
    session = world.session(batch_tokens=None)
    session.answer([world.need(one, "base") for one in (task, choice)])
    assert [len(one["prompts"]) for one in world.log("answer")] == [8, 2, 2, 2, 2]


def test_a_request_that_does_not_fit_alone_is_an_error(world: "World") -> None:
    """Never stored, so that a larger device answers it; what fits is answered all the same."""
    task = world.words(2, cases=(world.words(1).cases[0], world.long_case()))
    world.script(memory=20)
    session = world.run(task, batch_tokens=None)
    replies = world.replies(session, task, "base")
    assert replies[1] == "base: 62 tokens do not fit"
    assert replies[0] == world.replies(world.run(world.words(1)), world.words(1), "base")[0]
    world.script()
    world.forget()
    mended = world.run(task, batch_tokens=None)
    assert len(world.computed()) == 1
    assert "do not fit" not in str(world.replies(mended, task, "base"))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_team_is_halved_together(world: "World", size: int) -> None:
    """Variants that are answered in one pass have its batches and answers of their own."""
    candidates = [world.adapter("r8"), world.adapter("r16", "9")]
    task = world.words()
    alone = world.run(task, *candidates, store=None)
    world.script(memory=20, team={"generate": size})
    world.forget()
    session = world.run(task, *candidates, batch_tokens=None)
    for variant in ("base", "r8", "r16"):
        assert world.replies(session, task, variant) == world.replies(alone, task, variant)
    joint = [len(one["variants"]) for one in world.log("jointly")]
    assert set(joint) == (set() if size == 1 else {size})
    assert session.answers.counts.computed == 24
