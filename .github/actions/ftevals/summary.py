"""Appends the report to the summary of the job, and says what the report cannot know."""

import os
import sys
from pathlib import Path

NAME = "report.md"
RUNNING = "running"
"""In place of an exit status: pytest is about to start."""
_RED = "## ❌ FAIL\n"
_LOG = "See the log of this job."


def text_of(report: Path, status: str) -> str:
    """Return the report, or that there is none; `status` is empty where pytest came to no end."""
    if status == RUNNING:
        return "## ⏳ NO VERDICT YET\n\nThe run has begun. An earlier verdict does not count.\n"
    if not status:
        return f"## ⚠️ DID NOT RUN\n\nThis job came to no end of pytest. {_LOG}\n"
    path = report / NAME
    if path.is_file():
        text = path.read_text(encoding="utf-8")
        wrong = contradiction(text, status)
        return f"{_RED}\n{wrong}\n\n{text}" if wrong else text
    return (
        f"## ⚠️ NO REPORT\n\npytest ended with status {int(status)} and wrote no report: "
        "see the log of this job.\n"
    )


def contradiction(text: str, status: str) -> str:
    """Return what a report does not know, for it was written before pytest's end; empty if nothing.

    An error while pytest ends, or a signal, turns a run red whose report is green.
    """
    if int(status) == 0 or text.startswith(_RED):
        return ""
    return (
        f"pytest ended with status {int(status)} although the report, written before, "
        f"says otherwise. {_LOG}"
    )


def main() -> None:
    """Append it."""
    report, status = Path(os.environ["FTEVALS_REPORT"]), os.environ["FTEVALS_STATUS"]
    text = text_of(report, status)
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
        summary.write(f"{text}\n")
    path = report / NAME
    if status and path.is_file() and (wrong := contradiction(path.read_text("utf-8"), status)):
        sys.stdout.write(f"::error title=ftevals::{wrong}\n")


if __name__ == "__main__":
    main()
