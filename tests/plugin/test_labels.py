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
    assert labels(project, "base") == {}, "nobody needs the base's judged, and it costs"
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
        "explanations are not judged: raised TimeoutError: slow (conftest.py:6), on case c2 of good"
    )


AWKWARD = {
    "array": ("import numpy as np", "np.array([True, False])", "returned array([ True, False])"),
    "unspeakable": (
        "class Odd:\n    def __repr__(self): raise ValueError('r')",
        "Odd()",
        "returned <Odd>, and not true or false",
    ),
    "object": ("", "object()", "returned <object object>, and not true or false"),
    "item": (
        "class Odd:\n    def item(self): raise OSError('r')",
        "Odd()",
        "Odd object>, and not true or false",
    ),
    "error": (
        "class Odd(Exception):\n    def __str__(self): raise ValueError('r')\ndef bad(): raise Odd",
        "bad()",
        "Odd: <exception str() failed> (rules.py:",
    ),
    "address": ("def bad(): raise KeyError(object())", "bad()", "KeyError: <object object>"),
    "async": ("async def later(): return True", "later()", "is async, and is called as a plain"),
    "exit": ("import sys", "sys.exit(3)", "raised SystemExit: 3 (rules.py:"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("what", AWKWARD)
def test_whatever_users_code_returns_is_a_note(project: "Project", what: str) -> None:
    """Of a rule and of a judge alike; the report is there, and the same from run to run."""
    head, gives, note = AWKWARD[what]
    project.keeps(labels=[{"label": "mine", "function": "rules:mine"}], explanations=True, cases=2)
    (project.path / "rules.py").write_text(
        f"{head}\ndef mine(case, response):\n    return {gives}\n"
        "class Judge:\n    def explains_well(self, task, case, response):\n"
        f"        return {gives}\n"
    )
    (project.path / "conftest.py").write_text(
        "from rules import Judge\ndef pytest_ftevals_judge(config):\n    return Judge()\n"
    )
    project.adapter("good", wrong=["c2"])
    record = project.record("-Werror")
    rule, judge = record["run"]["notes"]
    for owner, said in (("the rule for the label 'mine'", rule), ("the judge", judge)):
        assert said.startswith(f"{owner} "), said
        assert note in said
        assert " 0x" not in said
    assert labels(project) == {"c2": ["wrong answer", "regression from base"]}


@pytest.mark.parametrize("gives", ["False", "np.bool_(False)", "np.array([False])"])
def test_truth_values_of_libraries_are_read_alike(project: "Project", gives: str) -> None:
    """From rules as from judges."""
    project.keeps(labels=[{"label": "mine", "function": "rules:mine"}], explanations=True)
    applies = gives.replace("False", "True")
    (project.path / "rules.py").write_text(
        f"import numpy as np\ndef mine(case, response):\n    return {applies}\n"
    )
    (project.path / "conftest.py").write_text(
        "import numpy as np\nclass Judge:\n    def explains_well(self, *given):\n"
        f"        return {gives}\ndef pytest_ftevals_judge(config):\n    return Judge()\n"
    )
    project.adapter("good", wrong=["c2"])
    (row,) = project.record()["failures"]
    assert (row["labels"], row["flaws"]) == ({"mine": 1}, {BAD: 5})


def test_an_async_rule_is_a_collection_error(project: "Project") -> None:
    """As an async metric is."""
    project.keeps(labels=[{"label": "mine", "function": "rules:mine"}])
    (project.path / "rules.py").write_text("async def mine(case, response): return True\n")
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        ["*words.task.yaml:*: `labels`: 'rules:mine' is an async function*"]
    )


def test_a_rule_changes_no_case(project: "Project") -> None:
    """It may do with its case what it likes, nested values included."""
    rows = [{"id": f"c{n}", "word": f"w{n}", "more": {"kept": [n]}} for n in range(1, 4)]
    project.keeps(rows=rows, labels=[{"label": "mine", "function": "rules:mine"}])
    (project.path / "rules.py").write_text(
        "def mine(case, response):\n"
        "    untouched = case.row['more']['kept'] == [int(case.id[1])]\n"
        "    case.row['more']['kept'].clear()\n"
        "    case.row.clear()\n"
        "    case.slices['new'] = 'x'\n"
        "    return untouched\n"
    )
    project.model("base", wrong=["c1"])
    project.adapter("good", wrong=["c1", "c2"])
    record = project.record()
    assert record["run"]["notes"] == []
    assert labels(project)["c1"] == ["mine"], "the base's c1 was seen before"
    assert all("new" not in one["slices"] for one in project.samples())


COUNTED = """
def mine(case, response):
    with open("calls", "a") as file:
        file.write(f"{case.id} {response.text}\\n")
    return True
"""


def test_each_answer_is_labelled_once(project: "Project") -> None:
    """However many tests fail on it; JUnit's counts and explanations read what is known."""
    project.task(labels=[{"label": "mine", "function": "rules:mine"}])
    project.tests("""
        @pytest.mark.evaluates(words)
        @pytest.mark.parametrize("least", range(5))
        def test_kept(compare, least):
            assert compare(words).drop <= least
    """)
    (project.path / "rules.py").write_text(COUNTED)
    project.model("base", wrong=["c2"])
    project.adapter("good", wrong=["c1", "c2", "c3"])
    project.record("--junit-xml=junit.xml")
    project.result.assert_outcomes(failed=5)
    project.result.stdout.fnmatch_lines(["*case c1 (mine, regression from base): good*"])
    calls = (project.path / "calls").read_text().splitlines()
    assert len(calls) == 4, "three of the candidate, one of the base"


def test_explanations_label_what_they_show(project: "Project") -> None:
    """A failed test waits for no other answer's labels: the record's come later."""
    project.task(cases=30, labels=[{"label": "mine", "function": "rules:mine"}])
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            try:
                assert compare(words).drop <= 3
            finally:
                with open("calls", "a") as file:
                    file.write("shown\\n")
    """)
    (project.path / "rules.py").write_text(COUNTED)
    project.adapter("good", wrong=[f"c{n}" for n in range(1, 21)])
    project.record()
    calls = (project.path / "calls").read_text().splitlines()
    assert calls.index("shown") == 3
    assert len(calls) == 20 + 1


def test_a_slow_rule_is_given_up_for_the_whole_session(
    project: "Project", monkeypatch: pytest.MonkeyPatch
) -> None:
    """After three answers that took too long, whichever, in whatever is made of them."""
    monkeypatch.setattr("pytest_ftevals.metrics.patterns.LONGEST_SECONDS", 0.05)
    project.task(labels=[{"label": "endless", "pattern": "^(a|aa)+$"}], cases=12)
    project.tests("""
        @pytest.mark.evaluates(words)
        @pytest.mark.parametrize("least", range(3))
        def test_kept(compare, least):
            assert compare(words).drop <= least
    """)
    slow = "a" * 400 + "!"
    replies = {f"c{n}": slow if n % 2 else "no" for n in range(1, 13)}
    project.adapter("good", replies=replies)
    (note,) = project.record("--junit-xml=junit.xml")["run"]["notes"]
    assert note.startswith(
        "the rule for the label 'endless' of words failed 3 times, and was asked"
    )


def test_ctrl_c_ends_the_judging_and_not_the_report(project: "Project") -> None:
    """What was found until then is written; pytest ends as interrupted."""
    project.keeps(explanations=True)
    (project.path / "conftest.py").write_text(
        JUDGE.replace("return {", "if case.id == 'c4':\n            raise KeyboardInterrupt\n"
        "        return {")
    )  # fmt: skip
    project.adapter("good", wrong=["c5"])
    record = project.record()
    assert project.result.ret == pytest.ExitCode.INTERRUPTED
    assert record["run"]["exitstatus"] == pytest.ExitCode.INTERRUPTED
    (note,) = record["run"]["notes"]
    assert note == (
        "interrupted while this report was made: the judge and the rules of task files were asked "
        "no more, on case c4 of good"
    )
    assert labels(project) == {
        "c1": [BAD],
        "c3": [BAD],
        "c5": ["wrong answer", "regression from base"],
    }
    project.result.stdout.fnmatch_lines(["*interrupted while this report was made*"])


def test_a_replay_asks_no_judge(project: "Project") -> None:
    """What the run's judge found stands, with a judge at hand and without one."""
    project.keeps(explanations=True)
    judge = JUDGE.replace("return {", "open('asked', 'a').write(case.id)\n        return {")
    (project.path / "conftest.py").write_text(judge)
    before, samples = project.record(), project.samples()
    (project.path / "asked").unlink()
    again = project.record("--ftevals-replay=report", folder="again")
    assert not (project.path / "asked").exists()
    (project.path / "conftest.py").unlink()
    bare = project.record("--ftevals-replay=report", folder="bare")
    assert before["failures"] == again["failures"] == bare["failures"]
    assert before["failures"][0]["flaws"] == {BAD: 2}
    assert project.samples("again") == project.samples("bare") == samples
    assert len(bare["run"]["notes"]) == 1


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
