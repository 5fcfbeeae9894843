"""What a test found, shown by pytest-html: in its row, with links into our own HTML report."""

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from pytest_ftevals.core.threshold import Threshold
from pytest_ftevals.run.of_test import HTML_REPORT, Found, case_address, extra_html
from pytest_ftevals.run.tested import Tested

if TYPE_CHECKING:
    from pytest_ftevals.plugin.evals import Evals


def add_extras(evals: "Evals", report: pytest.TestReport, tested: Tested, found: Found) -> None:
    """Add what a test found to its row in a pytest-html report; nothing where none is written.

    pytest-html takes what it shows from the attribute ``extras`` of a call's report, which xdist
    carries from workers.
    """
    written = _written_to(evals.config)
    if written is None:
        return
    from pytest_html import extras

    own: list[Any] = []
    answers = [one for samples in found.cases for one in samples]
    text = extra_html(
        found.rows,
        nodeid=tested.nodeid,
        outcome=tested.outcome,
        worst=_worst(evals, tested.thresholds),
        cases=answers,
    )
    if text:
        own.append(extras.html(text))
    if evals.settings.report is not None:
        page = _address(evals.settings.report / HTML_REPORT, written.parent)
        own.append(extras.url(escape(page), name="evaluations"))
        # A test's answers to several samples of a case are one case of the report.
        links = dict.fromkeys(case_address(page, one) for one in answers)
        own += (extras.url(escape(link), name="case") for link in links)
    report.extras = [*getattr(report, "extras", []), *own]  # type: ignore[attr-defined]


def _written_to(config: pytest.Config) -> Path | None:
    """Return where pytest-html writes its report; None where it is not there or writes none."""
    if not config.pluginmanager.hasplugin("html"):
        return None
    path = config.getoption("htmlpath", None)
    # As pytest-html reads it.
    return Path.cwd() / Path(os.path.expandvars(path)).expanduser() if path else None


def _worst(evals: "Evals", thresholds: tuple[Threshold, ...]) -> list[str]:
    asked = dict.fromkeys((one.task, one.candidate, one.blamed) for one in thresholds)
    return list(dict.fromkeys(line for one in asked for line in evals.worst(*one)))


def _address(page: Path, start: Path) -> str:
    """Return where a page lies, seen from a folder; absolute where they share no drive."""
    try:
        return quote(Path(os.path.relpath(page, start)).as_posix())
    except ValueError:
        return page.absolute().as_uri()
