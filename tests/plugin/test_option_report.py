"""``--ftevals-report``: record.json and samples.jsonl."""

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from pytest_ftevals.reports import schemas

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

SUITE = """
    quiz = load_task("quiz.task.yaml")
    @pytest.mark.parametrize("task", [words, quiz])
    def test_kept(compare, task):
        assert compare(task).drop <= 50
    @words.cases()
    def test_case(candidate, case):
        assert candidate.generate(case).text
    @pytest.mark.pass_rate(at_least=0.5)
    @words.cases()
    def test_rate(model, case):
        assert model.generate(case).text == case.expected
    @pytest.mark.skip(reason="later")
    def test_skipped(compare):
        assert compare(words).gain > 0
    def test_error(compare, no_such_fixture):
        assert compare(words).gain > 0
"""


def _validate(project: "Project", folder: str = "report") -> None:
    jsonschema.validate(
        project.read(folder), schemas.record_schema(), cls=jsonschema.Draft202012Validator
    )
    sample = jsonschema.Draft202012Validator(schemas.sample_schema())
    for line in project.samples(folder):
        sample.validate(line)


def test_files_meet_their_schemas(project: "Project") -> None:
    """A run with every kind of test writes files that their schemas accept."""
    project.task(slices=["language"])
    project.choice()
    project.adapter("good", wrong=["c1"], replies={"c2": "\x1b[31mred\u202e\ud800"})
    project.tests(SUITE)
    record = project.record()
    _validate(project)
    assert [row["name"] for row in record["tasks"]] == ["words", "quiz"]
    outcomes = {test["nodeid"].partition("::")[2]: test["outcome"] for test in record["tests"]}
    assert outcomes["test_kept[words]"] == "passed"
    assert outcomes["test_case[c1]"] == "passed"
    assert outcomes["test_skipped"] == "skipped"
    assert outcomes["test_error"] == "error"
    assert len(project.samples()) == 2 * (6 + 4)


def test_real_files_meet_their_schemas_and_repeat(real: "Project") -> None:
    """With real models too; a second run gives the same record and the same samples."""
    real.task(cases=3, slices=["language"], decode={"max_new_tokens": 4})
    real.choice()
    real.tests(SUITE.replace("drop <= 50", "drop <= 100").replace("0.5", "0"))
    first = real.record()
    _validate(real)
    second = real.record(folder="second")
    _validate(real, "second")
    assert real.comparable(first) == real.comparable(second)
    assert real.samples() == real.samples("second")
    assert first["run"]["numerics"]["device"] == "cpu"


def test_samples_say_what_was_asked_and_answered(project: "Project") -> None:
    """A sample holds prompt, expectation, reply, finish, scores and labels."""
    project.adapter("good", wrong=["c1"], cut=["c1"])
    project.keeps(cases=1, slices=["language"])
    project.record()
    base, good = project.samples()
    assert (base["variant"], base["passed"], base["labels"]) == ("base", True, [])
    assert good == {
        "task": "words",
        "case": "c1",
        "variant": "good",
        "sample": 0,
        "slices": {"language": "en"},
        "prompt": "c1 = w1",
        "expected": "w1",
        "response": "wrong",
        "turns": None,
        "choices": None,
        "choice": None,
        "finish": "length",
        "scores": {"exact_match": 0.0},
        "passed": False,
        "labels": ["incomplete answer", "regression from base"],
        "error": None,
    }


def test_choice_samples_hold_every_option(project: "Project") -> None:
    """A choice's sample has the continuations' log-likelihoods and the chosen option's text."""
    project.choice(cases=1)
    project.tests("""
        def test_quiz(compare):
            assert compare(load_task("quiz.task.yaml")).drop <= 0
    """)
    project.record()
    sample = project.samples()[0]
    assert sample["choices"] == [
        {"text": " yes", "logprob": -1.0, "tokens": 1},
        {"text": " no", "logprob": -3.0, "tokens": 1},
    ]
    assert (sample["choice"], sample["response"], sample["expected"]) == (0, "yes", 0)


def test_failed_run_writes_too(project: "Project") -> None:
    """A report is written whatever the tests' outcome, and its paths are printed."""
    project.adapter("good", wrong=["c1", "c2"])
    project.keeps()
    record = project.record(folder="out/deep")
    assert project.result.ret == 1
    project.result.stdout.fnmatch_lines(["written: *record.json", "written: *samples.jsonl"])
    (threshold,) = record["comparisons"][0]["thresholds"]
    assert threshold["text"] == "drop <= 3"
    assert threshold["test"] == "test_evals.py::test_kept"
    assert not threshold["holds"]
    assert record["failures"] == [
        {
            "task": "words",
            "candidate": "good",
            "n": 6,
            "failed": 2,
            "labels": {"wrong answer": 2},
            "flaws": {},
            "regressions": 2,
            "worst": ["c1", "c2"],
        }
    ]


def test_no_report_by_default(project: "Project") -> None:
    """Without the option no report is written."""
    project.keeps()
    project.run().stdout.no_fnmatch_line("written:*")
    assert not list(project.path.glob("**/record.json"))


def test_folder_is_relative_to_where_it_is_written(
    project: "Project", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ini file's folder lies beside it, the command line's in the working directory."""
    project.keeps()
    project.ini(report="from_ini")
    (project.path / "sub").mkdir()
    monkeypatch.chdir(project.path / "sub")
    project.run("..")
    assert (project.path / "from_ini/record.json").is_file()
    project.run("..", "--ftevals-report=mine")
    assert (project.path / "sub/mine/record.json").is_file()


def test_unwritable_folder_is_refused_before_anything_is_asked(project: "Project") -> None:
    """A report that cannot be written is a usage error at once, not after the answering."""
    project.keeps()
    (project.path / "file").write_text("no folder")
    result = project.run("--ftevals-report=file/report")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--ftevals-report*the report cannot be written*"])
    assert not project.log()


def test_second_run_replaces_the_first(project: "Project") -> None:
    """A report folder holds the last run's files, whole."""
    project.keeps(cases=6)
    project.record()
    project.keeps(cases=2)
    record = project.record()
    assert record["tasks"][0]["n"] == 2
    assert len(project.samples()) == 4
    assert sorted(path.name for path in (project.path / "report").iterdir()) == [
        "model-card.md",
        "record.json",
        "report.html",
        "report.md",
        "samples.jsonl",
    ]
    assert json.dumps(record)
