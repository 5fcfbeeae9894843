"""Answers: computed once, kept at once, shared by variants; trouble stays where it belongs."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.planning.plan import request_of

if TYPE_CHECKING:
    from tests.run.conftest import World

WRONG = "no idea"


def test_every_variant_answers_every_case(world: "World") -> None:
    """Each by its own weights; what was computed and found is counted."""
    task = world.words()
    session = world.run(task, world.adapter("r8", "10"), world.adapter("none", "0"))
    assert world.replies(session, task, "r8") == [case.expected for case in task.cases]
    assert world.replies(session, task, "none") == [WRONG] * 8
    assert WRONG in world.replies(session, task, "base")
    assert (session.answers.counts.computed, session.answers.counts.stored) == (24, 0)
    assert session.answers.counts.seconds > 0


def test_stored_answers_are_not_computed_again(world: "World") -> None:
    """A second run says the same, opens no engine, and counts them as stored."""
    task, r8 = world.words(), world.adapter("r8")
    first = world.run(task, r8)
    world.forget()
    second = world.run(task, r8)
    for variant in ("base", "r8"):
        assert world.replies(second, task, variant) == world.replies(first, task, variant)
    assert world.log("open") == []
    assert (second.answers.counts.computed, second.answers.counts.stored) == (0, 16)


def test_variants_go_over_the_same_batches(world: "World") -> None:
    """One after the other, base first, so that nothing but the weights differs."""
    world.run(world.words(), world.adapter("r8"), world.adapter("r16", "9"))
    answered = world.log("answer")
    assert [one["variant"] for one in answered] == ["base"] * 4 + ["r8"] * 4 + ["r16"] * 4
    prompts = [one["prompts"] for one in answered]
    assert prompts[:4] == prompts[4:8] == prompts[8:]
    assert {len(one) for one in prompts} == {2}


def test_variants_take_turns_by_prefix(world: "World") -> None:
    """Each computes a shared prefix for all batches that need it, before the next prefix comes."""
    plain = world.words(8)
    few_shot = ("Paris is in France. " * 3, "Ghent is in Belgium. " * 3)
    cases = tuple(
        replace(case, prompt=f"{few_shot[number % 2]}{case.prompt}")
        for number, case in enumerate(plain.cases)
    )
    world.run(world.words(8, cases=cases), world.adapter("r8"))
    answered = [(one["variant"], one["prompts"][0][:5]) for one in world.log("answer")]
    assert answered == [
        *[("base", "Ghent")] * 2,
        *[("r8", "Ghent")] * 2,
        *[("base", "Paris")] * 2,
        *[("r8", "Paris")] * 2,
    ]


def test_a_new_candidate_costs_itself_alone(world: "World") -> None:
    """The base's answers come from the store; the batches are those that the others had."""
    task, r8 = world.words(), world.adapter("r8")
    world.run(task, r8)
    before = [one["prompts"] for one in world.log("answer") if one["variant"] == "base"]
    world.forget()
    world.run(task, r8, world.adapter("r16", "9"))
    assert {one["variant"] for one in world.log("answer")} == {"r16"}
    assert [one["variant"] for one in world.log("attach")] == ["r16"]
    assert [one["prompts"] for one in world.log("answer")] == before


def test_new_cases_cost_themselves_alone(world: "World") -> None:
    """A task that grew is answered where it is new; two tasks share what they have in common."""
    r8 = world.adapter("r8")
    world.run(world.words(4), r8)
    world.forget()
    session = world.session(r8)
    needs = [world.need(world.words(n, name=f"words{n}"), "base", "r8") for n in (6, 8)]
    session.answer(needs)
    new = [f"Say word000{number}" for number in range(4, 8)]
    assert sorted(world.computed("base")) == sorted(world.computed("r8")) == new


def test_a_session_asks_once(world: "World") -> None:
    """Answering the same needs again does nothing, errors included."""
    world.script(unanswerable=["Say word0000"])
    task = world.words()
    session = world.run(task, world.adapter("r8"))
    world.forget()
    session.answer([world.need(task, "base", "r8")])
    assert world.log("answer") == []
    assert session.answers.counts.computed == 14  # errors are no answers


