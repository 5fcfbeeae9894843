"""The action and its sample workflow: what they name exists, what they run is what is tested."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_ftevals.plugin.options import OPTIONS
from tests.action.conftest import ACTION, RUNNING

ROOT = Path(__file__).parents[2]
WORKFLOW = ACTION / "adapters.yml"
PAGE = ROOT / "docs" / "pull-requests.md"
PYTHON = r'(?:exec )?"\$FTEVALS_PYTHON"(?: -E -s)?'
RUN = re.compile(rf"(bash|{PYTHON}) \"\$GITHUB_ACTION_PATH/(\w+\.(?:sh|py))\"")
PINNED = re.compile(r"uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
HOLDERS = ["Take the old verdict down", "Write the comment"]
LIBRARY = ("summary.py",)
"""Imported by another script as well."""


def loaded(path: Path) -> Any:
    """Return a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps() -> list[dict[str, Any]]:
    """Return the action's steps."""
    found: list[dict[str, Any]] = loaded(ACTION / "action.yml")["runs"]["steps"]
    return found


def test_every_step_runs_a_script_that_is_there() -> None:
    """And every script is run: none is left over, none is written into the YAML."""
    scripts = []
    for step in steps():
        if "run" in step:
            found = RUN.fullmatch(step["run"])
            assert found is not None, step["run"]
            assert (found[1] == "bash") == found[2].endswith(".sh")
            assert step["shell"] == "bash"
            assert step["working-directory"] == "${{ inputs.working-directory }}"
            if found[2] not in scripts:
                scripts.append(found[2])
    there = [path.name for path in ACTION.iterdir() if path.suffix in {".sh", ".py"}]
    assert sorted(scripts) == sorted(there)
    tested = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    for script in scripts:
        assert f'"{script}"' in tested


def test_scripts_get_the_environment_that_they_read() -> None:
    """What a script reads is given by its step, or by GitHub."""
    for step in steps():
        found = RUN.fullmatch(step.get("run", ""))
        if found is None:
            continue
        source = (ACTION / found[2]).read_text(encoding="utf-8")
        if "from summary import" in source:
            source += (ACTION / "summary.py").read_text(encoding="utf-8")
        read = set(re.findall(r"\bFTEVALS_[A-Z_]+\b", source)) - {"FTEVALS_PAUSE"}
        given = {name for name in step["env"] if name.startswith("FTEVALS_")}
        assert read <= given, step["name"]
        assert given - {"FTEVALS_PYTHON"} <= read, step["name"]


def test_no_expression_reaches_a_script() -> None:
    """Inputs and payloads come by the environment: a branch's name is no command."""
    for step in steps():
        assert not EXPRESSION.search(step.get("run", ""))
        assert "github.head_ref" not in str(step)
    for job in loaded(WORKFLOW)["jobs"].values():
        assert not any("run" in step for step in job["steps"])


def test_inputs_are_documented_and_used() -> None:
    """Each has a description and a default; each is used; each is in the docs."""
    action = loaded(ACTION / "action.yml")
    used = set(re.findall(r"inputs\.([\w-]+)", str(action["runs"])))
    assert used == set(action["inputs"])
    page = PAGE.read_text(encoding="utf-8")
    for name, told in action["inputs"].items():
        assert told["description"].endswith(".")
        assert isinstance(told["default"], str)
        assert f"| `{name}` |" in page
    outputs = re.findall(r"steps\.run\.outputs\.(\w+)", str(action["outputs"]))
    assert set(outputs) == set(action["outputs"]) == {"status", "report"}


def test_the_job_ends_with_pytests_status_after_everything_else() -> None:
    """Steps after pytest run whatever it found; the last one fails the job."""
    names = [step["name"] for step in steps()]
    assert names[-1] == "End as pytest did"
    for step in steps()[names.index("Run pytest") + 1 :]:
        assert step["if"].startswith("always()")


