"""``--ftevals-save``: a run's scores as a small file, the same bytes for the same run."""

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

TWO_TASKS = """
    quiz = load_task("quiz.task.yaml")
    @pytest.mark.parametrize("task", [words, quiz])
    def test_kept(compare, task):
        assert compare(task).drop <= 50
"""
PER_CASE = """
    @words.cases()
    def test_case(candidate, case):
        assert candidate.generate(case).text
"""


def packed(project: "Project", name: str = "prod") -> bytes:
    """Return the bytes of a saved run."""
    return (project.path / f"ftevals-baselines/{name}.json.gz").read_bytes()


def saved(project: "Project", name: str = "prod") -> Any:
    """Return a saved run."""
    return json.loads(gzip.decompress(packed(project, name)))


def test_what_is_saved(project: "Project") -> None:
    """Who answered what under which conditions, and a score a case; no prompt and no reply."""
    project.adapter("good", wrong=["c2"], replies={"c3": "my secret"})
    project.keeps(cases=4, metrics=["exact_match", "f1_macro"], slices=["language"])
    result = project.run("--ftevals-save=prod")
    result.stdout.fnmatch_lines(["saved: ftevals-baselines/prod.json.gz (1 task)"])
    found = saved(project)
    assert found["version"] == 1
    assert (found["candidate"]["name"], found["candidate"]["source"]) == ("good", "good")
    assert len(found["candidate"]["fingerprint"]) == len(found["base"]["fingerprint"]) == 64
    conditions = found["conditions"]
    assert (conditions["device"], conditions["dtype"]) == ("cpu", "float32")
    assert {"torch", "transformers", "tokenizers", "peft"} < conditions.keys()
    assert list(found["tasks"]) == ["words"]
    words = found["tasks"]["words"]
    assert words["cases"] == ["c1", "c2", "c3", "c4"]
    assert words["facts"]["kind"] == "generate"
    assert len(words["facts"]["data"]) == len(words["facts"]["prompt template"]) == 64
    assert words["facts"]["decode.samples"] == 1
    assert words["metrics"]["exact_match"] == {"libraries": {}, "values": [1, 0, 0, 1]}
    classes = words["metrics"]["f1_macro"]
    assert classes["classes"] == ["w1", "w2", "w3", "w4"]
    assert classes["expected"] == [0, 1, 2, 3]
    assert classes["predicted"] == [0, -1, -1, 3]
    assert "secret" not in json.dumps(found)
    assert "language" not in json.dumps(found)


def test_the_same_run_gives_the_same_bytes(project: "Project") -> None:
    """Computed, stored and with nothing kept: a file that is committed changes with its run."""
    project.task(cases=9, metrics=["exact_match", "f1_macro"])
    project.choice(cases=5)
    project.tests(TWO_TASKS)
    project.run("--ftevals-save=prod")
    first = packed(project)
    project.run("--ftevals-save=prod")
    assert packed(project) == first
    (project.path / "ftevals-baselines/prod.json.gz").unlink()
    project.run("--ftevals-save=prod", "--ftevals-no-store", "-k", "quiz")
    assert packed(project) != first
    project.run("--ftevals-save=prod", "--ftevals-no-store", "--ftevals-batch-tokens=1")
    assert packed(project) == first
    project.run("--ftevals-save=twin")
    assert packed(project, "twin") == first


@pytest.mark.slow
def test_workers_save_the_same_bytes(project: "Project") -> None:
    """Under xdist the controller saves what the workers answered."""
    project.task(cases=9)
    project.choice(cases=5)
    project.tests(TWO_TASKS)
    project.run("--ftevals-save=alone", "--ftevals-no-store")
    result = project.spawn("--ftevals-save=workers", "--ftevals-no-store", "-n", "2")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["saved: ftevals-baselines/workers.json.gz (2 tasks)"])
    assert packed(project, "workers") == packed(project, "alone")


def test_a_stored_run_is_saved_without_models(project: "Project") -> None:
    """What is in the store is enough."""
    project.keeps()
    project.run()
    (project.path / "engine.log").unlink()
    assert project.run("--ftevals-save=prod").ret == 0
    assert saved(project)["tasks"]["words"]["metrics"]["exact_match"]["values"] == [1] * 6
    assert not project.log()


