"""Runs pytest on the adapters that changed, and hands its exit status to the steps that follow.

This step itself does not fail: what was found is reported first.
"""

import os
import secrets
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

USAGE = 4
"""pytest's own status for wrong usage."""
_NOTHING = "0" * 40
"""What GitHub calls the commit before the first one of a branch."""
STALE = ("record.json", "samples.jsonl", "report.html", "report.md")
"""What an earlier run wrote, besides model cards."""
CARDS = "model-card*.md"
MARK = "made by pytest-ftevals; a later run into this folder replaces or removes it"
"""In every model card that is not a person's."""
_GRACE = 300.0
"""Seconds that pytest gets to end after its time is up."""
_KILLED = 128
"""What shells add to the number of the signal that ended a process."""


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
    minutes = env.get("FTEVALS_MINUTES") or "0"
    if not minutes.isdecimal():
        say("::error title=ftevals::The input minutes is no whole number.")
        return USAGE
    # Replies of models stand in pytest's output: they must not be commands to GitHub.
    token = secrets.token_hex(16)
    say(f"::stop-commands::{token}")
    try:
        return watched(words, int(minutes) * 60)
    finally:
        say(f"\n::{token}::")


def watched(words: list[str], limit: float = 0) -> int:
    """Run a program to its end, whatever is asked of this one; return its status.

    A job that is cancelled or out of time gets SIGINT, and seconds later SIGTERM. The first of them
    interrupts pytest, which then writes its report; the next one ends it. So does the end of
    `limit` seconds, 0 for none, and of as many seconds after it as a report may take.
    """
    caught: list[int] = []
    running: list[subprocess.Popen[bytes]] = []

    def forward(number: int, _: object) -> None:
        caught.append(number)
        for process in running:
            process.send_signal(signal.SIGINT if len(caught) == 1 else signal.SIGTERM)

    # Before the program starts: it would inherit that a signal is ignored, but no handler.
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, forward)
    # In a group of its own, it gets no signal but from here.
    with subprocess.Popen(words, process_group=0) as process:  # noqa: S603 - a list, no shell
        running.append(process)
        if caught:  # before there was anything to forward to
            process.send_signal(signal.SIGINT)
        if limit and not ended(process, limit):
            say(f"pytest is interrupted after {limit / 60:g} minutes, the input `minutes`.")
            process.send_signal(signal.SIGINT)
            if not ended(process, _GRACE):
                process.kill()
        status = process.wait()
    if caught:
        return _KILLED + caught[0]
    return status if status >= 0 else _KILLED - status


def ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait; return whether a process ended in that time."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def clear(report: Path) -> None:
    """Remove the report of an earlier run, on a machine that keeps its files."""
    for name in STALE:
        (report / name).unlink(missing_ok=True)
    for card in report.glob(CARDS):
        if MARK in card.read_text(encoding="utf-8", errors="replace"):
            card.unlink()


def say(text: str) -> None:
    """Print a line, before whatever a process that is started next prints."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Run, and write the outputs: `report` before, so that it is there whatever happens."""
    report = Path(os.environ["FTEVALS_REPORT"]).absolute()
    clear(report)
    # A folder's name may hold a line end: with a delimiter it stays one value.
    mark = secrets.token_hex(16)
    put(f"report<<{mark}\n{report}\n{mark}")
    put(f"status={run(os.environ, report)}")


def put(text: str) -> None:
    """Append to the outputs of the step."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.write(f"{text}\n")


if __name__ == "__main__":
    main()
