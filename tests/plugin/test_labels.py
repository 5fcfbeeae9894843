"""Labels from task file to record: rules of a user's own, and what a judge finds."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

RULES = """
def shouts(case, response):
    return response.text.isupper()

def raises(case, response):
    return case.row["dose"] > 1

def unsure(case, response):
    return "maybe"
"""
LABELS: list[Any] = [
    {"label": "no unit", "pattern": " mg$", "absent": True, "meaning": "a dose without its unit"},
    {"label": "shouting", "function": "rules.py:shouts"},
    {"label": "Too Verbose", "pattern": "and .* and"},
]
JUDGE = """
class Judge:
    def explains_well(self, task, case, response):
        assert task.name == "words"
        return {"c1": False, "c2": None, "c3": False}.get(case.id, True)

def pytest_ftevals_judge(config):
    return Judge()
"""
BAD = "correct answer but bad explanation"


def labels(project: "Project", variant: str = "good") -> dict[str, list[str]]:
    """Return the labels of a variant's answers by case, those without any left out."""
    return {
        one["case"]: one["labels"]
        for one in project.samples()
        if one["variant"] == variant and one["labels"]
    }


def test_rules_of_a_users_own(project: "Project") -> None:
    """They come first, in their order, and count; one may name a label of ours."""
    project.keeps(labels=LABELS)
    (project.path / "rules.py").write_text(RULES)
    project.adapter(
        "good", replies={"c1": "5", "c2": "FIVE", "c3": "5 and 6 and 7 mg", "c4": "5 mg"}
    )
    record = project.record()
    regression = "regression from base"
    assert labels(project) == {
        "c1": ["no unit", regression],
        "c2": ["no unit", "shouting", regression],
        "c3": ["too verbose", regression],
        "c4": ["wrong answer", regression],
    }
    (row,) = record["failures"]
    assert row["labels"] == {"no unit": 2, "too verbose": 1, "wrong answer": 1}
    assert row["flaws"] == {}
    assert record["run"]["notes"] == []
    project.result.stdout.fnmatch_lines(["*no unit 2*"])


def test_a_rule_that_cannot_tell_is_named(project: "Project") -> None:
    """A raising function, one that says neither yes nor no, a pattern without end: a note each."""
    project.task(
        rows=[{"id": f"c{number}", "word": "a" * 30 + "!"} for number in range(1, 7)],
        labels=[
            {"label": "high dose", "function": "rules:raises"},
            {"label": "unsure", "function": "rules:unsure"},
            {"label": "endless", "pattern": "^(a|aa)+$"},
        ],
        expected="{{ id }}",
    )
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words).drop <= 3
    """)
    (project.path / "rules.py").write_text(RULES)
    slow = "a" * 400 + "!"
    project.adapter("good", replies={"c1": slow})
    record = project.record()
    high, unsure, endless, *_ = record["run"]["notes"]
    assert high.startswith("the rule for the label 'high dose' of words failed 3 times, and was")
    assert high.endswith("raised KeyError: 'dose' (rules.py:6), on case c1 of base")
    assert "asked no more" in high
    assert "returned 'maybe', and not true or false, on case c1 of base" in unsure
    assert endless == (
        "the rule for the label 'endless' of words failed once, so that it says nothing of these "
        "answers: the pattern '^(a|aa)+$' takes over 2 s on this reply, on case c1 of good"
    )
    assert "wrong answer" in labels(project)["c6"]


def test_a_rule_changes_no_answer_and_no_score(project: "Project") -> None:
    """Its task is the same task: nothing is asked again, and no digest changes."""
    project.keeps()
    before = project.record()
    asked = project.asked()
    project.keeps(labels=LABELS[:1], grounded=True, explanations=True)
    after = project.record()
    assert project.asked() == asked
    assert after["run"]["plan"]["computed"] == 0
    for key in ("template_hash", "data_hash"):
        assert after["tasks"][0][key] == before["tasks"][0][key]
    assert after["comparisons"] == before["comparisons"]


def test_a_mistake_in_a_rule_is_a_collection_error(project: "Project") -> None:
    """With the file and the line of what cannot be used."""
    project.keeps(labels=[{"label": "dose", "function": "rules:wrong_dose"}])
    (project.path / "rules.py").write_text(RULES)
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*words.task.yaml:*: module 'rules' (*) has no function*"])


def test_a_judge_finds_bad_explanations(project: "Project") -> None:
    """Only in answers that passed, which stay so; counted as flaws, and no failures."""
    project.keeps(explanations=True)
    (project.path / "conftest.py").write_text(JUDGE)
    project.adapter("good", wrong=["c3"])
    record = project.record()
    assert labels(project) == {"c1": [BAD], "c3": ["wrong answer", "regression from base"]}
    assert labels(project, "base") == {"c1": [BAD], "c3": [BAD]}
    assert [one["passed"] for one in project.samples() if one["variant"] == "base"] == [True] * 6
    (row,) = record["failures"]
    assert (row["failed"], row["flaws"]) == (1, {BAD: 1})
    assert record["run"]["notes"] == []


def test_no_task_that_asks_none_needs_a_judge(project: "Project") -> None:
    """The hook is not even called."""
    project.keeps()
    (project.path / "conftest.py").write_text("def pytest_ftevals_judge(config): raise OSError\n")
    assert project.record()["run"]["notes"] == []


@pytest.mark.parametrize(
    ("conftest", "note"),
    [
        ("", "there is no judge (see the hook pytest_ftevals_judge)"),
        (
            "def pytest_ftevals_judge(config): raise OSError('no key')\n",
            "pytest_ftevals_judge raised OSError: no key",
        ),
        (
            "def pytest_ftevals_judge(config): return 'gpt'\n",
            "pytest_ftevals_judge returned no judge: 'gpt'",
        ),
    ],
    ids=["none", "raises", "another thing"],
)
def test_without_a_judge_the_label_is_left_off(
    project: "Project", conftest: str, note: str
) -> None:
    """And the report says so once."""
    project.keeps(explanations=True)
    (project.path / "conftest.py").write_text(conftest)
    assert project.record()["run"]["notes"] == [f"words: the label {BAD!r} is left off: {note}"]
    project.result.assert_outcomes(passed=1)
    assert labels(project) == {}


def test_a_judge_that_fails_costs_its_judgements_alone(project: "Project") -> None:
    """The record is written, a note names the first fault, and it is not asked for ever."""
    project.keeps(explanations=True)
    (project.path / "conftest.py").write_text(
        JUDGE.replace("return {", "if case.id != 'c1':\n            raise TimeoutError('slow')\n"
        "        return {")
    )  # fmt: skip
    record = project.record()
    assert labels(project) == {"c1": [BAD]}
    (note,) = record["run"]["notes"]
    assert note == (
        "the judge of explanations on words failed 3 times, and was asked no more, so that these "
        "explanations are not judged: raised TimeoutError: slow, on case c2 of base"
    )


@pytest.mark.slow
def test_workers_make_the_same_labels(project: "Project") -> None:
    """The process that writes the report asks rules and judge, whoever ran the tests."""
    project.keeps(explanations=True, labels=LABELS)
    (project.path / "conftest.py").write_text(JUDGE)
    (project.path / "rules.py").write_text(RULES)
    project.adapter("good", replies={"c2": "FIVE"})
    alone = project.record(spawn=True)
    samples = project.samples()
    spread = project.record("-n", "2", folder="spread", spawn=True)
    assert project.samples("spread") == samples
    assert spread["failures"] == alone["failures"]
    assert alone["failures"][0]["flaws"] == {BAD: 2}
    assert spread["run"]["notes"] == alone["run"]["notes"] == []
