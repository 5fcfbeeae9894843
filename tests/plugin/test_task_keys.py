"""Several right answers, endings and texts to predict, from the task file to report and replay."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

PICKED: dict[str, Any] = {
    "kind": "choice",
    "expected": None,
    "score": "texts",
    "metrics": ["accuracy"],
}


@pytest.fixture
def several(project: "Project") -> "Project":
    """Four tasks of two cases each; the candidate is wrong on the second of three of them."""
    project.adapter(
        "good", replies={"c2": "wrong", "q1": "sure", "q2": "no", "e2": "cat"}, nats=1.0
    )
    rows: list[Any] = [
        {"id": "c1", "word": "w1", "words": ["x", "w1"]},
        {"id": "c2", "word": "w2", "words": ["w2", "y"]},
    ]
    project.task(rows=rows, expected="{{ words }}", metrics=["accuracy", "exact_match"])
    rows = [{"id": one, "choices": ["yes", "no", "sure"]} for one in ("q1", "q2")]
    project.task("quiz", rows=rows, prompt="{{ id }} = yes", answer="{{ [0, 2] }}", **PICKED)
    rows = [{"id": "e1", "choices": ["cat", "dog"]}, {"id": "e2", "choices": ["cat", "dog"]}]
    project.task("gap", rows=rows, prompt="{{ id }} = dog", ending="barks", answer="dog", **PICKED)
    rows = [{"id": "p1", "text": "one two three"}, {"id": "p2", "text": "four"}]
    pages: dict[str, Any] = {"kind": "perplexity", "prompt": None, "expected": None, "pass_at": 1.5}
    project.task("pages", rows=rows, **pages, metrics=["loss", "word_perplexity"])
    project.tests("""
        tasks = [words, *(load_task(f"{name}.task.yaml") for name in ("quiz", "gap", "pages"))]

        @pytest.mark.parametrize("task", tasks, ids=["words", "quiz", "gap", "pages"])
        def test_kept(compare, task):
            assert compare(task).drop <= 0
    """)
    return project


def test_values_and_failures(several: "Project") -> None:
    """Any right answer counts; what fails is shown with all that would have been right."""
    record = several.record()
    several.result.assert_outcomes(passed=1, failed=3)
    found = {
        (row["task"], row["metric"]): (row["base"], row["value"]) for row in record["comparisons"]
    }
    assert found == {
        ("words", "accuracy"): (1, 0.5),
        ("words", "exact_match"): (1, 0.5),
        ("quiz", "accuracy"): (1, 0.5),
        ("gap", "accuracy"): (1, 0.5),
        ("pages", "loss"): (2, 1),
        ("pages", "word_perplexity"): pytest.approx((7.389, 2.718), abs=1e-3),
    }
    assert all(task["confusion"] is None for task in record["tasks"] if task["name"] != "gap")
    several.result.stdout.fnmatch_lines_random(
        [
            '*expected "w2" or "y"  base "w2"  good "wrong"*',
            '*expected "yes" or "sure"  base "yes"  good "no"*',
            '*expected "dog barks"  base "dog barks"  good "cat barks"*',
        ]
    )
    samples = {(one["case"], one["variant"]): one for one in several.samples()}
    assert samples["q1", "good"]["expected"] == [0, 2]
    assert (samples["q1", "good"]["response"], samples["q1", "good"]["passed"]) == ("sure", True)
    assert [one["given"] for one in samples["e1", "base"]["choices"]] == [" cat", " dog"]
    page = samples["p1", "base"]
    assert (page["passed"], page["labels"], page["response"], page["choice"]) == (
        False, [], "", None,
    )  # fmt: skip
    assert samples["p1", "good"]["passed"] is True


def test_saved_and_replayed(several: "Project") -> None:
    """A later run compares itself with this one, and a replay decides it alike."""
    record = several.record("--ftevals-save=prod")
    values = [(row["task"], row["metric"], row["value"]) for row in record["comparisons"]]
    again = several.record("--ftevals-replay=report", folder="again")
    several.result.assert_outcomes(passed=1, failed=3)
    assert again["comparisons"] == record["comparisons"]
    against = several.record("--ftevals-against=prod", folder="against")
    rows = [row for row in against["comparisons"] if row["reference"] == "prod"]
    assert [(row["task"], row["metric"], row["base"]) for row in rows] == values
    assert {row["delta"] for row in rows} == {0}


def test_conversation(project: "Project") -> None:
    """Metrics read the last reply; tests, samples and a replay have all of them."""
    project.adapter("good", turns={"c2": ["forgotten"]})
    project.task(cases=2, prompt=None, turns=["{{ id }} = hello", "then {{ id }} = {{ word }}"])
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words).drop <= 0

        @words.cases()
        def test_all_turns(candidate, case):
            reply = candidate.generate(case)
            assert reply.turns == ("hello", reply.text)
            assert reply.text == case.expected
    """)
    record = project.record()
    project.result.assert_outcomes(passed=1, failed=2)
    samples = {(one["case"], one["variant"]): one for one in project.samples()}
    forgot = samples["c2", "good"]
    assert (forgot["response"], forgot["passed"]) == ("forgotten", False)
    assert forgot["turns"] == [
        {"user": "c2 = hello", "reply": "hello"},
        {"user": "then c2 = w2", "reply": "forgotten"},
    ]
    again = project.record("--ftevals-replay=report", folder="again")
    project.result.assert_outcomes(passed=1, failed=2)
    assert again["comparisons"] == record["comparisons"]


def test_on_a_real_model(real: "Project") -> None:
    """What these tasks ask is answered: a conversation, an ending, a page, and a reply's loss."""
    real.task(cases=2, prompt=None, turns=["{{ word }}", "{{ id }}"], decode={"max_new_tokens": 2})
    rows: list[Any] = [{"choices": ["cat", "dog"]}, {"choices": ["dog", "yes"]}]
    real.task("gap", rows=rows, prompt="The", ending="is maybe so", answer="dog", **PICKED)
    rows = [{"text": "yes no maybe so " * 200}, {"text": "The capital of France is Paris."}]
    lost: dict[str, Any] = {"kind": "perplexity", "expected": None, "metrics": ["loss"]}
    real.task("pages", rows=rows, **{**lost, "prompt": None})
    chat = [{"role": "user", "content": "yes or no?"}]
    real.task("replies", rows=[{"text": "maybe"}], **{**lost, "prompt": None, "messages": chat})
    real.tests("""
        names = ("gap", "pages", "replies")
        tasks = [words, *(load_task(f"{name}.task.yaml") for name in names)]

        @pytest.mark.parametrize("task", tasks, ids=["words", *names])
        def test_asked(compare, task):
            assert compare(task).drop <= 100
    """)
    real.record()
    real.result.assert_outcomes(passed=4)
    samples = {(one["task"], one["case"], one["variant"]): one for one in real.samples()}
    assert not any(one["error"] for one in samples.values())
    assert [one["user"] for one in samples["words", "c1", "base"]["turns"]] == ["w1", "c1"]
    first = samples["gap", "1", "base"]["choices"]
    assert first[0]["logprob"] != first[1]["logprob"]
    (page,) = samples["pages", "1", "r4"]["choices"]
    assert page["tokens"] > 256
    assert page["logprob"] < samples["replies", "1", "r4"]["choices"][0]["logprob"] < 0
