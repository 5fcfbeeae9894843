"""Plans: what the tests need together, each request once, in the tests' order."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.request import Decode, Request
from pytest_ftevals.core.task import Task
from pytest_ftevals.planning.plan import Need, make_plan, request_of, requests_of


def _task(prompts: list[str], *, decode: Decode | None = None) -> Task:
    return Task(
        name="words",
        kind="generate",
        path=Path("words.task.yaml"),
        cases=tuple(
            Case(id=str(number), task="words", prompt=prompt, expected="x")
            for number, prompt in enumerate(prompts)
        ),
        metrics=("accuracy",),
        decode=decode or Decode(),
    )


def _need(task: Task, *variants: str) -> Need:
    return Need(task=task, cases=task.cases, variants=variants)


def _prompts(requests: tuple[Request, ...]) -> list[str]:
    return [str(request.prompt) for request in requests]


def test_what_a_case_is_asked() -> None:
    """A reply is generated as the task decodes; a choice is scored and never decoded."""
    decode = Decode(max_new_tokens=3, stop=("\n",))
    task = _task(["Say x"], decode=decode)
    case = task.cases[0]
    assert request_of(task, case) == Request(kind="generate", prompt="Say x", decode=decode)
    choice = replace(case, options=("x", "y"), continuations=(" A", " B"), expected=1)
    assert request_of(replace(task, kind="choice"), choice) == Request(
        kind="loglikelihood", prompt="Say x", continuations=(" A", " B")
    )


def test_the_same_question_is_asked_once() -> None:
    """Repeats among cases, tasks and tests are counted as asked, and answered once."""
    task, other = _task(["a", "b", "a"]), _task(["b", "c"])
    plan = make_plan([_need(task, "base", "r8"), _need(other, "base"), _need(task, "r8")])
    assert _prompts(plan.requests["base"]) == ["a", "b", "c"]
    assert _prompts(plan.requests["r8"]) == ["a", "b"]
    assert plan.asked == 3 * 2 + 2 + 3
    assert plan.unique == 5


def test_other_decoding_is_another_question() -> None:
    """The same prompt with other settings is asked for itself."""
    tasks = (_task(["a"]), _task(["a"], decode=Decode(seed=1, temperature=1.0)))
    assert make_plan([_need(task, "base") for task in tasks]).unique == 2


def test_every_sample_of_a_case_is_asked() -> None:
    """A case's samples are requests of their own, side by side, and count as asked."""
    once = _task(["a", "b"], decode=Decode(temperature=1.0))
    task = replace(once, samples=3)
    assert [one.sample for one in requests_of(task, task.cases[0])] == [0, 1, 2]
    plan = make_plan([_need(task, "base", "r8"), _need(task, "base")])
    assert _prompts(plan.requests["base"]) == ["a", "a", "a", "b", "b", "b"]
    assert (plan.asked, plan.unique) == (18, 12)
    # More samples ask for more, and nothing anew.
    assert set(requests_of(once, once.cases[0])) < set(requests_of(task, task.cases[0]))


def test_samples_draw_from_streams_of_their_own() -> None:
    """The stream is made from a request's digest."""
    task = replace(_task(["a"], decode=Decode(temperature=1.0)), samples=50)
    assert len({one.digest() for one in requests_of(task, task.cases[0])}) == 50


def test_nothing_needed_is_an_empty_plan() -> None:
    """No tests, no requests."""
    plan = make_plan([])
    assert (plan.requests, plan.asked, plan.unique) == ({}, 0, 0)


NEEDS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcd"), min_size=1, max_size=5),
        st.lists(st.sampled_from(["base", "r8", "r16"]), min_size=1, max_size=3, unique=True),
    ),
    max_size=5,
)


@given(needs=NEEDS)
def test_a_plan_is_what_the_needs_say(needs: list[tuple[list[str], list[str]]]) -> None:
    """Every need is met, nothing is added, the first asked goes first, and the count is right."""
    plan = make_plan([_need(_task(prompts), *variants) for prompts, variants in needs])
    wanted: dict[str, list[str]] = {}
    for prompts, variants in needs:
        for variant in variants:
            wanted.setdefault(variant, []).extend(prompts)
    assert {variant: _prompts(asked) for variant, asked in plan.requests.items()} == {
        variant: list(dict.fromkeys(prompts)) for variant, prompts in wanted.items()
    }
    assert list(plan.requests) == list(wanted)
    assert plan.asked == sum(map(len, wanted.values()))
