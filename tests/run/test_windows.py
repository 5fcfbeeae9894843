"""Long texts are asked in windows that every variant can read; their keys say where it matters."""

import json
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.request import Request
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.run.answers import Answers
from pytest_ftevals.run.settings import Source

if TYPE_CHECKING:
    from tests.run.conftest import World

ROLLED = Request(kind="loglikelihood_rolling", prompt="", continuations=("a text",))
RATED = Request(kind="loglikelihood", prompt="a", continuations=("text",))


@pytest.fixture
def reads(world: "World") -> None:
    """A base of 512 positions."""
    (world.base / "config.json").write_text('{"max_position_embeddings": 512}')


def virtual(world: "World", name: str, tokens: int) -> Source:
    """Write an adapter that takes tokens of the window for itself."""
    source = world.adapter(name)
    path = world.folder / name / "adapter_config.json"
    path.write_text(json.dumps({"num_virtual_tokens": tokens}))
    return source


def keys(world: "World", request: Request, *candidates: Source) -> list[str]:
    """Return the base's key, then each candidate's."""
    session = world.session(*candidates)
    assert isinstance(session.answers, Answers)
    names = [BASE, *(one.name for one in candidates)]
    return [session.answers.keys(name, [request])[request] for name in names]


@pytest.mark.usefixtures("reads")
def test_a_candidate_that_reads_less_changes_the_others_keys(world: "World") -> None:
    """Of long texts only; one that reads as much changes nothing."""
    plain, less = virtual(world, "plain", 0), virtual(world, "less", 20)
    alone = keys(world, ROLLED, plain)
    assert keys(world, ROLLED)[0] == alone[0]
    base, same, _ = keys(world, ROLLED, plain, less)
    assert base != alone[0]
    assert same != alone[1]
    assert keys(world, RATED, plain, less)[:2] == keys(world, RATED, plain)


@pytest.mark.parametrize(
    ("tokens", "full", "expected"), [(0, None, 512), (20, None, 492), (20, 300, 300)]
)
@pytest.mark.usefixtures("reads")
def test_the_engine_is_told_the_least_window(
    world: "World", tokens: int, full: int | None, expected: int
) -> None:
    """Before anything is loaded."""
    candidates = [virtual(world, "virtual", tokens)]
    if full is not None:
        candidates.append(world.full("full"))
        config = world.folder / "full" / "config.json"
        config.write_text(json.dumps({"text_config": {"max_position_embeddings": full}}))
    engine = world.session(*candidates).device.engine()
    assert vars(engine)["settings"].window == expected


def test_a_base_that_does_not_say_leaves_it_to_the_engine(world: "World") -> None:
    """Its own window, or the tokenizer's."""
    engine = world.session(world.adapter("r8")).device.engine()
    assert vars(engine)["settings"].window is None