def test_an_earlier_run_is_replaced(project: "Project") -> None:
    """The file is under version control: it holds the last run that was saved."""
    project.adapter("other", wrong=["c1"])
    project.keeps()
    project.run("--ftevals-save=prod")
    project.run("--ftevals-save=prod", "--ftevals-candidate=other")
    found = saved(project)
    assert found["candidate"]["name"] == "other"
    assert found["tasks"]["words"]["metrics"]["exact_match"]["values"] == [0, 1, 1, 1, 1, 1]
    assert [path.name for path in (project.path / "ftevals-baselines").iterdir()] == [
        "prod.json.gz"
    ]


def test_a_run_with_failed_tests_is_saved(project: "Project") -> None:
    """What a threshold says of the scores does not change them; the exit code says it too."""
    project.adapter("good", wrong=["c1", "c2"])
    project.keeps()
    assert project.run("--ftevals-save=prod").ret == pytest.ExitCode.TESTS_FAILED
    assert sum(saved(project)["tasks"]["words"]["metrics"]["exact_match"]["values"]) == 4


def test_tasks_that_only_bodies_ask_for_are_saved(project: "Project") -> None:
    """A task needs no mark to be saved."""
    project.task()
    project.tests("def test_kept(compare):\n    assert compare(words).drop <= 3")
    assert project.run("--ftevals-save=prod").ret == 0
    assert list(saved(project)["tasks"]) == ["words"]


def test_every_sample_is_saved(project: "Project") -> None:
    """Of a task that asks each case several times."""
    project.adapter("good", samples={"c2": ["w2", "no"]})
    project.keeps(cases=2, decode={"temperature": 1.0, "samples": 2})
    project.run("--ftevals-save=prod")
    task = saved(project)["tasks"]["words"]
    assert task["samples"] == 2
    assert task["metrics"]["exact_match"]["values"] == [1, 1, 1, 0]


def test_an_incomplete_task_is_left_out_and_named(project: "Project") -> None:
    """A case without an answer: the other task is saved, and the run says why this one is not."""
    project.task()
    project.choice()
    project.model("base", refused=["c3"])
    project.tests(TWO_TASKS)
    result = project.run("--ftevals-save=prod")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "saved: ftevals-baselines/prod.json.gz (1 task)",
            "not saved: words: 1 of 6 cases have no answer (c3; the prompt is too long)",
        ]
    )
    assert list(saved(project)["tasks"]) == ["quiz"]


def test_a_part_of_the_cases_is_not_saved(project: "Project") -> None:
    """Every test passes, and the run is in error all the same: there is no file to compare with."""
    project.task()
    project.tests("""
        @words.cases()
        def test_case(model, case):
            assert model.generate(case).text
    """)
    result = project.run("--ftevals-save=prod", "-k", "c1 or c5")
    result.assert_outcomes(passed=4, deselected=8)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(
        [
            "--ftevals-save prod: nothing is saved, since no test compared*",
            "    words: 4 of 6 cases have no answer (c2, c3, c4, c6)",
            "*Run tests that use compare(task), with all of their cases.",
        ]
    )
    assert not list(project.path.glob("ftevals-baselines/*"))
    assert project.run("--ftevals-save=prod").ret == 0
    assert saved(project)["tasks"]["words"]["metrics"]["exact_match"]["values"] == [1] * 6


def test_tasks_that_are_not_compared_are_not_saved(project: "Project") -> None:
    """What the candidate alone is asked has nothing to do with a reference, and has no rows."""
    project.task()
    project.choice()
    project.tests(TWO_TASKS.replace("[words, quiz]", "[quiz]") + PER_CASE)
    project.run("--ftevals-save=prod").stdout.fnmatch_lines(["saved: *prod.json.gz (1 task)"])
    assert list(saved(project)["tasks"]) == ["quiz"]
    record = project.record("--ftevals-against=prod")
    assert {row["task"] for row in record["comparisons"]} == {"quiz"}
    assert record["run"]["notes"] == []


