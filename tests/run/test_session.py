"""Sessions: what a plan comes to before anything is loaded, and answers asked for late."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.run import models
from pytest_ftevals.run.session import PlanCounts, Session

if TYPE_CHECKING:
    from tests.run.conftest import World


def _declared(world: "World", cases: int) -> Session:
    session = world.session(world.source("r8"))
    session.declared = [world.need(world.words(cases), "base", "r8")] * 2
    return session


def test_what_a_plan_comes_to(world: "World") -> None:
    """Without a store nothing is stored; after a run all is, and only what is new has to run."""
    world.adapter("r8")
    assert _declared(world, 8).count() == PlanCounts(requests=32, unique=16, stored=0, to_run=16)
    assert not (world.folder / "store").exists()
    _declared(world, 8).answer()
    opened = len(world.log("open"))
    assert _declared(world, 8).count() == PlanCounts(requests=32, unique=16, stored=16, to_run=0)
    assert _declared(world, 10).count() == PlanCounts(requests=40, unique=20, stored=16, to_run=4)
    assert len(world.log("open")) == opened


def test_twins_are_counted_each(world: "World") -> None:
    """Two candidates of the same content share their answers; both are there."""
    session = world.run(world.words(), world.adapter("one"), world.adapter("two"))
    session.declared = [world.need(world.words(), "base", "one", "two")]
    assert session.count() == PlanCounts(requests=24, unique=24, stored=24, to_run=0)


def test_what_cannot_be_counted_is_unknown(world: "World", monkeypatch: pytest.MonkeyPatch) -> None:
    """Large files that changed are not read for it, nor is a damaged store a crash."""
    world.adapter("r8")
    _declared(world, 8).answer()
    unknown = PlanCounts(requests=32, unique=16, stored=None, to_run=None)
    monkeypatch.setattr(models, "_LARGE", 0)
    assert _declared(world, 8).count().stored == 16
    world.adapter("r8", "10")
    assert _declared(world, 8).count() == unknown
    monkeypatch.undo()
    world.adapter("r8", "none")
    (world.folder / "r8" / "adapter_config.json").unlink()
    assert _declared(world, 8).count() == unknown
    (world.folder / "store" / "responses.sqlite").write_bytes(b"no database" * 1000)
    assert _declared(world, 8).count() == unknown


def test_an_undeclared_task_is_answered_whole(world: "World") -> None:
    """The first case asked for brings all of them, in batches; a foreign case brings itself."""
    session = world.session(world.adapter("r8", "10"))
    task = world.words()
    assert session.response(task, task.cases[0], "r8").text == "word0000"
    assert len(world.computed()) == 8
    assert session.response(task, task.cases[5], "r8").text == "word0005"
    assert len(world.computed()) == 8
    foreign = world.words(9).cases[8]
    assert session.response(task, foreign, "r8").text == "word0008"
    assert len(world.computed()) == 9


def test_a_case_that_was_never_asked_says_so(world: "World") -> None:
    """A planned case without an answer is named, with its row."""
    session = world.session(world.adapter("r8"))
    task = world.words()
    assert session.failure(task, task.cases[2], "r8") == (
        "r8 on case 2 of task words (words.jsonl:3): it was not answered"
    )


def test_a_base_must_be_named(world: "World") -> None:
    """Asking without one says which option to give."""
    session = world.session(base=None)
    with pytest.raises(FtevalsError, match="--ftevals-base: no base model is named"):
        session.answer([world.need(world.words(), "base")])


def test_a_store_that_breaks_under_way_is_one_message(world: "World") -> None:
    """Damage that is met while answering reaches the user as a mistake with a fix."""
    session = world.session(world.adapter("r8"))
    with session.store.transaction() as connection:
        connection.execute("DROP TABLE responses")
    with pytest.raises(FtevalsError, match="the store cannot be used: no such table"):
        session.answer([world.need(world.words(), "base", "r8")])


def test_closing_frees_what_was_opened(world: "World") -> None:
    """Once: a session that did nothing has nothing to close."""
    world.session().close()
    session = world.run(world.words())
    session.close()
    session.close()
    assert len(world.log("close")) == 1
