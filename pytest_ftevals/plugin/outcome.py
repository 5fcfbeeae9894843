"""What became of a test, put on its report: outcome, thresholds and why they do not hold."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.record import Outcome
from pytest_ftevals.core.threshold import SAID, Threshold
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.plugin.extras import add_extras
from pytest_ftevals.plugin.mistakes import printable
from pytest_ftevals.run.of_test import PREFIX, Found, found_by
from pytest_ftevals.run.tested import Tested

if TYPE_CHECKING:
    from pytest_ftevals.plugin.evals import Evals


def attach(evals: "Evals", item: pytest.Item, report: pytest.TestReport) -> None:
    """Put what a test found on its report, where the reporting process takes it up.

    The call's report carries it; a set-up or teardown that fails, or a skip, says its own.
    """
    if item.nodeid not in evals.tests or (report.when != "call" and report.passed):
        return
    notes = evals.notes.get(item.nodeid)
    stated = notes.thresholds if notes else {}
    thresholds = tuple(stated)
    tested = Tested(
        nodeid=item.nodeid,
        outcome=_outcome(report),
        message=_message(report),
        line=_line(report),
        thresholds=thresholds,
        states_threshold=bool(thresholds) or not (notes and notes.compared),
        asked=notes.asked if notes else (),
        rate=notes.rate if notes else None,
    )
    report.ftevals = tested.to_json()  # type: ignore[attr-defined]  # xdist carries extra attributes
    if report.when == "call":
        found = found_by(evals.session, tested, stated)
        _add_properties(item, thresholds, found)
        add_extras(evals, report, tested, found)
        if report.failed:
            _explain(evals, report, tested)


def _add_properties(item: pytest.Item, thresholds: Iterable[Threshold], found: Found) -> None:
    """Put a line a threshold on the item, to be read, and what machines can read.

    JUnit's writer takes them off the teardown's report, which copies the item's.
    """
    others = [one for one in item.user_properties if one[0].partition(".")[0] != PREFIX]
    lines = [(PREFIX, _property(one)) for one in thresholds]
    own = [(name, printable(value)) for name, value in (*lines, *found.properties)]
    # A test that is run again by another plugin has those of its last run alone.
    item.user_properties[:] = [*others, *own]


def _outcome(report: pytest.TestReport) -> Outcome:
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return "skipped" if report.skipped else "passed"


def _message(report: pytest.TestReport) -> str:
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).strip().partition("\n")[0].removeprefix("Skipped: ")
    if not report.failed:
        return ""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash is not None else report.longreprtext)
    return text.strip().partition("\n")[0].removeprefix("Failed: ")


def _line(report: pytest.TestReport) -> int | None:
    """Return the line of the test's function, from 1."""
    line = report.location[1]
    return None if line is None else line + 1


def _property(one: Threshold) -> str:
    against = "" if one.reference == BASE else f" against {one.reference}"
    verdict = f"{one.verdict}, {one.evidence}"
    return f"{one.candidate}{against} on {one.task}: {one.text}: {verdict} ({one.summary})"


def _explain(evals: "Evals", report: pytest.TestReport, tested: Tested) -> None:
    """Add a section on every threshold that is not met.

    An assert in a helper that pytest does not rewrite, or one over a stored verdict, says nothing
    of the measure; this section always does, and is never cut.
    """
    missed = [one for one in tested.thresholds if not one.met]
    lines = [f"{one.text}: {SAID[one.verdict]}, {one.evidence} ({one.summary})" for one in missed]
    for one in missed:
        if not one.holds:
            lines += evals.worst(one.task, one.candidate, one.blamed)
    if lines:
        report.sections.append(("ftevals", printable("\n".join(dict.fromkeys(lines)))))
