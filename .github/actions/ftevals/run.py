"""Runs pytest on the adapters that changed, and hands its exit status to the steps that follow.

This step itself does not fail: what was found is reported first.
"""

import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

USAGE = 4
"""pytest's own status for wrong usage."""
_NOTHING = "0" * 40
"""What GitHub calls the commit before the first one of a branch."""
_STALE = ("record.json", "report.md")


def since(env: Mapping[str, str]) -> str:
    """Return what adapters are compared with; empty where nothing says so."""
    if env.get("FTEVALS_SINCE"):
        return env["FTEVALS_SINCE"]
    if env.get("GITHUB_BASE_REF"):
        return f"origin/{env['GITHUB_BASE_REF']}"
    before = env.get("FTEVALS_BEFORE", "")
    return "" if before == _NOTHING else before


def command(env: Mapping[str, str], rev: str, report: Path) -> list[str]:
    """Return pytest's command line; raises ValueError for a quote without its other half."""
    return [
        sys.executable,
        "-m",
        "pytest",
        *shlex.split(env.get("FTEVALS_TESTS", "")),
        *shlex.split(env.get("FTEVALS_ARGUMENTS", "")),
        f"--ftevals-changed-since={rev}",
        f"--ftevals-report={report}",
        f"--ftevals-store={env['FTEVALS_STORE']}",
    ]


def run(env: Mapping[str, str], report: Path) -> int:
    """Run pytest; return its status, or that of wrong usage where it could not be called."""
    rev = since(env)
    if not rev:
        say("::error title=ftevals::There is no revision to compare with: give the input `since`.")
        return USAGE
    try:
        words = command(env, rev, report)
    except ValueError as error:
        say(f"::error title=ftevals::The inputs tests and arguments cannot be split: {error}.")
        return USAGE
    # Replies of models stand in pytest's output: they must not be commands to GitHub.
    token = secrets.token_hex(16)
    say(f"::stop-commands::{token}")
    try:
        return subprocess.run(words, check=False).returncode  # noqa: S603 - a list, no shell
    finally:
        say(f"\n::{token}::")


def say(text: str) -> None:
    """Print a line, before whatever a process that is started next prints."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Run, and write the outputs `status` and `report`."""
    report = Path(os.environ["FTEVALS_REPORT"]).absolute()
    for name in _STALE:  # of an earlier run, on a machine that keeps its files
        (report / name).unlink(missing_ok=True)
    status = run(os.environ, report)
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        # A folder's name may hold a line end: with a delimiter it stays one value.
        mark = secrets.token_hex(16)
        outputs.write(f"status={status}\nreport<<{mark}\n{report}\n{mark}\n")


if __name__ == "__main__":
    main()
