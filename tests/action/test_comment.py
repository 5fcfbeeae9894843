"""comment.py against a fake of GitHub's endpoint: one comment, ours, or a clear word on why not."""

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.record import Record
from pytest_ftevals.reports.write import write_report
from tests.action.conftest import AUTHOR, REPOSITORY, RUNNING, Answer, pull
from tests.action.test_files import HOLDERS, steps

if TYPE_CHECKING:
    from pytest_ftevals.core.canonical import JSON
    from tests.action.conftest import GitHub, Step

MARKER = "<!-- pytest-ftevals: ftevals -->"
LISTING = f"/repos/{REPOSITORY}/issues/7/comments"


def test_the_first_run_creates_a_comment(step: "Step", github: "GitHub") -> None:
    """Marker, report, where the rest is, and of which commit it speaks."""
    github.comment("Nice work!")
    printed = step.run("comment.py")
    (body,) = github.ours
    address = f"https://github.test/{REPOSITORY}/actions/runs/123"
    assert body == (
        f"{MARKER}\n## ✅ PASS\n\nthe report\n\n"
        f"[Log and full report]({address}) · commit `{'ab' * 6}`\n"
    )
    assert [method for method, _ in github.asked] == ["GET", "POST"]
    assert printed == f"wrote https://github.test/{REPOSITORY}/pull/7#2\n"


def test_the_next_run_edits_it(step: "Step", github: "GitHub") -> None:
    """There is one comment, with the newest report."""
    step.run("comment.py")
    (step.folder / "report" / "report.md").write_text("## ❌ FAIL\n", encoding="utf-8")
    step.run("comment.py")
    (body,) = github.ours
    assert "FAIL" in body
    assert "PASS" not in body
    assert github.asked[-1] == ("PATCH", f"/repos/{REPOSITORY}/issues/comments/1")


def test_it_is_found_on_a_later_page(step: "Step", github: "GitHub") -> None:
    """Behind 230 others; no page is asked for after it was found."""
    for number in range(230):
        github.comment(f"comment {number}")
    github.comment(f"{MARKER}\nold", login=AUTHOR)
    for number in range(100):
        github.comment(f"later {number}")
    step.run("comment.py")
    assert [method for method, _ in github.asked] == ["GET", "GET", "GET", "PATCH"]
    assert github.asked[2] == ("GET", f"{LISTING}?per_page=100&page=3")
    assert len(github.ours) == 1


def test_a_full_last_page_is_not_the_end(step: "Step", github: "GitHub") -> None:
    """Exactly 100 comments: the next page is empty, and a comment is created."""
    for number in range(100):
        github.comment(f"comment {number}")
    step.run("comment.py")
    assert [method for method, _ in github.asked] == ["GET", "GET", "POST"]


def test_comments_of_others_are_never_changed(step: "Step", github: "GitHub") -> None:
    """A marker that someone else wrote, or one further down in a text of ours, is none."""
    github.comment(f"{MARKER}\nfaked")
    github.comment(f"see {MARKER}", login=AUTHOR)
    github.comment("<!-- pytest-ftevals: other -->\nanother job's", login=AUTHOR)
    step.run("comment.py")
    assert len(github.comments) == 4
    assert github.comments[0]["body"].endswith("faked")
    assert github.comments[3]["body"].startswith(MARKER)


def test_comments_of_two_jobs_live_beside_each_other(step: "Step", github: "GitHub") -> None:
    """Each has a name of its own; other accounts are named."""
    step.run("comment.py")
    step.run("comment.py", FTEVALS_COMMENT="nightly")
    step.run("comment.py", FTEVALS_COMMENT="nightly")
    assert [body.splitlines()[0] for body in github.ours] == [
        MARKER,
        "<!-- pytest-ftevals: nightly -->",
    ]
    github.login = "our-app[bot]"
    for _ in range(2):
        step.run("comment.py", FTEVALS_AUTHOR="our-app[bot]")
    assert len(github.comments) == 3


def test_without_a_report_the_old_one_does_not_stay(step: "Step", github: "GitHub") -> None:
    """Whoever reads the comment must not take yesterday's verdict for today's."""
    step.run("comment.py")
    (step.folder / "report" / "report.md").unlink()
    step.run("comment.py", FTEVALS_STATUS="4")
    (body,) = github.ours
    assert "## ⚠️ NO REPORT\n\npytest ended with status 4 and wrote no report" in body
    assert "PASS" not in body


