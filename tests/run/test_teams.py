"""Variants that the engine answers in one pass: the same answers, each asked for once."""

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.run.conftest import World

VARIANTS = ("base", "r8", "r16")
TEAM = {"generate": 3}


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_team_changes_no_answer(world: "World", size: int) -> None:
    """Of either kind, whichever the engine makes teams for."""
    candidates = world.adapter("r8"), world.adapter("r16", "9")
    task, choice = world.words(), world.choices()
    found = []
    for team in (1, size):
        world.forget()
        world.script(team={"generate": team})
        session = world.session(*candidates, store=None)
        session.answer([world.need(one, *VARIANTS) for one in (task, choice)])
        found.append(
            [world.replies(session, one, name) for one in (task, choice) for name in VARIANTS]
        )
        sizes = Counter(len(one["variants"]) for one in world.log("jointly"))
        assert set(sizes) == ({team} if team > 1 else set())  # the third of three is alone in twos
        assert Counter(world.computed()).most_common()[-1][1] == 6  # two kinds, three variants
    assert found[0] == found[1]


def test_what_a_member_has_is_not_asked_again(world: "World") -> None:
    """Together where they lack the same, else each what it lacks."""
    r8, r16 = world.adapter("r8"), world.adapter("r16", "9")
    world.run(world.words(3))
    world.run(world.words(5), r8)
    world.forget()
    world.script(team=TEAM)
    task = world.words(8)
    session = world.run(task, r8, r16)
    every = [str(case.prompt) for case in task.cases]
    assert sorted(world.computed("base")) == sorted(world.computed("r8")) == every[5:]
    assert sorted(world.computed("r16")) == every
    assert world.log("jointly")
    assert None not in [reply for name in VARIANTS for reply in world.replies(session, task, name)]


def test_a_member_that_fails_does_not_cost_the_others(world: "World") -> None:
    """They are asked once more, each for itself."""
    world.script(team=TEAM, broken_for={"r8": "its logits are NaN"})
    task = world.words(4)
    session = world.run(task, world.adapter("r8"), world.adapter("r16", "9"))
    assert set(world.replies(session, task, "r8")) == {"r8: its logits are NaN"}
    for name in ("base", "r16"):
        assert not any("NaN" in str(reply) for reply in world.replies(session, task, name))
    assert session.answers.counts.computed == 8


def test_a_member_whose_answers_do_not_hold_is_asked_again_alone(world: "World") -> None:
    """The others keep theirs, and stay together."""
    world.script(team=TEAM, off={"r8": [0.01]})
    task = world.words(8)
    session = world.run(task, world.adapter("r8"), world.adapter("r16", "9"))
    assert [one["variant"] for one in world.log("plain")] == ["r8"]
    again = [one for one in world.log("answer") if one["plain"]]
    assert sorted(prompt for one in again for prompt in one["prompts"]) == [
        str(case.prompt) for case in task.cases
    ]
    assert len(world.computed("base")) == len(world.computed("r16")) == 8
    assert session.answers.counts.computed == 24
