"""Long texts are asked in windows that every variant can read; their keys say where it matters."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.run.answers import Answers
from pytest_ftevals.run.baseline import (
    Baseline,
    SavedMetric,
    SavedModel,
    SavedTask,
    conditions_of,
    task_facts,
)
from pytest_ftevals.run.baseline_file import write_baseline
from pytest_ftevals.run.settings import Source

if TYPE_CHECKING:
    from pytest_ftevals.run.session import Session
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


def texts(world: "World", *, prompt: str = "", kind: str = "perplexity") -> Task:
    """Return a task of two texts; with a prompt only what follows it is scored."""
    task = world.words(2, name="texts", kind=kind, metrics=("byte_perplexity",))
    cases = [
        replace(one, prompt=prompt, continuations=(f"a text {one.id}",), options=("a text",))
        for one in task.cases
    ]
    return replace(task, cases=tuple(cases))


def save(world: "World", session: "Session", task: Task) -> None:
    """Save a run as one of the session's candidates alone would be."""
    metrics = {
        one: SavedMetric(libraries={}, scores=(Score(value=1.0),) * 2) for one in task.metrics
    }
    saved = SavedTask(
        facts=task_facts(task, session.device.window),
        samples=1,
        cases=tuple(one.id for one in task.cases),
        metrics=metrics,
    )
    model = SavedModel(name="prod", source="out/prod", fingerprint="f")
    conditions = conditions_of(session.device.context(BASE))
    write_baseline(
        world.folder,
        "prod",
        Baseline(
            plugin="0.1", candidate=model, base=model, conditions=conditions, tasks={"texts": saved}
        ),
    )


@pytest.mark.parametrize("prompt", ["", "Go on: "])
@pytest.mark.usefixtures("reads")
def test_another_window_is_another_run(world: "World", prompt: str) -> None:
    """A saved perplexity of whole texts is compared in its own windows alone."""
    plain, less = virtual(world, "plain", 0), virtual(world, "less", 20)
    task = texts(world, prompt=prompt)
    save(world, world.session(plain), task)
    told = {"against": "prod", "baselines": world.folder}
    same, other = world.session(plain, **told), world.session(plain, less, **told)
    assert same.against is not None
    assert other.against is not None
    same.against.check(task)
    if prompt:
        other.against.check(task)
        return
    with pytest.raises(FtevalsError, match="window of whole texts: 512 -> 492"):
        other.against.check(task)


def test_only_whole_texts_have_a_window(world: "World") -> None:
    """Whether a task is made of them, or has them among others."""
    assert task_facts(texts(world), 512)["window of whole texts"] == 512
    mixed = texts(world, kind="choice")
    assert "window of whole texts" not in task_facts(mixed, 512)
    last = replace(mixed.cases[1], kind="perplexity")
    assert "window of whole texts" in task_facts(replace(mixed, cases=(mixed.cases[0], last)), 512)