def test_a_job_takes_the_old_verdict_down_before_it_does_anything(
    step: "Step", github: "GitHub"
) -> None:
    """Whatever becomes of it; where there is no comment, none is needed yet."""
    printed = step.run("comment.py", FTEVALS_STATUS=RUNNING)
    assert printed == "there is no comment to update, and none is needed\n"
    assert github.comments == []
    step.run("comment.py")
    step.run("comment.py", FTEVALS_STATUS=RUNNING, FTEVALS_REPORT="of-an-earlier-run")
    (body,) = github.ours
    assert body.startswith(f"{MARKER}\n## ⏳ NO VERDICT YET\n")
    assert f"commit `{'ab' * 6}`" in body
    assert "PASS" not in body


def test_a_job_without_pytest_says_so(step: "Step", github: "GitHub") -> None:
    """An installation that failed, a job that was killed: a report there is an earlier run's."""
    step.run("comment.py")
    step.run("comment.py", FTEVALS_STATUS="")
    (body,) = github.ours
    assert body.startswith(f"{MARKER}\n## ⚠️ DID NOT RUN\n")
    assert "PASS" not in body


def test_an_error_after_the_report_stands_above_it(step: "Step", github: "GitHub") -> None:
    """A run whose status is red has no green comment."""
    step.run("comment.py", FTEVALS_STATUS="3")
    (body,) = github.ours
    said = "pytest ended with status 3 although the report, written before, says otherwise."
    assert body.startswith(f"{MARKER}\n## ❌ FAIL\n\n{said} See the log of this job.\n\n## ✅ PASS")


def test_where_no_adapter_changed_no_comment_is_created(step: "Step", github: "GitHub") -> None:
    """Most pull requests are about something else; one that took its adapter back is told."""
    chosen: JSON = {"since": "main", "adapters": [], "unchanged": ["r8"], "gone": []}
    record = Record(run={"changed": chosen})
    write_report(step.folder / "report", record, ())
    step.run("comment.py")
    assert github.comments == []
    github.comment(f"{MARKER}\nold", login=AUTHOR)
    step.run("comment.py")
    assert "no adapter changed" in github.ours[0]
    github.comments.clear()
    step.run("comment.py", FTEVALS_STATUS="1")
    assert len(github.ours) == 1


