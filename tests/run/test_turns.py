"""Full models that do not fit together: each variant's answers before the next is loaded."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.request import Decode

if TYPE_CHECKING:
    from pytest_ftevals.core.task import Task
    from pytest_ftevals.run.session import Session
    from pytest_ftevals.run.settings import Source
    from tests.run.conftest import World

VARIANTS = ("base", "r8", "one", "two")


@pytest.fixture
def candidates(world: "World") -> "tuple[Source, ...]":
    """An adapter, and two full models."""
    return world.adapter("r8"), world.full("one", "9"), world.full("two", "7")


def said(world: "World", session: "Session", task: "Task") -> list[list[str | None]]:
    """Return what every variant replied."""
    return [world.replies(session, task, variant) for variant in VARIANTS]


def test_what_fits_goes_over_the_same_batches_together(
    world: "World", candidates: "tuple[Source, ...]"
) -> None:
    """All are loaded first, and none is freed."""
    world.run(world.words(), *candidates)
    assert world.events() == [
        "open",
        *(f"attach {one}" for one in VARIANTS[1:]),
        *(f"answer {one}" for one in VARIANTS),
    ]


@pytest.mark.parametrize("room", [0, 1, 2])
def test_full_models_take_turns(
    world: "World", candidates: "tuple[Source, ...]", room: int
) -> None:
    """Where they do not fit, or by option: the same answers, one full model at a time."""
    task = world.words()
    together = world.run(task, *candidates, store=None)
    world.forget()
    world.script(room=room)
    session = world.run(task, *candidates, sequential=room == 2)
    assert said(world, session, task) == said(world, together, task)
    loaded: set[str] = set()
    for event in world.events():
        what, _, variant = event.partition(" ")
        if what in {"open", "attach"} and variant != "r8":
            loaded.add(variant or "base")
            assert len(loaded) == 1
        elif what == "release":
            loaded.discard(variant)
        elif what == "answer" and variant != "r8":
            assert loaded == {variant}
    answered = [one for one in world.events() if one.startswith("answer")]
    assert answered == [f"answer {one}" for one in VARIANTS]


def test_adapters_alone_take_no_turns(world: "World") -> None:
    """They cost next to nothing beside their base."""
    world.run(world.words(), world.adapter("r8"), world.adapter("r4", "6"), sequential=True)
    assert not any(one.startswith("release") for one in world.events())


def test_what_was_freed_is_loaded_again_when_it_is_asked(
    world: "World", candidates: "tuple[Source, ...]"
) -> None:
    """A task that no test declared, later on: one full model at a time all the same."""
    session = world.run(world.words(), *candidates, sequential=True)
    assert world.events()[-1] == "answer two"
    other = world.words(3, name="other", decode=Decode(max_new_tokens=3))
    for variant, expected in {
        "one": ["release base", "release two", "release base", "attach one", "answer one"],
        "base": ["release one", "answer base"],
        "two": ["release base", "attach two", "answer two"],
        "r8": ["release two", "answer r8"],
    }.items():
        world.forget()
        session.answer([world.need(other, variant)])
        told = world.events()
        assert [one for one in told if one != "release base"] == [
            one for one in expected if one != "release base"
        ]
        assert ("release base" in told) == (variant in {"one", "two"})


def test_a_full_model_that_cannot_be_loaded_fails_alone(
    world: "World", candidates: "tuple[Source, ...]"
) -> None:
    """The next one has its turn."""
    world.script(fail_attach={"one": "has NaN weights"}, room=0)
    task = world.words()
    session = world.run(task, *candidates)
    found = said(world, session, task)
    assert set(found[2]) == {"one: has NaN weights"}
    assert not any("NaN" in str(reply) for replies in (*found[:2], found[3]) for reply in replies)


def test_an_adapter_with_a_base_of_its_own_is_freed_too(
    world: "World", candidates: "tuple[Source, ...]"
) -> None:
    """It is a second model in memory, and comes back when it is asked."""
    world.script(apart=["r8"])
    session = world.run(world.words(), *candidates, sequential=True)
    assert [one for one in world.events() if one.endswith("r8")] == [
        "attach r8",
        "answer r8",
        "release r8",
    ]
    world.forget()
    session.answer([world.need(world.words(3, name="other", decode=Decode()), "r8")])
    assert world.events() == ["release two", "attach r8", "answer r8"]


def test_whether_models_fit_is_asked_of_these_candidates(world: "World") -> None:
    """What an earlier run found of them is remembered, and says nothing of others."""
    one, two = world.full("one", "9"), world.full("two", "7")
    world.script(room=0)
    assert world.session(one).device.takes_turns
    world.script(room=1)
    assert world.session(one).device.takes_turns
    assert not world.session(two).device.takes_turns
    assert not world.session(world.full("one", "8")).device.takes_turns
    both = world.session(world.source("one"), two)
    assert both.device.takes_turns
    world.forget()
    assert world.session(two, world.source("one")).device.takes_turns
    assert world.log("open") == []
