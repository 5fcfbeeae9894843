"""run.py and the steps after it, in a real repository with a fake engine: as a job runs them."""

import importlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.reports.formats import FORMATS
from pytest_ftevals.reports.write import write_report
from tests.action.conftest import ACTION
from tests.action.test_files import steps
from tests.plugin.conftest import Project
from tests.reports.conftest import Build
from tests.run.repository import Repository

if TYPE_CHECKING:
    from tests.action.conftest import GitHub, Step

STUB = "import json, pathlib, sys\npathlib.Path('called').write_text(json.dumps(sys.argv[1:]))\n"


@pytest.fixture
def job(step: "Step", pytester: pytest.Pytester) -> "Step":
    """Return a step in a pull request that made the adapter r8 worse than the base."""
    project = Project(pytester)
    project.keeps(cases=4)
    for name in ("r4", "r8"):
        project.adapter(f"adapters/{name}")
    tree = Repository(project.path)
    tree.list(r4="adapters/r4", r8="adapters/r8")
    tree.write(".gitignore", ".ftevals/\nreport/\nengine.log\n__pycache__/\n")
    tree.begin()
    tree.git("update-ref", "refs/remotes/origin/main", "main")
    replies = {"c1": "::error::owned @team", "c2": "</details>"}
    project.adapter("adapters/r8", replies=replies)
    tree.commit()
    step.folder = project.path
    step.env |= {"GITHUB_WORKSPACE": str(project.path), "GITHUB_BASE_REF": "main"}
    return step


def outputs(step: "Step") -> dict[str, Any]:
    """Return what run.py hands to the steps that follow."""
    found = re.fullmatch(
        r"report<<([0-9a-f]{32})\n(.*)\n\1\nstatus=(\d+)\n", step.read("GITHUB_OUTPUT"), re.DOTALL
    )
    assert found is not None
    return {"FTEVALS_STATUS": found[3], "FTEVALS_REPORT": found[2]}


@pytest.mark.slow
def test_a_job_from_pytest_to_its_end(job: "Step", github: "GitHub") -> None:
    """The changed adapter is tested; summary, comment and annotation say so; the job fails."""
    arguments = "--ftevals-base base -p no:cacheprovider"
    printed = job.run("run.py", FTEVALS_TESTS=".", FTEVALS_ARGUMENTS=arguments)
    found = outputs(job)
    assert found["FTEVALS_STATUS"] == "1"
    stop = re.search(r"^::stop-commands::([0-9a-f]{32})$", printed, re.MULTILINE)
    assert stop is not None
    assert printed.startswith(stop[0])
    assert printed.endswith(f"\n::{stop[1]}::\n")
    assert "::error::owned" in printed  # a reply, where it is no command

    annotated = job.run("annotate.sh", **found)
    lines = annotated.splitlines()
    assert len(lines) == 1
    source = (job.folder / "test_evals.py").read_text().splitlines()
    line = source.index("@pytest.mark.evaluates(words)") + 1  # a test begins with its marks
    start = f"::error file=test_evals.py,line={line},title=FAIL%3A test_kept::FAIL, "
    assert lines[0].startswith(start)

    job.run("summary.py", **found)
    summary = job.read("GITHUB_STEP_SUMMARY")
    assert summary.startswith("## ❌ FAIL\n")
    job.run("comment.py", **found)
    (body,) = github.ours
    assert summary.strip() in body
    chosen = "changed: `r8`; unchanged, not tested: `r4`"
    for text in (
        f"Adapters of `adapters.toml` since `origin/main`: {chosen}",
        '  - candidate: `"::error::owned @team"`',
    ):
        assert text in body.splitlines()

    job.run("prune.sh", **found)
    assert (job.folder / ".ftevals").is_dir()
    job.run("finish.sh", status=1, **found)


@pytest.fixture
def stubbed(step: "Step") -> "Step":
    """Return a step whose pytest writes down its arguments, and ends with status 3."""
    folder = step.folder.parent / "stub" / "pytest"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "__main__.py").write_text(f"{STUB}sys.exit(3)\n")
    step.env["PYTHONPATH"] = str(folder.parent)
    return step


def called(step: "Step", **env: Any) -> list[str]:
    """Return the arguments that pytest gets."""
    step.run("run.py", **env)
    found: list[str] = json.loads((step.folder / "called").read_text())
    return found


def test_arguments_are_split_as_in_a_shell_and_run_in_none(stubbed: "Step") -> None:
    """Quotes hold words together; nothing else is anything."""
    words = ["-k", "a b", "$(touch x)", "; exit 0", "`id`", "*"]
    found = called(
        stubbed,
        FTEVALS_TESTS="'my suites/' more",
        FTEVALS_ARGUMENTS=shlex.join(words),
        FTEVALS_SINCE="v1; touch y",
    )
    assert found == [
        "my suites/",
        "more",
        *words,
        "--ftevals-changed-since=v1; touch y",
        f"--ftevals-report={stubbed.folder / 'report'}",
        "--ftevals-store=.ftevals",
    ]
    assert outputs(stubbed)["FTEVALS_STATUS"] == "3"
    assert {path.name for path in stubbed.folder.iterdir()} == {"report", "called"}