@pytest.mark.parametrize("budget", [1, 14, 29, 1_000_000])
def test_the_batch_size_changes_nothing(world: "World", budget: int) -> None:
    """Neither the answers nor their keys: a run with another budget finds them all."""
    task, r8 = world.words(), world.adapter("r8")
    first = world.run(task, r8, batch_tokens=budget)
    sizes = {len(one["prompts"]) for one in world.log("answer")}
    assert sizes == {8 if budget > 200 else max(1, budget // 14)}
    world.forget()
    second = world.run(task, r8)
    assert world.computed() == []
    assert world.replies(first, task, "r8") == world.replies(second, task, "r8")


def test_contents_are_asked_and_not_names(world: "World") -> None:
    """An adapter under another name and path has its answers; twins are asked once."""
    task = world.words()
    first = world.run(task, world.adapter("r8"))
    world.forget()
    second = world.run(task, world.adapter("copy"), world.adapter("twin"))
    assert world.computed() == []
    assert world.replies(second, task, "copy") == world.replies(first, task, "r8")
    third = world.session(world.adapter("one", "9"), world.adapter("two", "9"))
    third.answer([world.need(task, "one", "two")])
    assert len(world.computed()) == len(task.cases)
    assert world.replies(third, task, "one") == world.replies(third, task, "two")


def test_changed_weights_are_asked_again(world: "World") -> None:
    """A retrained adapter misses for itself alone; another base misses for all on it."""
    task = world.words()
    world.run(task, world.adapter("r8", "8"))
    world.forget()
    world.run(task, world.adapter("r8", "9"))
    assert (len(world.computed("base")), len(world.computed("r8"))) == (0, 8)
    world.forget()
    (world.base / "model.safetensors").write_text("6")
    world.run(task, world.adapter("r8", "9"))
    assert (len(world.computed("base")), len(world.computed("r8"))) == (8, 8)
    world.forget()
    (world.base / "tokenizer.json").write_text('{"another": "one"}')
    world.run(task, world.adapter("r8", "9"))
    assert (len(world.computed("base")), len(world.computed("r8"))) == (8, 8)


def test_a_candidate_that_cannot_be_attached_fails_alone(world: "World") -> None:
    """Its cases say why; base and others are answered; mended, it is asked in the next run."""
    task = world.words()
    r8, bad = world.adapter("r8"), world.adapter("bad", "9")
    world.script(fail_attach={"bad": "has NaN weights"})
    session = world.run(task, bad, r8)
    assert world.replies(session, task, "bad") == ["bad: has NaN weights"] * 8
    assert world.replies(session, task, "r8") == world.replies(world.run(task, r8), task, "r8")
    assert None not in world.replies(session, task, "base")
    with pytest.raises(FtevalsError, match=r"^bad: has NaN weights$"):
        session.response(task, task.cases[0], "bad")
    world.script()
    world.forget()
    session = world.run(task, bad, r8)
    assert sorted(set(world.computed())) == sorted(str(case.prompt) for case in task.cases)
    assert {one["variant"] for one in world.log("answer")} == {"bad"}
    assert not any("NaN" in str(reply) for reply in world.replies(session, task, "bad"))


TROUBLE = {
    "refused": "'Say word0003' is too long",  # by the tokenizer, for all variants
    "unanswerable": "no answer to that",  # one request of a batch
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_an_error_is_kept_but_never_stored(world: "World", trouble: str) -> None:
    """One case says why, its neighbours are answered; the next run asks it again, and only it."""
    world.script(**{trouble: ["Say word0003"]})
    task, r8 = world.words(), world.adapter("r8")
    session = world.run(task, r8)
    for variant in ("base", "r8"):
        replies = world.replies(session, task, variant)
        assert replies[3] == TROUBLE[trouble]
        assert TROUBLE[trouble] not in replies[:3] + replies[4:]
    with pytest.raises(FtevalsError) as caught:
        session.response(task, task.cases[3], "r8")
    where = "r8 on case 3 of task words (words.jsonl:4)"
    assert str(caught.value) == f"{where}: {TROUBLE[trouble]}"
    assert session.failure(task, task.cases[3], "r8") == str(caught.value)
    assert session.failure(task, task.cases[2], "r8") is None
    world.forget()
    again = world.run(task, r8)
    assert world.replies(again, task, "r8")[3] == TROUBLE[trouble]
    assert set(world.computed()) <= {"Say word0003"}
    world.script()
    world.forget()
    mended = world.run(task, r8)
    assert world.computed() == ["Say word0003"] * 2
    assert TROUBLE[trouble] not in world.replies(mended, task, "r8")


def test_a_batch_that_fails_fails_alone(world: "World") -> None:
    """All of its cases say why; every other batch is answered and stored."""
    world.script(broken=["Say word0000"])
    task = world.words()
    session = world.run(task)
    replies = world.replies(session, task, "base")
    assert replies.count("base: out of memory") == 2
    world.script()
    world.forget()
    world.run(task)
    assert len(world.computed()) == 2


def test_a_base_that_cannot_be_opened_is_the_same_error_each_time(world: "World") -> None:
    """It is tried once a run, and everybody who asks hears the same."""
    world.script(fail_open="does not fit on the device")
    session = world.session(world.adapter("r8"))
    heard = set()
    for _ in range(3):
        with pytest.raises(FtevalsError) as caught:
            session.answer([world.need(world.words(), "base", "r8")])
        heard.add(str(caught.value))
    assert heard == {f"{world.base}: does not fit on the device"}
    assert len(world.log("open")) == 1


def test_an_engine_that_is_not_there_is_named(world: "World") -> None:
    """A wrong name is found out when something has to be computed."""
    session = world.session(engine="nowhere:Engine")
    with pytest.raises(FtevalsError, match="--ftevals-engine: cannot import 'nowhere:Engine'"):
        session.answer([world.need(world.words(), "base")])


def test_an_interrupted_run_keeps_what_was_finished(world: "World") -> None:
    """Two batches are stored, no claim is left behind, and the next run computes the rest."""
    world.script(interrupt_after=2)
    task = world.words()
    with pytest.raises(KeyboardInterrupt):
        world.run(task)
    finished = world.computed()
    assert len(finished) == 4
    assert not list((world.folder / "store" / "owners").iterdir())
    world.script()
    world.forget()
    session = world.run(task)
    assert session.answers.counts.stored == 4
    assert set(world.computed()) == {str(case.prompt) for case in task.cases} - set(finished)


def test_numerics_that_changed_since_the_last_run(world: "World") -> None:
    """A machine that lost its GPU computes all anew: no answer goes under the other's key."""
    world.script(device="cuda")
    task, r8 = world.words(4), world.adapter("r8")
    world.run(task, r8)
    world.script(device="cpu")
    world.forget()
    grown = world.words(6)
    session = world.session(r8)
    session.answer([world.need(grown, "base", "r8")])
    assert (len(world.computed("base")), len(world.computed("r8"))) == (6, 6)
    assert (session.answers.counts.computed, session.answers.counts.stored) == (12, 0)
    assert None not in world.replies(session, task, "base")
    assert session.device.numerics().device == "cpu"
    world.forget()
    world.run(grown, r8)
    assert world.computed() == []


def test_numerics_that_changed_under_tests_that_ran(world: "World") -> None:
    """What a test has read cannot be taken back: the next need is refused, and says why."""
    world.script(device="cuda")
    task, r8 = world.words(4), world.adapter("r8")
    world.run(task, r8)
    world.script(device="cpu")
    world.forget()
    session = world.session(r8)
    session.answer([world.need(task, "base")])  # found, and nothing is opened yet
    assert world.log("open") == []
    with pytest.raises(FtevalsError, match="other numerics than the stored answers"):
        session.answer([world.need(world.words(6), "base", "r8")])


def test_a_refused_base_costs_every_test_the_same(world: "World") -> None:
    """One exception raised for every test would collect the frames of all of them."""
    world.script(fail_open="has NaN weights")
    session = world.session(world.adapter("r8"))
    depths = set()
    for _ in range(20):
        with pytest.raises(FtevalsError) as refused:
            session.device.engine()
        depths.add(len(refused.traceback))
    assert len(depths) <= 2


def test_progress_ends_where_it_said(world: "World") -> None:
    """Loading is announced; the last step has done all requests and tokens; then it is quiet."""
    world.run(world.words(7), world.adapter("r8"))
    steps = world.watch.steps
    assert [one.done for one in steps] == [2, 4, 6, 7, 9, 11, 13, 14]
    assert {one.total for one in steps} == {14}
    # Two of a batch share the 11 tokens before the number's last digit; the last one is alone.
    assert steps[-1].tokens == steps[-1].total_tokens == 2 * (3 * (14 + 3) + 14)
    said = [f"loading {world.base}", f"loading {world.folder / 'r8'}", ""]
    assert world.watch.said == said


def test_without_a_store_nothing_is_left(world: "World") -> None:
    """A run that keeps nothing answers all the same, and clears up behind itself."""
    task = world.words()
    session = world.run(task, store=None)
    folder = session.store.folder
    assert folder.exists()
    assert len(world.computed()) == 8
    session.close()
    assert not folder.exists()
    assert not (world.folder / "store").exists()


def test_a_choice_is_scored(world: "World") -> None:
    """Every continuation has its number, alike from the engine and from the store."""
    plain = world.words(3)
    task = world.words(
        3,
        kind="choice",
        cases=tuple(
            replace(case, options=("x", "y"), continuations=(" A", " B"), expected=0)
            for case in plain.cases
        ),
    )
    found = [
        session.answers.get("base", request_of(task, case))
        for session in (world.run(task), world.run(task))
        for case in task.cases
    ]
    assert found[:3] == found[3:]
    assert all(one and [c.text for c in one.choices] == [" A", " B"] for one in found)
    assert len(world.computed()) == 3