@pytest.mark.parametrize("name", HOLDERS)
def test_what_tests_left_in_the_environment_is_not_run(
    step: "Step", tmp_path: Path, name: str
) -> None:
    """The line of the action itself, with a PYTHONPATH that a test wrote to GITHUB_ENV."""
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for module in ("sitecustomize", "json"):
        (hostile / f"{module}.py").write_text(f"open({str(tmp_path / 'stolen')!r}, 'w')\n")
    (line,) = (one["run"] for one in steps() if one["name"] == name)
    done = subprocess.run(
        ["bash", "-c", line],  # noqa: S607 - any bash
        cwd=step.folder,
        env={**step.env, "PYTHONPATH": str(hostile), "PYTHONSTARTUP": "x"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "stolen").exists()


def test_a_report_that_is_too_long_is_not_cut_anywhere(step: "Step", github: "GitHub") -> None:
    """Half a report could end within its markup."""
    (step.folder / "report" / "report.md").write_text("x" * 65_000)
    step.run("comment.py")
    assert "too long for a comment" in github.ours[0]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_fork_may_not_write_and_fails_nothing(
    step: "Step", github: "GitHub", status: int
) -> None:
    """One notice that says why, and where the report is."""
    step.event(pull_request=pull(fork=True))
    said = "Resource not accessible by integration"
    github.failures = [Answer(status, said, method="POST")]
    printed = step.run("comment.py")
    assert printed.startswith(
        "::notice title=ftevals::no comment was written: runs of pull requests"
    )
    assert "from forks may not write. The report is in the summary of this job." in printed
    assert f"({status} {said})" in printed
    assert len(github.asked) == 2


def test_a_token_that_may_not_write_is_told_what_it_needs(step: "Step", github: "GitHub") -> None:
    """In the repository itself that is a mistake in the workflow."""
    github.failures = [Answer(403, "100%\n::error::x", method="POST")]
    printed = step.run("comment.py")
    assert printed.startswith("::warning title=ftevals::")
    assert "permissions: {pull-requests: write}" in printed
    assert "(403 100%25%0A::error::x)" in printed
    assert len(printed.splitlines()) == 1
    printed = step.run("comment.py", GITHUB_TOKEN="wrong")  # noqa: S106 - it is none
    assert "401 Bad credentials" in printed


def test_a_fault_of_the_server_is_tried_again(step: "Step", github: "GitHub") -> None:
    """While reading and while writing."""
    github.failures = [Answer(500), Answer(502, method="POST"), Answer(503)]
    step.run("comment.py")
    assert len(github.ours) == 1
    assert not github.failures


def test_a_write_that_failed_and_worked_is_not_repeated(step: "Step", github: "GitHub") -> None:
    """The answer was lost, the comment was not: the next try finds and edits it."""
    github.failures = [Answer(502, method="POST", after=True)]
    step.run("comment.py")
    assert [method for method, _ in github.asked] == ["GET", "POST", "GET", "PATCH"]
    assert len(github.ours) == 1


def test_a_server_that_stays_down_fails_nothing(step: "Step", github: "GitHub") -> None:
    """After five tries it is said, and the job goes on."""
    github.failures = [Answer(500, "oops")] * 9
    printed = step.run("comment.py")
    assert "::warning title=ftevals::no comment was written: 500 oops; tried 5 times" in printed
    assert len(github.asked) == 5


def test_no_server_at_all(step: "Step") -> None:
    """A wrong address or no network."""
    printed = step.run("comment.py", GITHUB_API_URL="http://127.0.0.1:9")
    assert printed.startswith("::warning title=ftevals::no comment was written: GET failed: ")


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "0"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) - 1)},
    ],
)
@pytest.mark.parametrize("status", [403, 429])
def test_a_rate_limit_is_waited_for(
    step: "Step", github: "GitHub", status: int, headers: dict[str, str]
) -> None:
    """A 403 that speaks of a limit is no missing permission."""
    github.failures = [Answer(status, "secondary rate limit", headers=headers)]
    step.run("comment.py")
    assert len(github.ours) == 1


def test_a_long_rate_limit_is_not_waited_for(step: "Step", github: "GitHub") -> None:
    """A job on a rented GPU does not sleep for an hour over a comment."""
    github.failures = [Answer(429, "limit", headers={"retry-after": "3600"})]
    printed = step.run("comment.py")
    assert "no comment was written: 429 limit; tried 1 times" in printed


def test_a_redirect_is_not_followed(step: "Step", github: "GitHub") -> None:
    """The token goes to no other host."""
    other = {"Location": f"{github.url}/elsewhere"}
    github.failures = [Answer(301, "moved", headers=other)]
    assert "301 moved" in step.run("comment.py")
    assert len(github.asked) == 1


def test_an_event_of_no_pull_request(step: "Step", github: "GitHub") -> None:
    """A push has nothing to comment on; a comment on a pull request has."""
    step.event(ref="refs/heads/main")
    assert step.run("comment.py").startswith("This run is of no pull request")
    step.event(issue={"number": 7})
    assert "of no pull request" in step.run("comment.py")
    assert github.asked == []
    step.event(issue={"number": 7, "pull_request": {"url": "x"}})
    step.run("comment.py")
    assert len(github.ours) == 1


@pytest.mark.parametrize("name", ["a b", "x --> y", "", "a\nb", "a--b"])
def test_a_name_that_ends_the_marker_is_refused(step: "Step", github: "GitHub", name: str) -> None:
    """An HTML comment ends at two dashes."""
    printed = step.run("comment.py", status=1, FTEVALS_COMMENT=name)
    assert printed.startswith("::error title=ftevals::The input comment, ")
    assert len(printed.splitlines()) == 1
    assert github.asked == []


def test_the_summary_is_appended_to(step: "Step") -> None:
    """Other steps write there too."""
    Path(step.env["GITHUB_STEP_SUMMARY"]).write_text("before\n")
    step.run("summary.py")
    assert step.read("GITHUB_STEP_SUMMARY") == "before\n## ✅ PASS\n\nthe report\n\n"
    (step.folder / "report" / "report.md").unlink()
    step.run("summary.py", FTEVALS_STATUS="2")
    assert "pytest ended with status 2 and wrote no report" in step.read("GITHUB_STEP_SUMMARY")