def test_no_old_verdict_stays_where_pytest_did_not_run() -> None:
    """It is taken down first; what reports runs without a status; nothing empty is kept."""
    assert steps()[0]["env"]["FTEVALS_STATUS"] == RUNNING
    by_name = {step["name"]: step for step in steps()}
    assert by_name["Write the comment"]["if"] == "always() && inputs.comment != ''"
    for name in ("Annotate the tests", "Write the summary", "End as pytest did"):
        assert by_name[name]["if"] == "always()"
    # A store of which the restoring failed would stand before the whole one in the cache.
    for name in ("Keep the report", "Prune the store", "Save the store"):
        assert "steps.run.outputs.report != ''" in by_name[name]["if"]
    for step in steps():
        if step["name"] not in ("Run pytest", "Take the old verdict down"):
            given = step.get("env", {}).get("FTEVALS_REPORT")
            assert given in (None, "${{ steps.run.outputs.report || inputs.report }}")


def test_signals_reach_the_script_and_variables_of_tests_do_not_reach_the_token() -> None:
    """Else bash would keep a signal for itself; GITHUB_ENV is inherited by every step."""
    runs = {step["name"]: step["run"] for step in steps() if "run" in step}
    assert runs["Run pytest"].startswith("exec ")
    for name in HOLDERS:
        assert " -E -s " in runs[name]


def test_the_token_is_given_to_the_comment_alone() -> None:
    """Code of the pull request runs in other steps."""
    holders = [step["name"] for step in steps() if "token" in str(step).lower()]
    assert holders == HOLDERS


@pytest.mark.parametrize("path", [ACTION / "action.yml", WORKFLOW], ids=lambda path: path.name)
def test_other_actions_are_pinned(path: Path) -> None:
    """To a commit, with its version beside it; or they are this repository's."""
    lines = [line.strip() for line in path.read_text().splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert PINNED.search(line) or line.endswith("uses: ./.github/actions/ftevals"), line


def test_the_sample_asks_for_little() -> None:
    """Least permissions, one run a branch, history and weights fetched, no token left on disk."""
    workflow = loaded(WORKFLOW)
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    (job,) = workflow["jobs"].values()
    checkout = job["steps"][0]
    assert checkout["uses"].startswith("actions/checkout@")
    assert checkout["with"] == {"fetch-depth": 0, "lfs": True, "persist-credentials": False}
    inputs = set(loaded(ACTION / "action.yml")["inputs"])
    assert set(job["steps"][-1]["with"]) <= inputs
    events = workflow[True]  # YAML 1.1 reads `on` as true
    assert "pull_request_target" not in events


def test_the_sample_does_not_run_here() -> None:
    """It is no workflow of this repository, which has no adapters to test."""
    assert WORKFLOW.parent != ROOT / ".github" / "workflows"
    assert not (ROOT / ".github" / "workflows" / WORKFLOW.name).exists()


def test_the_sample_starts_for_every_pull_request() -> None:
    """With `paths` one that takes its adapter back would keep the comment of an earlier commit."""
    workflow = loaded(WORKFLOW)
    assert workflow[True] == {"pull_request": None, "push": {"branches": ["main"]}}
    (job,) = workflow["jobs"].values()
    assert int(job["steps"][-1]["with"]["minutes"]) < job["timeout-minutes"]


def test_the_page_shows_the_sample() -> None:
    """What is copied from the page is the file that is tested; its other blocks parse, too."""
    page = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL)
    yamls = [text for language, text in blocks if language == "yaml"]
    sample = "".join(
        line for line in WORKFLOW.read_text().splitlines(keepends=True) if line[0] != "#"
    )
    assert sample in yamls
    for text in yamls:
        assert yaml.safe_load(text)


def test_the_page_shows_a_real_comment() -> None:
    """Its lines are those of a report that is made in other tests."""
    golden = ROOT / "tests" / "markdown" / "golden" / "failing.md"
    (shown,) = re.findall(r"````markdown\n(.*?)````", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert golden.read_text(encoding="utf-8").startswith(shown.rstrip())


def test_the_pages_adapters_file_is_one() -> None:
    """It is read by the code that reads users' files."""
    from pytest_ftevals.run.adapters_file import parse_adapters

    page = PAGE.read_text(encoding="utf-8")
    tomls = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert tomls
    for text in tomls:
        assert parse_adapters(text, where="docs")
    flags = set(re.findall(r"--ftevals-[a-z-]+", page))
    assert flags <= {option.flag for option in OPTIONS}
