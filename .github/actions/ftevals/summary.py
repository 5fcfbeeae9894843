"""Appends the report to the summary of the job."""

import os
from pathlib import Path

NAME = "report.md"


def text_of(report: Path, status: str) -> str:
    """Return the report, or that there is none."""
    path = report / NAME
    if path.is_file():
        return path.read_text(encoding="utf-8")
    return (
        f"## ⚠️ NO REPORT\n\npytest ended with status {int(status)} and wrote no report: "
        "see the log of this job.\n"
    )


def main() -> None:
    """Append it."""
    text = text_of(Path(os.environ["FTEVALS_REPORT"]), os.environ["FTEVALS_STATUS"])
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
        summary.write(f"{text}\n")


if __name__ == "__main__":
    main()