@pytest.mark.parametrize(
    ("env", "since"),
    [
        ({"FTEVALS_SINCE": "v1.0", "GITHUB_BASE_REF": "main"}, "v1.0"),
        ({"GITHUB_BASE_REF": "release/2"}, "origin/release/2"),
        ({"FTEVALS_BEFORE": "ab" * 20}, "ab" * 20),
    ],
)
def test_what_is_compared_with(stubbed: "Step", env: dict[str, Any], since: str) -> None:
    """The input; the branch a pull request goes to; the commit before a push."""
    assert f"--ftevals-changed-since={since}" in called(stubbed, **env)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "There is no revision to compare with"),
        ({"FTEVALS_BEFORE": "0" * 40}, "There is no revision to compare with"),
        ({"FTEVALS_SINCE": "v1", "FTEVALS_TESTS": "it's"}, "cannot be split: No closing quotation"),
    ],
)
def test_what_cannot_run_is_wrong_usage(stubbed: "Step", env: dict[str, Any], said: str) -> None:
    """As pytest's own: status 4, which ends the job in the last step."""
    printed = stubbed.run("run.py", **env)
    assert printed.startswith("::error title=ftevals::")
    assert said in printed
    assert outputs(stubbed)["FTEVALS_STATUS"] == "4"
    assert not (stubbed.folder / "called").exists()


def test_an_earlier_report_is_not_taken_for_this_runs(stubbed: "Step") -> None:
    """On a machine that keeps its folders; the store and other files stay."""
    report = stubbed.folder / "report"
    for name in written_again(report):
        assert (report / name).exists()
    (report / "mine.txt").touch()
    (report / "model-card-mine.md").write_text("# By hand\n")
    called(stubbed, FTEVALS_SINCE="v1")
    left = sorted(path.name for path in report.iterdir())
    assert left == ["mine.txt", "model-card-mine.md"]


def written_again(report: Path) -> list[str]:
    """Write a report of two candidates; return the names of its files."""
    record, samples = Build().two_candidates(), Build().samples()
    paths = write_report(report, record, samples)
    assert len(paths) > len(FORMATS)  # with model cards
    return [path.name for path in paths]


@pytest.fixture
def slow(stubbed: "Step") -> "Step":
    """Return a step whose pytest runs until it is interrupted, and then takes its time."""
    (stubbed.folder.parent / "stub" / "pytest" / "__main__.py").write_text(
        "import pathlib, sys, time\n"
        "try:\n"
        "    pathlib.Path('called').touch()\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    time.sleep(0.2)\n"
        "    if '--hang' in sys.argv: time.sleep(60)\n"
        "    pathlib.Path('report', 'report.md').write_text('interrupted')\n"
        "    sys.exit(2)\n"
    )
    stubbed.env |= {"FTEVALS_SINCE": "v1"}
    return stubbed


def started(step: "Step", **env: str) -> subprocess.Popen[bytes]:
    """Start the action's own line as a runner does, and wait until pytest runs."""
    (line,) = (one["run"] for one in steps() if one["name"] == "Run pytest")
    process = subprocess.Popen(
        ["bash", "-c", line],  # noqa: S607 - any bash
        cwd=step.folder,
        env={**step.env, **env},
        stdout=subprocess.DEVNULL,
    )
    end = time.monotonic() + 20
    while not (step.folder / "called").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    return process


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, "130"), (signal.SIGTERM, "143")], ids=["INT", "TERM"]
)
def test_a_job_that_is_cancelled_still_reports(
    slow: "Step", number: signal.Signals, status: str
) -> None:
    """The signal interrupts pytest, which ends as it does; the outputs are written."""
    process = started(slow)
    process.send_signal(number)
    assert process.wait(20) == 0
    assert outputs(slow)["FTEVALS_STATUS"] == status
    assert (slow.folder / "report" / "report.md").read_text() == "interrupted"


def test_a_second_signal_waits_for_no_report(slow: "Step") -> None:
    """GitHub kills everything soon after it."""
    process = started(slow, FTEVALS_ARGUMENTS="--hang")
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert outputs(slow)["FTEVALS_STATUS"] == "130"


def test_time_is_up_before_the_jobs_own_is(slow: "Step", monkeypatch: pytest.MonkeyPatch) -> None:
    """Its run is interrupted, so that the steps after it run."""
    monkeypatch.syspath_prepend(str(ACTION))
    run: Any = importlib.import_module("run")
    monkeypatch.chdir(slow.folder)
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    script = slow.folder.parent / "stub" / "pytest" / "__main__.py"
    assert run.watched([sys.executable, str(script)], 1.0) == 2
    assert (slow.folder / "report" / "report.md").read_text() == "interrupted"
    monkeypatch.setattr(run, "_GRACE", 0.5)
    assert run.watched([sys.executable, str(script), "--hang"], 1.0) == 128 + signal.SIGKILL
    for one, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
        signal.signal(one, handler)