def test_tests_that_did_not_run_are_named(project: "Project") -> None:
    """A run that ended early says that it may lack what the others compare."""
    project.adapter("good", wrong=["c1", "c2", "c3", "c4"])
    project.task()
    project.choice()
    project.tests(TWO_TASKS)
    result = project.run("--ftevals-save=prod", "-x")
    result.stdout.fnmatch_lines(
        [
            "saved: ftevals-baselines/prod.json.gz (1 task)",
            "not saved: what is compared in 1 test that did not run (test_evals.py::*[[]quiz[]])",
        ]
    )
    assert list(saved(project)["tasks"]) == ["words"]


def test_a_run_that_asks_no_model_saves_nothing(project: "Project") -> None:
    """Plain tests pass; that nothing was saved is an error."""
    (project.path / "test_plain.py").write_text("def test_plain(): pass\n")
    result = project.run("--ftevals-save=prod")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["*nothing saved*", "--ftevals-save prod: nothing is saved*"])


def test_looking_at_the_tests_saves_nothing(project: "Project") -> None:
    """Collecting alone is no run."""
    project.keeps()
    result = project.run("--ftevals-save=prod", "--collect-only")
    assert result.ret == 0
    assert "saved" not in result.stdout.str()


@pytest.mark.parametrize(
    ("candidates", "says"),
    [
        ("\n  good\n  other", "one candidate is saved, and this run has 2: good, other"),
        (None, "*candidate*"),
        ("r=[good,other]", "one candidate is saved, and this run has 2: r.0, r.1"),
    ],
)
def test_one_candidate_is_saved(project: "Project", candidates: str | None, says: str) -> None:
    """Refused before anything is asked, with those there are."""
    project.adapter("other", wrong=["c1"])
    project.ini(candidate=candidates)
    project.keeps()
    result = project.run("--ftevals-save=prod")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{says}*"])
    assert not project.log()


@pytest.mark.parametrize(
    "name", ["a/b", "..", ".hidden", "a b", "a:b", "base", "a\\b", "a,b", "[a]", "base.json.gz"]
)
@pytest.mark.parametrize("option", ["save", "against"])
def test_names(project: "Project", name: str, option: str) -> None:
    """What is no name is refused at once, and how names are made is said."""
    result = project.run(f"--ftevals-{option}={name}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--ftevals-{option}: *", "*Take letters, digits,*"])


def test_a_file_name_is_a_name_too(project: "Project") -> None:
    """Who completes a file's name on the command line means the run in it."""
    project.keeps()
    project.run("--ftevals-save=v1.2+b_3-x.json.gz")
    assert [path.name for path in (project.path / "ftevals-baselines").iterdir()] == [
        "v1.2+b_3-x.json.gz"
    ]


def test_folder(project: "Project", monkeypatch: pytest.MonkeyPatch) -> None:
    """The root folder's by default; the ini file's is beside it, the command line's is here."""
    project.keeps()
    (project.path / "sub").mkdir()
    monkeypatch.chdir(project.path / "sub")
    project.run("..", "--ftevals-save=a")
    assert (project.path / "ftevals-baselines/a.json.gz").is_file()
    project.ini(baselines="kept")
    project.run("..", "--ftevals-save=b")
    assert (project.path / "kept/b.json.gz").is_file()
    project.run("..", "--ftevals-save=c", "--ftevals-baselines=mine")
    assert (project.path / "sub/mine/c.json.gz").is_file()


def test_unwritable_folder_is_refused_before_anything_is_asked(project: "Project") -> None:
    """Found out after an hour of answering, it would cost the run."""
    project.keeps()
    (project.path / "ftevals-baselines").write_text("no folder")
    result = project.run("--ftevals-save=prod")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--ftevals-save*cannot be saved*it is a file, not a folder*"])
    assert not project.log()


def test_early_stop_is_refused(project: "Project") -> None:
    """It leaves cases out, and a saved run lacks none."""
    project.keeps()
    result = project.run("--ftevals-save=prod", "--ftevals-early-stop")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*all cases of a task are saved, and early stop leaves*"])
    project.ini(early_stop="true")
    assert project.run("--ftevals-save=prod", "-o", "ftevals_early_stop=false").ret == 0
