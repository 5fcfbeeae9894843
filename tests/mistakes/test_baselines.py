"""Saved runs that are missing, damaged, of another task or of other conditions."""

import gzip
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project

WHOLE = """\
@pytest.mark.evaluates(towns)
def test_kept(compare):
    assert compare(towns).drop <= 100
"""
AGAINST = """\
@pytest.mark.evaluates(towns)
def test_not_worse(compare):
    assert compare(towns).against.drop <= 100
"""
RENEW = ("To renew it, run the tests with the model that it holds: --ftevals-candidate=good=",)


def _save(project: "Project", name: str = "prod") -> None:
    """Save a run of the project as it is."""
    project.test(WHOLE)
    given = project.arguments("base", ("good",))
    result = project.pytester.runpytest_inprocess(*given, f"--ftevals-save={name}")
    assert result.ret == 0, str(result.stdout)
    assert (project.path / f"ftevals-baselines/{name}.json.gz").is_file()
    project.test(AGAINST)


def test_a_saved_run_that_fits(project: "Project") -> None:
    """The mistakes below are made in a project that works with real models, and only they fail."""
    _save(project)
    given = project.arguments("base", ("good",))
    result = project.pytester.runpytest_inprocess(*given, "--ftevals-against=prod")
    result.assert_outcomes(passed=1)


def test_missing(project: "Project") -> None:
    """The folder, the names there are, and the one that was meant."""
    _save(project)
    project.refused("--ftevals-against=prd", code=4).says(
        "--ftevals-against: there is no run 'prd' in ",
        "ftevals-baselines",
        "Did you mean 'prod'? Saved are: prod.",
        "--ftevals-save NAME",
    )


def test_missing_under_workers(project: "Project") -> None:
    """Every test that asks models fails in its set-up."""
    project.test(AGAINST)
    refusal = project.refused("--ftevals-against=prod", code=1, workers=2)
    refusal.says("--ftevals-against: there is no run 'prod' in ", "which holds none")
    assert refusal.outcomes == {"errors": 1}


def test_not_named(project: "Project") -> None:
    """A test that compares with a saved run needs one."""
    project.test(AGAINST)
    project.refused(code=1).says(
        "--ftevals-against: `against` compares with a saved run, and this run names none",
        "Save one with --ftevals-save NAME",
    )


@pytest.mark.parametrize(
    "content", [b"", b"{}", gzip.compress(b"null", mtime=0), gzip.compress(b"[[]]", mtime=0)]
)
def test_damaged(project: "Project", content: bytes) -> None:
    """The file is named, and how to get it back."""
    _save(project)
    (project.path / "ftevals-baselines/prod.json.gz").write_bytes(content)
    project.refused("--ftevals-against=prod", code=4).says(
        "prod.json.gz: is damaged, or no saved run", "Take it from version control again"
    )


def test_of_a_newer_version(project: "Project") -> None:
    """Nothing is guessed."""
    _save(project)
    newer = gzip.compress(b'{"version": 7, "plugin": "3.2.1"}')
    (project.path / "ftevals-baselines/prod.json.gz").write_bytes(newer)
    project.refused("--ftevals-against=prod", code=4).says(
        "prod.json.gz: has format 7, and this version of pytest-ftevals reads 1", "(3.2.1)"
    )


def test_of_another_task(project: "Project") -> None:
    """A task that was not saved has nothing to be compared with."""
    _save(project)
    project.test(
        "choices = load_task('choices.task.yaml')\n"
        "def test_not_worse(compare):\n"
        "    assert compare(choices).against.drop <= 100\n"
    )
    refusal = project.refused("--ftevals-against=prod", code=1)
    refusal.says(
        "ftevals-baselines/prod.json.gz: task 'choices' cannot be compared with the saved run "
        "'prod':",
        "task choices was not saved; saved are towns",
        *RENEW,
    )
    assert refusal.outcomes == {"failed": 1}


def test_of_other_data(project: "Project") -> None:
    """Rows that came and went are named."""
    _save(project)
    project.rows(
        "towns.jsonl",
        {"id": "Paris", "town": "Paris", "land": "France", "size": "big"},
        {"id": "Gent", "town": "Gent", "land": "Belgium", "size": "small"},
    )
    project.refused("--ftevals-against=prod", code=1).says(
        "task 'towns' cannot be compared with the saved run 'prod':",
        "data: ",
        "3 cases only in the saved run: 1, 2, 3",
        "2 cases not in the saved run: Paris, Gent",
        *RENEW,
    )


def test_of_another_prompt_and_dtype(project: "Project") -> None:
    """Everything that differs is in one message, once a test."""
    _save(project)
    project.replace("towns.task.yaml", "Where is {{ town }}?", "{{ town }} lies in")
    project.replace("towns.task.yaml", "max_new_tokens: 3", "max_new_tokens: 2")
    project.refused("--ftevals-against=prod", "--ftevals-dtype=bfloat16", code=1).says(
        "task 'towns' cannot be compared with the saved run 'prod':",
        "dtype: float32 -> bfloat16",
        "prompt template: ",
        "decode.max_new_tokens: 3 -> 2",
        *RENEW,
    )


@pytest.mark.parametrize("name", ["a/b", "..", "base", "a b"])
def test_no_name(project: "Project", name: str) -> None:
    """Names are of files, in one folder."""
    for option in ("save", "against"):
        project.refused(f"--ftevals-{option}={name}", code=4).says(
            f"--ftevals-{option}: {name!r} is ", "Take letters, digits,"
        )


def test_no_name_in_the_ini_file(project: "Project") -> None:
    """Who wrote it there is told so."""
    project.write("pytest.ini", "[pytest]\nftevals_against = a/b\n")
    project.refused(code=4).says("ftevals_against in pytest.ini: 'a/b' is no name")


def test_several_candidates_to_save(project: "Project") -> None:
    """One is saved."""
    project.test(WHOLE)
    project.refused("--ftevals-save=prod", code=4, candidates=("good", "unchanged")).says(
        "--ftevals-save prod: one candidate is saved, and this run has 2: good, unchanged"
    )


def test_nothing_to_save(project: "Project") -> None:
    """A case is asked, and nothing is compared: the tests pass, the run does not."""
    refusal = project.refused("--ftevals-save=prod", "-k", "test_reply and 1", code=4)
    refusal.says(
        "--ftevals-save prod: nothing is saved, since no test compared the candidate with the base",
        "Run tests that use compare(task), with all of their cases.",
    )
    assert refusal.outcomes["passed"] == 1