def test_minutes_are_a_whole_number(stubbed: "Step") -> None:
    """Another text is wrong usage, and not no limit."""
    printed = stubbed.run("run.py", FTEVALS_SINCE="v1", FTEVALS_MINUTES="1h")
    assert "::error title=ftevals::The input minutes is no whole number." in printed
    assert outputs(stubbed)["FTEVALS_STATUS"] == "4"


def test_the_summary_says_what_the_report_cannot_know(step: "Step") -> None:
    """With one error, so that it is seen; a report that is red says it itself."""
    wrong = "pytest ended with status 1 although the report, written before, says otherwise."
    printed = step.run("summary.py", FTEVALS_STATUS="1")
    assert printed == f"::error title=ftevals::{wrong} See the log of this job.\n"
    assert step.read("GITHUB_STEP_SUMMARY").startswith(f"## ❌ FAIL\n\n{wrong}")
    write_report(step.folder / "report", Build().failing(), Build().samples())
    assert step.run("summary.py", FTEVALS_STATUS="1") == ""
    assert step.run("summary.py", FTEVALS_STATUS="") == ""
    assert step.read("GITHUB_STEP_SUMMARY").endswith(
        "## ⚠️ DID NOT RUN\n\nThis job came to no end of pytest. See the log of this job.\n\n"
    )


def test_a_job_without_pytest_is_an_error(step: "Step") -> None:
    """Even where an earlier run left its report; and the job is no success."""
    write_report(step.folder / "report", Build().failing(), Build().samples())
    printed = step.run("annotate.sh", FTEVALS_STATUS="")
    assert printed == (
        "::error title=ftevals::This job came to no end of pytest: nothing was evaluated.\n"
    )
    step.run("finish.sh", status=1, FTEVALS_STATUS="")


def test_annotations_come_from_the_record(step: "Step") -> None:
    """At most 10, the worst first; a run without a report is one error of its own."""
    write_report(step.folder / "report", Build().failing(), Build().samples())
    lines = step.run("annotate.sh", FTEVALS_STATUS="1").splitlines()
    assert lines[0].startswith("::error title=FAIL%3A test_routes_tickets::FAIL, refuted: ")
    assert len(lines) == 6


@pytest.mark.parametrize(("status", "start"), [("0", "::warning "), ("4", "::error ")])
def test_annotations_without_a_report(step: "Step", status: str, start: str) -> None:
    """Never silently nothing."""
    printed = step.run("annotate.sh", FTEVALS_STATUS=status, FTEVALS_REPORT="none")
    assert printed.startswith(f"{start}title=ftevals::pytest ")


@pytest.mark.parametrize("status", [0, 1, 2, 5])
def test_the_job_ends_as_pytest_ended(step: "Step", status: int) -> None:
    """In the last step, after everything was reported."""
    step.run("finish.sh", status=status, FTEVALS_STATUS=str(status))


def test_pip_gets_every_word_of_the_input(step: "Step", tmp_path: Path) -> None:
    """Separated by spaces and line ends; no word is a command or a glob."""
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{STUB}")
    python.chmod(0o755)
    install = "pytest-ftevals[transformers]>=0.1  -e .\n $(touch x) *\n"
    step.run("install.sh", FTEVALS_PYTHON=str(python), FTEVALS_INSTALL=install)
    assert (step.folder / "called").read_text() == (
        '["-m", "pip", "install", "pytest-ftevals[transformers]>=0.1", "-e", ".", '
        '"$(touch", "x)", "*"]'
    )


def test_a_store_that_cannot_be_pruned_fails_nothing(step: "Step") -> None:
    """It is a warning; without a store there is nothing to do."""
    assert step.run("prune.sh") == ""
    (step.folder / ".ftevals").mkdir()
    assert "::warning title=ftevals::" in step.run("prune.sh", FTEVALS_STORE_SIZE="huge")


@pytest.mark.parametrize("script", sorted(ACTION.glob("*.sh")), ids=lambda path: path.name)
def test_shell_scripts_stop_at_the_first_fault(script: Path) -> None:
    """Strict mode, a word on what they are for, executable, and every variable in quotes."""
    text = script.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[1].startswith("# ")
    assert "set -euo pipefail" in lines
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)  # noqa: S607 - any bash
    code = "\n".join(line for line in lines if not line.startswith("#"))
    outside = re.sub(r'"[^"]*"|\[\[.*?\]\]|<<< "\$\w+"', "", code)
    assert "$" not in outside.replace("${line[@]+}", "")
    assert not re.search(r"\beval\b", code)
